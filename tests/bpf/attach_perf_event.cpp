// Perf events: every fault is counted, on all CPUs or in one process, and wrong ones are refused.
#include <unistd.h>

#include "attach/counter.h"
#include "base/text.h"
#include "bpf/attach_support.h"
#include "kernel/kernel.h"

namespace sonda::test {
namespace {

// Attaches to a target that waits, lets it fault, and compares with what the kernel says of that process.
void check_faults_of_one_process(const std::vector<std::string>& arguments, long at_least) {
  const CountingProgram program(BPF_PROG_TYPE_PERF_EVENT);
  TargetProcess process(target("faults"), arguments);
  REQUIRE(process.line() == "ready");
  process.settle();
  const auto before = process.minor_faults();
  auto link = attach(program.program(), PerfEvent{.event = software::page_faults_min, .pid = process.pid()});
  process.go_on();
  process.line();
  process.settle();
  link.detach();
  const auto faults = process.minor_faults() - before;
  CHECK(faults >= at_least);
  CHECK(program.count() == static_cast<std::uint64_t>(faults));
}

Error error_of(PerfEvent point) { return attach_error(point); }

}  // namespace

TEST_CASE("a perf event with period 1 counts every fault of one process") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  check_faults_of_one_process({paused, "--faults", "101"}, 101);
  check_faults_of_one_process({paused, "--faults", "5003"}, 5003);
}

TEST_CASE("a perf event of one process covers its threads") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  check_faults_of_one_process({paused, "--faults", "50021", "--threads", "16"}, 50021);
}

TEST_CASE("a perf event of one process covers threads that start later") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const CountingProgram program(BPF_PROG_TYPE_PERF_EVENT);
  TargetProcess process(target("calls"), {paused, "--first", "1", "--threads", "8"});
  REQUIRE(process.line() == "ready");
  process.settle();
  const auto before = process.minor_faults();
  auto link = attach(program.program(), PerfEvent{.event = software::page_faults_min, .pid = process.pid()});
  process.go_on();
  REQUIRE(process.line() == "done");
  process.settle();
  link.detach();
  const auto faults = process.minor_faults() - before;
  CHECK(faults >= 8);  // each new thread has a stack
  CHECK(program.count() == static_cast<std::uint64_t>(faults));
}

TEST_CASE("a perf event on all CPUs counts every fault of every process") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  TargetProcess process(target("faults"), {paused, "--faults", "5003", "--threads", "4"});
  REQUIRE(process.line() == "ready");
  const CountingProgram program(BPF_PROG_TYPE_PERF_EVENT, process.pid());
  process.settle();
  const auto before = process.minor_faults();
  auto link = attach(program.program(), PerfEvent{.event = software::page_faults_min});
  process.go_on();
  process.line();
  process.settle();
  link.detach();
  CHECK(program.count() == static_cast<std::uint64_t>(process.minor_faults() - before));
}

TEST_CASE("a longer period samples every so many events") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const CountingProgram program(BPF_PROG_TYPE_PERF_EVENT);
  TargetProcess process(target("faults"), {paused, "--faults", "5003"});
  REQUIRE(process.line() == "ready");
  const PerfEvent point{.event = software::page_faults_min, .sampling = every(100), .pid = process.pid()};
  process.settle();
  const auto before = process.minor_faults();
  auto link = attach(program.program(), point);
  process.go_on();
  process.line();
  process.settle();
  link.detach();
  CHECK(program.count() == static_cast<std::uint64_t>((process.minor_faults() - before) / 100));
}

TEST_CASE("a perf event on one CPU sees only that one") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const CountingProgram program(BPF_PROG_TYPE_PERF_EVENT);
  const auto cpus = online_cpus();
  for (const int cpu : cpus) {
    const auto link = attach(program.program(), PerfEvent{.event = software::page_faults_min, .cpu = cpu});
    CHECK(link.attached());
  }
  CHECK_THAT(error_of({.event = software::page_faults_min, .cpu = cpus.back() + 1}).cause(), Contains("not online"));
  CHECK_THAT(error_of({.event = software::page_faults_min, .cpu = 1 << 20}).cause(), Contains("not online"));
}

TEST_CASE("a frequency samples, within what the kernel allows") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const CountingProgram program(BPF_PROG_TYPE_PERF_EVENT);
  TargetProcess process(target("faults"), {paused, "--faults", "20011"});
  REQUIRE(process.line() == "ready");
  const auto link =
      attach(program.program(), PerfEvent{.event = software::page_faults_min, .sampling = frequency(999)});
  process.go_on();
  process.line();
  CHECK(program.count() > 0);

  const auto limit = parse_u64(trim(read_file("/proc/sys/kernel/perf_event_max_sample_rate", Stage::read)));
  REQUIRE(limit);
  const auto error = error_of({.event = software::cpu_clock, .sampling = frequency(*limit + 1)});
  CHECK_THAT(error.cause(), Contains("more than this kernel allows"));
  CHECK_THAT(error.hint(), Contains("perf_event_max_sample_rate"));
}

TEST_CASE("samplings that the kernel would refuse are refused by name") {
  SONDA_NEED_BPF();
  CHECK_THAT(error_of({.event = software::page_faults_min, .sampling = every(0)}).cause(), Contains("period of 0"));
  CHECK_THAT(error_of({.event = software::page_faults_min, .sampling = every(~0UL)}).cause(), Contains("too large"));
  CHECK_THAT(error_of({.event = software::page_faults_min, .sampling = frequency(0)}).cause(),
             Contains("frequency of 0"));
}

TEST_CASE("perf events that are not there") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const auto unknown = error_of({.event = {1, 999}});
  CHECK_THAT(unknown.cause(), Contains("does not have this event"));
  CHECK(unknown.exit() == Exit::cannot_run);
  constexpr pid_t nobody = 4'194'304;
  CHECK_THAT(error_of({.event = software::page_faults_min, .pid = nobody}).cause(), Contains("no process"));
  CHECK_THAT(error_of({.event = software::page_faults_min, .pid = -7}).cause(), Contains("no process"));
}

TEST_CASE("hardware events are refused by a machine without a PMU") {
  SONDA_NEED_BPF();
  SONDA_NEED(!std::filesystem::exists("/sys/bus/event_source/devices/cpu"), "a machine without a PMU");
  const auto error = error_of({.event = {0, 0}, .sampling = every(1'000'000)});
  CHECK_THAT(error.cause(), Contains("no PMU"));
  CHECK_THAT(error.hint(), Contains("software:cpu-clock"));
  CHECK(error.exit() == Exit::cannot_run);
}

}  // namespace sonda::test
