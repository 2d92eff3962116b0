// Uprobes by pattern, by C++ name, by the name of a program or library, and in another mount namespace.
#include "bpf/attach_support.h"
#include "elf/symbols.h"

namespace sonda::test {
namespace {

using Arguments = std::vector<std::string>;

/// Attaches when the target is ready, lets it do its work; how often the program ran.
std::uint64_t runs(const std::filesystem::path& binary, const Uprobe& point, const Arguments& arguments,
                   std::size_t places) {
  const CountingProgram program(program_kind(point));
  TargetProcess process(binary, arguments);
  REQUIRE(process.line() == "ready");
  const auto link = attach(program.program(), point);
  CHECK(link.places() == places);
  process.go_on();
  REQUIRE(process.line() == "done");
  process.go_on();
  CHECK(process.wait() == 0);
  return program.count();
}

std::uint64_t named(const std::string& name, std::size_t places = 1) {
  const OwnTarget own("names");
  INFO(name);
  return runs(own.path(), {.binary = own.path(), .place = Symbol{name}}, {"--wait-for-newline"}, places);
}

std::string refusal(const std::string& binary, const std::string& name) {
  const auto error = attach_error(Uprobe{binary, Symbol{name}});
  return error.cause() + " / " + error.hint();
}

}  // namespace

TEST_CASE("a uprobe with a pattern is at each function that matches") {
  SONDA_NEED_BPF();
  for (const auto* target_name : {"calls", "calls_stripped"}) {
    const OwnTarget own(target_name);
    const Arguments arguments{"--wait-for-newline", "--first", "503", "--second", "101", "--library", "7"};
    for (const bool on_return : {false, true}) {
      const Uprobe point{.binary = own.path(), .place = Symbol{"target_[fs]*"}, .on_return = on_return};
      CHECK(runs(own.path(), point, arguments, 2) == 604);
    }
  }
  CHECK(functions_of({.binary = target("calls"), .place = Symbol{"target_[fs]*"}}) ==
        std::vector<std::string>{"target_first", "target_second"});
}

TEST_CASE("a pattern for one process counts only that process") {
  SONDA_NEED_BPF();
  const OwnTarget own("calls");
  const Arguments arguments{"--wait-for-newline", "--first", "503", "--second", "101", "--threads", "3"};
  TargetProcess other(own.path(), arguments), process(own.path(), arguments);
  REQUIRE(other.line() == "ready");
  REQUIRE(process.line() == "ready");
  const Uprobe point{.binary = own.path(), .place = Symbol{"*target_*"}, .pid = process.pid()};
  const CountingProgram program(program_kind(point));
  const auto link = attach(program.program(), point);
  for (auto* each : {&other, &process}) {
    each->go_on();
    REQUIRE(each->line() == "done");
  }
  // The two that are called target_twin, once in each thread, too.
  CHECK(program.count() == 3 * (503 + 101 + 2));
}

TEST_CASE("a uprobe takes C++ names as people write them") {
  SONDA_NEED_BPF();
  CHECK(named("harbour::load(int)") == 3);
  CHECK(named("harbour::load(char const*)") == 5);
  CHECK(named("harbour::Crane::lift(long) const") == 7);
  CHECK(named("harbour::Crane::lift") == 7);
  CHECK(named("harbour::Crane::operator()(int)") == 11);
  CHECK(named("harbour::Crane::operator()") == 11);
  CHECK(named("char harbour::stack<char>(char)") == 13);
  CHECK(named("harbour::load*", 2) == 8);
  CHECK(named("harbour::Crane::*", 2) == 18);
  CHECK(named("*harbour::*", 5) == 39);
  const auto several = refusal(target("names"), "harbour::load");
  CHECK_THAT(several, Contains("2 functions") && Contains("\"harbour::load(int)\""));
  CHECK_THAT(refusal(target("names"), "harbour::laod"), Contains("'harbour::load'"));
  CHECK_THAT(refusal(target("names"), "harbor::*"), Contains("no function of the binary matches"));
}

TEST_CASE("a pattern does not take data, nor what chooses a function") {
  SONDA_NEED_BPF();
  CHECK_THAT(refusal(target("calls"), "target_var*"), Contains("no function of the binary matches"));
  CHECK_THAT(refusal(target("calls"), "target_chos*"), Contains("GNU_IFUNC"));
}

TEST_CASE("a uprobe takes the name of a library or program") {
  SONDA_NEED_BPF();
  for (const auto* name : {"c", "libc", "libc.so.6", "libc.so"}) {
    const Uprobe point{.binary = name, .place = Symbol{"getppid"}, .pid = ::getpid()};
    const CountingProgram program(program_kind(point));
    const auto link = attach(program.program(), point);
    for (int i = 0; i < 17; ++i) ::getppid();
    INFO(name);
    CHECK(program.count() == 17);
  }
  const CountingProgram program(BPF_PROG_TYPE_KPROBE);
  CHECK(attach(program.program(), Uprobe{.binary = "bash", .place = Symbol{"cd_builtin"}}).attached());
  CHECK(attach(program.program(), Uprobe{.binary = "c", .place = Symbol{"puts"}}).attached());
  CHECK_THAT(refusal("libcc", "puts"), Contains("no program or library called 'libcc'") && Contains("libc"));
  CHECK_THAT(refusal("bahs", "cd_builtin"), Contains("'bash'"));
}

TEST_CASE("a uprobe finds the binary of a process in another mount namespace") {
  SONDA_NEED_BPF();
  // Over a folder that is there anyway, seen by the process alone.
  const auto script = "mount -t tmpfs none /mnt && cp " + target("calls").string() +
                      " /mnt/hidden-calls && exec /mnt/hidden-calls --wait-for-newline --first 71 --library 5";
  TargetProcess process("/usr/bin/unshare", {"--mount", "/bin/sh", "-c", script});
  REQUIRE(process.line() == "ready");
  REQUIRE_FALSE(std::filesystem::exists("/mnt/hidden-calls"));
  const CountingProgram by_path(BPF_PROG_TYPE_KPROBE), by_name(BPF_PROG_TYPE_KPROBE), library(BPF_PROG_TYPE_KPROBE);
  const auto first = [&](const std::filesystem::path& binary) {
    return Uprobe{.binary = binary, .place = Symbol{"target_first"}, .pid = process.pid()};
  };
  const auto path_link = attach(by_path.program(), first("/mnt/hidden-calls"));
  const auto name_link = attach(by_name.program(), first("hidden-calls"));
  const auto library_link =
      attach(library.program(), Uprobe{.binary = "calls", .place = Symbol{"target_library"}, .pid = process.pid()});
  CHECK_THAT(attach_error(first("/mnt/hidden-call")).what(),
             Contains("No such file") && Contains("/root/mnt/hidden-call"));
  CHECK_THAT(attach_error(first("hidden-cals")).hint(), Contains("'hidden-calls'"));
  process.go_on();
  REQUIRE(process.line() == "done");
  CHECK(by_path.count() == 71);
  CHECK(by_name.count() == 71);
  CHECK(library.count() == 5);
}

}  // namespace sonda::test
