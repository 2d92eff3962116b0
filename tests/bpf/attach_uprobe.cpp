// Uprobes and uretprobes count exactly the calls they should, and wrong places are refused.
#include <sys/stat.h>

#include "bpf/attach_support.h"
#include "elf/stubs.h"
#include "elf/symbols.h"
#include "support/paths.h"

namespace sonda::test {
namespace {

using Arguments = std::vector<std::string>;
const Arguments calls_5003_101{"--wait-for-newline", "--first", "5003", "--second", "101"};

// Starts the target, attaches when it is ready, lets it make its calls; the number of runs of the program.
std::uint64_t runs(const std::filesystem::path& binary, Uprobe point, const Arguments& arguments = calls_5003_101) {
  const CountingProgram program(BPF_PROG_TYPE_KPROBE);
  TargetProcess process(binary, arguments);
  REQUIRE(process.line() == "ready");
  const auto link = attach(program.program(), point);
  process.go_on();
  REQUIRE(process.line() == "done");
  process.go_on();
  CHECK(process.wait() == 0);
  return program.count();
}

}  // namespace

TEST_CASE("uprobes count every call") {
  SONDA_NEED_BPF();
  for (const auto* name : {"calls", "calls_fixed", "calls_stripped"}) {
    INFO(name);
    const OwnTarget own(name);
    CHECK(runs(own.path(), {.binary = own.path(), .place = Symbol{"target_first"}}) == 5003);
    CHECK(runs(own.path(), {.binary = own.path(), .place = Symbol{"target_first"}, .on_return = true}) == 5003);
    CHECK(runs(own.path(), {.binary = own.path(), .place = Symbol{"target_second"}}) == 101);
  }
}

TEST_CASE("uprobes count the calls of all threads") {
  SONDA_NEED_BPF();
  const OwnTarget own("calls");
  const Arguments arguments{"--wait-for-newline", "--first", "1009", "--threads", "16"};
  for (const bool on_return : {false, true})
    CHECK(runs(own.path(), {.binary = own.path(), .place = Symbol{"target_first"}, .on_return = on_return},
               arguments) == 16 * 1009);
}

TEST_CASE("a uprobe takes an address or an offset") {
  SONDA_NEED_BPF();
  const OwnTarget own("calls");
  const auto first = ElfFile::open(own.path()).find("target_first");
  REQUIRE(first);
  CHECK(runs(own.path(), {.binary = own.path(), .place = Address{first->address}}) == 5003);
  CHECK(runs(own.path(), {.binary = own.path(), .place = Address{first->address}, .on_return = true}) == 5003);
  // Its last byte is its only `ret`.
  const Symbol end{"target_first", first->size - 1};
  CHECK(runs(own.path(), {.binary = own.path(), .place = end}) == 5003);
}

TEST_CASE("a uprobe on a linkage stub counts the calls that its own program makes of a library") {
  SONDA_NEED_BPF();
  for (const auto* name : {"calls", "calls_fixed"}) {
    INFO(name);
    const OwnTarget own(name);
    const auto stubs = import_stubs(ElfReader(own.path()), "target_library");
    REQUIRE(stubs.size() == 1);
    const Arguments arguments{"--wait-for-newline", "--library", "1009", "--first", "101"};
    CHECK(runs(own.path(), {.binary = own.path(), .place = Address{stubs.front()}}, arguments) == 1009);
  }
}

TEST_CASE("a uprobe of one process counts only that process") {
  SONDA_NEED_BPF();
  const OwnTarget own("calls");
  for (const bool on_return : {false, true}) {
    const CountingProgram program(BPF_PROG_TYPE_KPROBE);
    TargetProcess other(own.path(), {"--wait-for-newline", "--first", "301"});
    TargetProcess process(own.path(), {"--wait-for-newline", "--first", "1009", "--threads", "3"});
    REQUIRE(other.line() == "ready");
    REQUIRE(process.line() == "ready");
    const auto link = attach(
        program.program(),
        Uprobe{.binary = own.path(), .place = Symbol{"target_first"}, .on_return = on_return, .pid = process.pid()});
    other.go_on();
    process.go_on();
    REQUIRE(other.line() == "done");
    REQUIRE(process.line() == "done");
    CHECK(program.count() == 3 * 1009);
  }
}

TEST_CASE("a uprobe reaches processes that start later, and a shared library's users") {
  SONDA_NEED_BPF();
  const CountingProgram program(BPF_PROG_TYPE_KPROBE);
  const OwnTarget own("calls");
  auto link = attach(program.program(), Uprobe{.binary = own.path(), .place = Symbol{"target_second"}});
  for (int i = 0; i < 3; ++i) {
    TargetProcess process(own.path(), {"--second", "7"});
    CHECK(process.wait() == 0);
  }
  CHECK(program.count() == 21);

  TargetProcess process(own.path(), {"--wait-for-newline", "--library", "97"});
  REQUIRE(process.line() == "ready");
  const CountingProgram in_library(BPF_PROG_TYPE_KPROBE);
  const auto library =
      attach(in_library.program(),
             Uprobe{.binary = target("libcalls.so"), .place = Symbol{"target_library"}, .pid = process.pid()});
  process.go_on();
  REQUIRE(process.line() == "done");
  CHECK(in_library.count() == 97);
}

TEST_CASE("a uprobe works through another process's root folder") {
  SONDA_NEED_BPF();
  const OwnTarget own("calls");
  const auto root = std::filesystem::path("/proc/" + std::to_string(::getpid()) + "/root");
  const Uprobe point{.binary = root / own.path().relative_path(), .place = Symbol{"target_first"}};
  CHECK(runs(own.path(), point) == 5003);
}

TEST_CASE("a detached uprobe counts no more") {
  SONDA_NEED_BPF();
  const CountingProgram program(BPF_PROG_TYPE_KPROBE);
  const OwnTarget own("calls");
  auto link = attach(program.program(), Uprobe{.binary = own.path(), .place = Symbol{"target_first"}});
  CHECK(link.attached());
  CHECK(link.function() == "count_runs");
  CHECK(TargetProcess(own.path(), {"--first", "11"}).wait() == 0);
  CHECK(program.count() == 11);
  link.detach();
  CHECK_FALSE(link.attached());
  CHECK(TargetProcess(own.path(), {"--first", "11"}).wait() == 0);
  CHECK(program.count() == 11);
}

TEST_CASE("a uprobe's place must be a function of the binary") {
  SONDA_NEED_BPF();
  const auto binary = target("calls");
  const auto cause = [&](const std::string& name) { return attach_error(Uprobe{binary, Symbol{name}}).cause(); };
  const auto hint = [&](const std::string& name) { return attach_error(Uprobe{binary, Symbol{name}}).hint(); };
  CHECK_THAT(cause("target_frist"), Contains("no function 'target_frist'"));
  CHECK_THAT(hint("target_frist"), Contains("target_first"));
  CHECK_THAT(cause("target_library"), Contains("imported from a shared library"));
  CHECK_THAT(hint("target_library"), Contains("libcalls.so"));
  CHECK_THAT(cause("printf"), Contains("no function"));
  CHECK_THAT(cause("puts"), Contains("imported"));
  CHECK_THAT(hint("puts"), Contains("/libc.so.6"));
  CHECK_THAT(cause("target_variable"), Contains("data"));
  CHECK_THAT(cause("target_chosen"), Contains("GNU_IFUNC"));
  CHECK_THAT(cause("_ZN12_GLOBAL__N_111target_twinEl"), Contains("several functions"));
  CHECK_THAT(cause(""), Contains("no function ''"));
  CHECK_THAT(attach_error(Uprobe{target("calls_stripped"), Symbol{"target_twin"}}).cause(), Contains("no function"));
}

TEST_CASE("a uprobe's offset and address are checked") {
  SONDA_NEED_BPF();
  const auto binary = target("calls");
  const auto file = ElfFile::open(binary);
  const auto first = *file.find("target_first");
  const auto cause = [&](Place place, bool on_return = false) {
    return attach_error(Uprobe{.binary = binary, .place = std::move(place), .on_return = on_return}).cause();
  };
  CHECK_THAT(cause(Symbol{"target_first", first.size}), Contains("bytes long"));
  CHECK_THAT(cause(Symbol{"target_first", ~0UL}), Contains("bytes long"));
  CHECK_THAT(cause(Symbol{"target_first", 1}, true), Contains("start of a function"));
  CHECK_THAT(cause(Address{first.address + 1}, true), Contains("start of a function"));
  CHECK_THAT(cause(Address{0}), Contains("not in the binary's code"));
  CHECK_THAT(cause(Address{~0UL}), Contains("not in the binary's code"));
  CHECK_THAT(cause(Address{file.find("target_variable")->address}), Contains("not in the binary's code"));
}

TEST_CASE("a uprobe's binary must be one") {
  SONDA_NEED_BPF();
  const TemporaryFolder folder;
  const auto cause = [&](const std::filesystem::path& path) {
    return attach_error(Uprobe{path, Symbol{"target_first"}}).cause();
  };
  CHECK_THAT(cause(folder.path() / "missing"), Contains("No such file"));
  CHECK_THAT(cause(folder.path()), Contains("directory"));
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  CHECK_THAT(cause(folder.path() / "pipe"), Contains("pipe"));
  CHECK_THAT(cause(test::in_source("README.md")), Contains("not an ELF binary"));
  CHECK_THAT(cause("/dev/null"), Contains("device"));
}

TEST_CASE("a uprobe of a process that is not there") {
  SONDA_NEED_BPF();
  constexpr pid_t nobody = 4'194'304;  // the largest number of a process is one less
  CHECK_THAT(attach_error(Uprobe{.binary = target("calls"), .place = Symbol{"target_first"}, .pid = nobody}).cause(),
             Contains("no process"));
}

TEST_CASE("a uprobe takes no program of another type") {
  SONDA_NEED_BPF();
  const CountingProgram program(BPF_PROG_TYPE_PERF_EVENT);
  CHECK_THROWS_AS(attach(program.program(), Uprobe{target("calls"), Symbol{"target_first"}}), Error);
}

}  // namespace sonda::test
