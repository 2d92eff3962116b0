// Programs of the machine: their names, runs, owners and places.
#include <bpf/libbpf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "bpf/inspect_support.h"
#include "cli/top/rates.h"
#include "inspect/holders.h"
#include "sonda/fd.h"
#include "support/catch.h"
#include "support/error_of.h"
#include "support/private_mounts.h"
#include "support/scratch.h"
#include "support/skip.h"

using namespace sonda;
using namespace sonda::test;

namespace {

constexpr auto long_name = "count_what_nobody_would_count";

}  // namespace

TEST_CASE("a program that runs exactly so often in an interval is shown so") {
  SONDA_NEED_BPF();
  LoadedImage loaded(image({nothing("counted")}));
  const auto& program = loaded.program("counted", BPF_PROG_TYPE_SOCKET_FILTER);
  Machine machine;
  REQUIRE(machine.statistics().on());
  top::Comparison comparison;
  run_program(program.fd(), 5);
  comparison.add(machine.look());
  for (const int times : {1000, 0, 37}) {
    if (times > 0) run_program(program.fd(), times);
    comparison.add(machine.look());
    const auto rates = comparison.rates(with_id(comparison.now().programs, program_id(program.fd())));
    REQUIRE(rates);
    CHECK(rates->runs == std::uint64_t(times));
    CHECK((rates->nanoseconds > 0) == (times > 0));
  }
}

TEST_CASE("a program's whole name comes from its type information") {
  SONDA_NEED_BPF();
  auto described = image({count(true)}, totals());
  described.programs[0].name = long_name;
  describe(described);
  LoadedImage loaded(described);
  LoadedImage bare(image({nothing(long_name)}));
  const auto described_id = program_id(loaded.program(long_name, BPF_PROG_TYPE_SOCKET_FILTER).fd());
  const auto bare_id = program_id(bare.program(long_name, BPF_PROG_TYPE_SOCKET_FILTER).fd());
  Machine machine;
  const auto state = machine.look();
  CHECK(with_id(state.programs, described_id).facts.name == long_name);
  CHECK(with_id(state.programs, bare_id).facts.name == std::string(long_name).substr(0, 15));
}

TEST_CASE("what is known of a program is what the kernel was given") {
  SONDA_NEED_BPF();
  LoadedImage loaded(image({count(true)}, totals()));
  const auto& program = loaded.program("count", BPF_PROG_TYPE_SOCKET_FILTER);
  const auto map = map_id(loaded.maps()[0]->fd());
  Machine machine;
  const auto state = machine.look();
  const auto& shown = with_id(state.programs, program_id(program.fd()));
  CHECK(program_type_name(shown.facts.type) == "socket_filter");
  CHECK(shown.facts.gpl);
  CHECK(shown.facts.tag.size() == 16);
  CHECK(shown.facts.instructions >= 10);
  CHECK(shown.facts.maps == std::vector<std::uint32_t>{map});
  CHECK(shown.facts.uid == ::getuid());
  CHECK(shown.facts.memory.value_or(0) >= 4096);
  CHECK(top::age_of(shown.facts) < 3600);
  CHECK(with_id(state.maps, map).programs == std::vector<std::uint32_t>{shown.facts.id});
}

TEST_CASE("the process that holds a program, a map or a link to it is its owner") {
  SONDA_NEED_BPF();
  LoadedImage loaded(image({count(true)}, totals()));
  const auto& program = loaded.program("count", BPF_PROG_TYPE_RAW_TRACEPOINT);
  UniqueFd link(::bpf_raw_tracepoint_open("sched_process_exit", program.fd()));
  REQUIRE(link);
  Machine machine;
  const auto state = machine.look();
  const auto& shown = with_id(state.programs, program_id(program.fd()));
  REQUIRE(shown.holders.size() == 1);
  CHECK(shown.holders[0].pid == ::getpid());
  CHECK_FALSE(shown.holders[0].name.empty());
  CHECK(shown.points == std::vector<std::string>{"rawtracepoint:sched_process_exit"});
  CHECK(with_id(state.maps, map_id(loaded.maps()[0]->fd())).holders == shown.holders);
  link.reset();
  const auto after = machine.look(true);
  CHECK(with_id(after.programs, shown.facts.id).points.empty());
}

TEST_CASE("a traced function or tracepoint of the kernel is named") {
  SONDA_NEED_BPF();
  const int target = ::libbpf_find_vmlinux_btf_id("sched_process_exit", BPF_TRACE_RAW_TP);
  SONDA_NEED(target > 0, "a kernel with type information");
  LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_RAW_TP,
              .attach_btf_id = static_cast<__u32>(target));
  const std::array code{set(0, 0), leave()};
  const UniqueFd program(::bpf_prog_load(BPF_PROG_TYPE_TRACING, "traced", "GPL", code.data(), code.size(), &options));
  REQUIRE(program);
  const UniqueFd link(::bpf_raw_tracepoint_open(nullptr, program.get()));
  REQUIRE(link);
  Machine machine;
  const auto state = machine.look();
  CHECK(with_id(state.programs, program_id(program.get())).points ==
        std::vector<std::string>{"btftracepoint:sched_process_exit"});
}

TEST_CASE("programs and maps may come and go while they are listed") {
  SONDA_NEED_BPF();
  std::atomic<bool> stop = false;
  std::thread changing([&] {
    while (!stop) {
      LoadedImage loaded(image({count(true)}, uncertain_totals()));
      loaded.program("count", BPF_PROG_TYPE_SOCKET_FILTER);
    }
  });
  Machine machine;
  std::size_t most = 0;
  for (int i = 0; i < 100; ++i) most = std::max(most, machine.look(i % 10 == 0).maps.size());
  stop = true;
  changing.join();
  CHECK(most > 0);
}

TEST_CASE("the files that a program is pinned to are found") {
  SONDA_NEED_BPF();
  SONDA_NEED(PrivateMounts::possible(), "CAP_SYS_ADMIN, to mount a BPF file system");
  const ScratchFolder folder;
  PrivateMounts mounts;
  mounts.mount_bpf(folder.path());
  const auto status = exit_of_child([&] {
    if (!mounts.enter()) return 2;
    const std::array code{set(0, 0), leave()};
    const UniqueFd program(
        ::bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "pinned", "GPL", code.data(), code.size(), nullptr));
    const auto path = (folder.path() / "sub folder").string();
    if (!program || ::mkdir(path.c_str(), 0700) != 0 || ::bpf_obj_pin(program.get(), (path + "/it").c_str()) != 0)
      return 3;
    return find_pins(program_id(program.get())) == std::vector<std::string>{path + "/it"} ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("without privilege it is said in one line what is missing") {
  SONDA_NEED(::geteuid() == 0, "root, to give it up");
  const auto status = exit_of_child([] {
    if (::setresuid(65534, 65534, 65534) != 0) return 3;
    const auto error = error_of([] { Machine machine; });
    return error.exit() == Exit::cannot_run && error.cause().find("CAP_SYS_ADMIN") != std::string::npos ? 0 : 1;
  });
  CHECK(status == 0);
}
