// The examples of kernel tracing, as they are in examples/probes: compiled, attached as the file or BCC's names say,
// and seen to see something.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>

#include "bpf/private_cache.h"
#include "sonda/sonda.h"
#include "support/catch.h"
#include "support/paths.h"
#include "support/patience.h"
#include "support/scratch.h"
#include "support/skip.h"

namespace {

using namespace sonda;
using sonda::test::Contains;

Probe open_example(const std::string& name) {
  static const auto cache = test::PrivateCache::or_shared();
  return Probe::open(sonda::test::example_probe(name).string(), {.compile = {.timeout = 2 * test::patience()}});
}

/// Opens and attaches an example. Nothing, and the test is skipped, where the kernel lacks the attach point.
std::optional<Probe> attach_example(const std::string& name) {
  auto probe = open_example(name);
  try {
    probe.attach();
  } catch (const Error& error) {
    if (error.exit() != Exit::cannot_run) throw;
    CHECK_FALSE(error.hint().empty());
    test::skip(error.cause());
    return std::nullopt;
  }
  return probe;
}

std::uint64_t sum(const Table& table) {
  std::uint64_t total = 0;
  const auto all = table.snapshot();
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::uint32_t cpu = 0; cpu < all.cpus(); ++cpu) total += from_bytes<std::uint64_t>(all.value_bytes(i, cpu));
  return total;
}

void read_zeros(int times) {
  char byte = 0;
  const UniqueFd zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  for (int i = 0; i < times; ++i) REQUIRE(::read(zero.get(), &byte, 1) == 1);
}

void start_a_program() {
  const auto child = ::fork();
  if (child == 0) {
    ::execl("/bin/true", "true", nullptr);
    ::_exit(9);
  }
  ::waitpid(child, nullptr, 0);
}

/// Polls until `seen` or for as long as a test may wait.
template <class Seen>
bool wait_for(Probe& probe, Seen seen) {
  const auto deadline = std::chrono::steady_clock::now() + test::patience();
  while (!seen() && std::chrono::steady_clock::now() < deadline) probe.poll(100);
  return seen();
}

}  // namespace

TEST_CASE("example: a kprobe on a system call has the call's parameters") {
  SONDA_NEED_BPF();
  auto probe = attach_example("kprobe.c");
  if (!probe) return;
  ::prctl(PR_SET_NAME, "open_example");
  for (int i = 0; i < 7; ++i) UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  probe->detach_all();
  bool found = false;
  const auto opens = probe->table("opens").snapshot();
  for (const auto& entry : opens) {
    if (entry.key["comm"].text() != "open_example") continue;
    found = true;
    CHECK(entry.value["times"].u64() >= 7);
    CHECK(entry.value["last"].text() == "/dev/null");
  }
  CHECK(found);
}

TEST_CASE("example: a kprobe and a kretprobe measure how long calls take") {
  SONDA_NEED_BPF();
  auto probe = attach_example("kretprobe_latency.c");
  if (!probe) return;
  CHECK(probe->links().size() == 2);
  read_zeros(103);
  CHECK(sum(probe->table("nanoseconds")) >= 103);
}

TEST_CASE("example: a kprobe by pattern counts by function") {
  SONDA_NEED_BPF();
  auto probe = attach_example("kprobe_pattern.c");
  if (!probe) return;
  CHECK(probe->links().front().places() >= 20);
  read_zeros(103);
  CHECK(sum(probe->table("calls")) >= 103);
}

TEST_CASE("example: fentry and fexit have parameters and results by type") {
  SONDA_NEED_BPF();
  auto probe = attach_example("fentry.c");
  if (!probe) return;
  for (int i = 0; i < 5; ++i) CHECK(::open("/no/such/file", O_RDONLY) < 0);
  CHECK(probe->table("opens").find<std::uint64_t>(static_cast<std::uint32_t>(::getpid())).value_or(0) >= 5);
  CHECK(probe->table("failed").find<std::uint64_t>(std::int64_t{-ENOENT}).value_or(0) >= 5);
}

TEST_CASE("example: an lsm program refuses") {
  SONDA_NEED_BPF();
  auto probe = attach_example("lsm.c");
  if (!probe) return;
  const test::ScratchFolder scratch;
  CHECK(::mkdir((scratch.path() / "sonda-says-no").c_str(), 0700) == -1);
  CHECK(errno == EPERM);
  CHECK(::mkdir((scratch.path() / "sonda-says-yes").c_str(), 0700) == 0);
  CHECK(probe->table("refused").find<std::uint64_t>(static_cast<std::uint32_t>(::getuid())) == 1);
  probe->detach_all();
  CHECK(::mkdir((scratch.path() / "sonda-says-no").c_str(), 0700) == 0);
}

TEST_CASE("example: tracepoints with types see threads wait for a CPU") {
  SONDA_NEED_BPF();
  auto probe = attach_example("btf_tracepoint.c");
  if (!probe) return;
  for (int i = 0; i < 20; ++i) ::usleep(1000);
  CHECK(sum(probe->table("waited")) > 0);
}

TEST_CASE("example: an iterator lists every thread") {
  SONDA_NEED_BPF();
  auto probe = attach_example("iterator.c");
  if (!probe) return;
  ::prctl(PR_SET_NAME, "iterating");
  const auto text = probe->links().front().read_iterator();
  CHECK_THAT(text, Contains("THREAD"));
  CHECK_THAT(text, Contains(fmt::format("{0:>8} {0:>8}  iterating\n", ::getpid())));
  CHECK(probe->links().front().read_iterator().find("iterating") != std::string::npos);
}

TEST_CASE("example: a tracepoint has its fields in args") {
  SONDA_NEED_BPF();
  auto probe = attach_example("tracepoint.c");
  if (!probe) return;
  int programs = 0;
  probe->open_events("execs", [&](const Event& event) {
    const std::string_view bytes(reinterpret_cast<const char*>(event.bytes.data()), event.bytes.size());
    if (bytes.find("/bin/true") != bytes.npos) ++programs;
  });
  for (int i = 0; i < 3; ++i) start_a_program();
  CHECK(wait_for(*probe, [&] { return programs >= 3; }));
}

TEST_CASE("example: tracepoints by pattern count system calls") {
  SONDA_NEED_BPF();
  auto probe = attach_example("tracepoint_pattern.c");
  if (!probe) return;
  CHECK(probe->links().front().places() >= 5);
  struct stat about{};
  for (int i = 0; i < 103; ++i) REQUIRE(::stat("/", &about) == 0);
  CHECK(sum(probe->table("calls")) >= 103);
}

TEST_CASE("example: a raw tracepoint sees signals") {
  SONDA_NEED_BPF();
  auto probe = attach_example("raw_tracepoint.c");
  if (!probe) return;
  const auto child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  bool found = false;
  const auto signals = probe->table("signals").snapshot();
  for (const auto& entry : signals)
    found = found || (entry.key["number"].u64() == SIGKILL && entry.key["to"].i64() == child);
  CHECK(found);
}

TEST_CASE("example: a profile samples stacks") {
  SONDA_NEED_BPF();
  auto probe = attach_example("profile.c");
  if (!probe) return;
  const auto deadline = std::chrono::steady_clock::now() + test::patience();
  while (probe->table("samples").snapshot().empty() && std::chrono::steady_clock::now() < deadline) read_zeros(1000);
  CHECK_FALSE(probe->table("samples").snapshot().empty());
}

TEST_CASE("example: an interval reports what was counted meanwhile") {
  SONDA_NEED_BPF();
  auto probe = attach_example("interval.c");
  if (!probe) return;
  std::uint64_t ticks = 0, programs = 0;
  probe->open_events("ticks", [&](const Event& event) {
    ++ticks;
    programs += from_bytes<std::uint64_t>(event.bytes.subspan(8));
  });
  for (int i = 0; i < 3; ++i) start_a_program();
  CHECK(wait_for(*probe, [&] { return ticks >= 3 && programs >= 3; }));
}

TEST_CASE("example: hardware events count, or it is said that there is no PMU") {
  SONDA_NEED_BPF();
  auto probe = open_example("hardware.c");
  try {
    probe.attach();
    CHECK(probe.links().front().places() >= 1);
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::cannot_run);
    CHECK_THAT(error.cause(), Contains("no PMU"));
    CHECK_THAT(error.hint(), Contains("profile:hz:99") && Contains("software:cpu-clock"));
  }
}
