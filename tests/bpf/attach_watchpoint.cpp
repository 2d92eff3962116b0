// Watchpoints count each access to memory; what a processor cannot watch is refused.
#include "base/text.h"
#include "bpf/attach_support.h"
#include "elf/symbols.h"

namespace sonda::test {
namespace {

/// The target's own word for where its variable is.
std::uint64_t watched(TargetProcess& process) {
  const auto line = process.line();
  REQUIRE(line.starts_with("watched=0x"));
  const auto address = parse_u64(line.substr(8));
  REQUIRE(process.line() == "ready");
  return address.value_or(0);
}

Watchpoint writes(std::uint64_t address, pid_t pid) { return {.place = Address{address}, .pid = pid}; }

}  // namespace

TEST_CASE("a watchpoint counts each write of a process, and of no other") {
  SONDA_NEED_BPF();
  SONDA_NEED_WATCHPOINTS();
  TargetProcess process(target("marks_fixed"), {"--wait-for-newline", "--watched", "5003"});
  TargetProcess other(target("marks_fixed"), {"--wait-for-newline", "--watched", "5003"});
  const auto point = writes(watched(process), process.pid());
  REQUIRE(watched(other) == std::get<Address>(point.place).value);
  const CountingProgram program(program_kind(point)), beside(program_kind(point));
  auto link = attach(program.program(), point);
  auto next = point;
  next.place = Address{std::get<Address>(point.place).value + 8};
  const auto next_link = attach(beside.program(), next);
  for (auto* each : {&process, &other}) {
    each->go_on();
    each->line();
  }
  CHECK(program.count() == 5003);
  CHECK(beside.count() == 0);
  link.detach();
  CHECK_FALSE(link.attached());
}

TEST_CASE("a watchpoint of reads and writes counts both") {
  SONDA_NEED_BPF();
  SONDA_NEED_WATCHPOINTS();
  TargetProcess process(target("marks"), {"--wait-for-newline", "--watched", "5003"});
  auto point = writes(watched(process), process.pid());
  point.reads = true;
  point.length = 4;
  const CountingProgram program(program_kind(point));
  const auto link = attach(program.program(), point);
  process.go_on();
  process.line();
  CHECK(program.count() == 5003);  // the target does not read it
}

TEST_CASE("a watchpoint counts how often code runs") {
  SONDA_NEED_BPF();
  SONDA_NEED_WATCHPOINTS();
  TargetProcess process(target("calls_fixed"), {"--wait-for-newline", "--first", "301", "--threads", "3"});
  REQUIRE(process.line() == "ready");
  const auto function = ElfFile::open(target("calls_fixed")).find("target_first");
  REQUIRE(function);
  Watchpoint point{.place = Address{function->address}, .writes = false, .executes = true, .pid = process.pid()};
  const CountingProgram program(program_kind(point));
  const auto link = attach(program.program(), point);
  process.go_on();
  process.line();
  CHECK(program.count() == 3 * 301);
}

TEST_CASE("a watchpoint of the kernel is on every CPU") {
  SONDA_NEED_BPF();
  const Watchpoint point{.place = Symbol{"__x64_sys_getppid"}, .writes = false, .executes = true};
  if (!can_kprobe()) {
    const auto error = attach_error(point);
    CHECK_THAT(error.cause(), Contains("CONFIG_KPROBES"));
    CHECK(error.exit() == Exit::cannot_run);
    return;
  }
  const CountingProgram program(program_kind(point), ::getpid());
  const auto link = attach(program.program(), point);
  for (int i = 0; i < 29; ++i) ::getppid();
  CHECK(program.count() == 29);
}

TEST_CASE("what cannot be watched is refused with the reason") {
  SONDA_NEED_BPF();
  static long variables[8];
  const auto address = reinterpret_cast<std::uintptr_t>(&variables[0]);
  const auto cause = [](const Watchpoint& point) { return attach_error(point).cause(); };
  CHECK_THAT(cause(writes(address, all_pids)), Contains("address of user space"));
  CHECK_THAT(cause(writes(address + 1, ::getpid())), Contains("multiple of 8"));
  CHECK_THAT(cause({.place = Address{address}, .reads = true, .writes = false, .pid = ::getpid()}),
             Contains("reads alone"));
  CHECK_THAT(cause({.place = Symbol{"no_such_symbol_anywhere"}}), Contains("no symbol 'no_such_symbol_anywhere'"));
  constexpr pid_t nobody = 4'194'304;
  CHECK_THAT(cause(writes(address, nobody)), Contains("no process"));

  // A processor has so many debug registers, and here are more.
  const CountingProgram program(BPF_PROG_TYPE_PERF_EVENT);
  std::vector<Link> links;
  std::string refused;
  for (std::size_t i = 0; i < std::size(variables) && refused.empty(); ++i) {
    try {
      links.push_back(attach(program.program(), writes(address + 8 * i, ::getpid())));
    } catch (const Error& error) {
      refused = error.cause();
    }
  }
  CHECK(links.size() >= 1);
  CHECK_THAT(refused, Contains("no debug register is free"));
}

}  // namespace sonda::test
