// pagefaultcount's output, options, messages and exit statuses.
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "support/catch.h"
#include "support/file_text.h"
#include "support/paths.h"
#include "support/scratch.h"
#include "support/skip.h"
#include "support/target_process.h"
#include "tool/pagefaultcount_support.h"

namespace sonda::test {
namespace {

using Words = std::vector<std::string>;

constexpr uid_t nobody = 65534;

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::size_t lines_of(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

}  // namespace

TEST_CASE("nothing to wait for: the opening line, the header, and the check") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const auto ended = run_pagefaultcount({"-d", "0"});
  CHECK(ended.status == 0);
  CHECK(ended.err.empty());
  const auto lines = ended.lines();
  REQUIRE(lines.size() >= 4);
  CHECK(lines[0] == "Running for 0 seconds or hit Ctrl-C to end.");
  CHECK(lines[1] == "PID      NAME                 CPU          MIN_FLT      MAJ_FLT");
  CHECK(has(lines[lines.size() - 2], "total: "));
  CHECK(has(lines.back(), "the kernel's own count: "));
  CHECK_FALSE(has(ended.out, "\x1b"));
}

TEST_CASE("the default is the report's 100 seconds") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  FaultCount tool({});
  REQUIRE(tool.ready());
  CHECK(tool.interrupt().lines().front() == "Running for 100 seconds or hit Ctrl-C to end.");
}

TEST_CASE("a signal in the middle ends the counting, prints the table once, and is no error") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const auto number = GENERATE(SIGINT, SIGTERM);
  FaultCount tool({"-d", "60"});
  REQUIRE(tool.ready());
  CHECK(TargetProcess(target("faults"), {"--faults", "101"}).wait() == 0);
  tool.signal(number);
  const auto ended = tool.wait();
  CHECK(ended.status == 0);
  CHECK(ended.out.find("PID      NAME") == ended.out.rfind("PID      NAME"));
  CHECK(has(ended.out, "the kernel's own count: "));
}

TEST_CASE("a signal before anything is counted ends it quietly, with the status of an interrupted program") {
  SONDA_NEED_BPF();
  const auto number = GENERATE(SIGINT, SIGTERM);
  FaultCount tool({"--no-cache"});  // it compiles for much longer than the signal needs
  tool.signal(number);
  const auto ended = tool.wait();
  CHECK(ended.status == 128 + number);
  CHECK(ended.out.empty());
  CHECK(ended.err.empty());
}

TEST_CASE("only the first rows are shown, and the rest is said") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  FaultCount tool({"--top", "1"});
  REQUIRE(tool.ready());
  for (int i = 0; i < 3; ++i) CHECK(TargetProcess(target("faults"), {"--faults", "101"}).wait() == 0);
  const auto lines = tool.interrupt().lines();
  REQUIRE(lines.size() >= 5);
  CHECK(has(lines[3], " more rows are not shown"));
}

TEST_CASE("CSV has a header, rows, and its check on standard error") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  FaultCount tool({"--csv"});
  REQUIRE(tool.ready());
  CHECK(TargetProcess(target("faults"), {"--faults", "101"}).wait() == 0);
  const auto ended = tool.interrupt();
  const auto lines = ended.lines();
  REQUIRE(lines.size() >= 2);
  CHECK(lines[0] == "pid,tgid,name,cpu,min_flt,maj_flt\r");
  for (const auto& line : lines) CHECK(std::ranges::count(line, ',') == 5);
  CHECK(has(ended.err, "the kernel's own count: "));
}

TEST_CASE("estimates are marked as such, in words and in JSON") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const auto how = GENERATE(Words{"--freq", "49"}, Words{"--classic"});
  auto arguments = how;
  arguments.insert(arguments.end(), {"-d", "0"});
  const auto text = run_pagefaultcount(arguments);
  CHECK(text.status == 0);
  CHECK(has(text.out, "all figures are estimates"));
  CHECK(has(text.out, "(estimated)"));
  CHECK_FALSE(has(text.out, "agree"));
  arguments.push_back("--json");
  CHECK(run_pagefaultcount(arguments).total().at("estimate") == true);
  CHECK(run_pagefaultcount({"-d", "0", "--json"}).total().at("estimate") == false);
}

TEST_CASE("with a longer period every fault that the program saw stands for so many") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  FaultCount tool({"--json", "--period", "10"});
  REQUIRE(tool.ready());
  CHECK(TargetProcess(target("faults"), {"--faults", "1009"}).wait() == 0);
  const auto total = tool.interrupt().total();
  CHECK(total.at("min_flt").get<std::uint64_t>() % 10 == 0);
  CHECK(total.at("min_flt") <= total.at("kernel_min_flt"));
  CHECK(total.at("min_flt") > 0);
}

TEST_CASE("help and version need no privilege") {
  SONDA_NEED(::geteuid() == 0, "root, to become somebody else");
  const auto help = run_pagefaultcount({"--help"}, {.user = nobody});
  CHECK(help.status == 0);
  for (const std::string option : {"--duration", "--interval", "--by", "--json", "--max-entries", "Examples:"})
    CHECK(has(help.out, option));
  const auto version = run_pagefaultcount({"--version"}, {.user = nobody});
  CHECK(version.status == 0);
  CHECK(version.out.starts_with("pagefaultcount "));
  CHECK(lines_of(version.out) == 1);
}

TEST_CASE("without privilege: one line names the capability, and the status is 77") {
  SONDA_NEED(::geteuid() == 0, "root, to become somebody else");
  const auto ended = run_pagefaultcount({"-d", "0"}, {.user = nobody});
  CHECK(ended.status == 77);
  CHECK(ended.out.empty());
  CHECK(ended.err.starts_with("pagefaultcount: "));
  CHECK(has(ended.err, "CAP_"));
  CHECK(lines_of(ended.err) <= 2);  // the message and its hint
}

TEST_CASE("a wrong command line is told, with status 2") {
  const auto arguments = GENERATE(
      Words{"--nonsense"}, Words{"-d"}, Words{"-d", "soon"}, Words{"-d", "-1"}, Words{"-i", "0"}, Words{"--top", "0"},
      Words{"--by", "colour"}, Words{"--sort", "up"}, Words{"--json", "--csv"}, Words{"--freq", "49", "--period", "1"},
      Words{"--classic", "--by", "process"}, Words{"--classic", "--max-entries", "5"}, Words{"--max-entries", "0"},
      Words{"-p", "0"}, Words{"-p", "x"}, Words{"--set", "X"}, Words{"--headers", "none"}, Words{"extra"});
  const auto ended = run_pagefaultcount(arguments);
  CAPTURE(arguments, ended.err);
  CHECK(ended.status == 2);
  CHECK(ended.out.empty());
  CHECK(ended.err.starts_with("pagefaultcount: usage: "));
}

TEST_CASE("a reader that left ends the tool quietly") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const auto ended = run_pagefaultcount({"-d", "0"}, {.output_closed = true});
  CHECK(ended.status == 0);
  CHECK(ended.err.empty());
}

TEST_CASE("a probe that is not there, or has an error, is told with status 1") {
  SONDA_NEED_BPF();
  const auto missing = run_pagefaultcount({"-d", "0", "--probe", "/nowhere/x.c"});
  CHECK(missing.status == 1);
  CHECK(has(missing.err, "/nowhere/x.c"));
  const ScratchFolder folder;
  const auto broken = folder.write("broken.c", "int page_minflt(void *ctx) {\n  return nonsense;\n}\n");
  const auto ended = run_pagefaultcount({"-d", "0", "--no-cache", "--probe", broken.string()});
  CHECK(ended.status == 1);
  CHECK(has(ended.err, "broken.c:2"));
  CHECK(ended.out.empty());
}

TEST_CASE("a probe whose map has another layout is refused by name") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  auto text = test::text_of(test::in_source("probes/pagefaultcount.c"));
  const std::string declared = "u64 min, maj;";
  REQUIRE(has(text, declared));
  text.replace(text.find(declared), declared.size(), "u64 maj, min;");
  const ScratchFolder folder;
  const auto ended = run_pagefaultcount({"-d", "0", "--no-cache", "--probe", folder.write("swapped.c", text).string()});
  CHECK(ended.status == 1);
  CHECK(has(ended.err, "min"));
}

TEST_CASE("a descriptor that is not open is refused as the one to notify") {
  const auto ended = run_pagefaultcount({"-d", "0"}, {.environment = {"SONDA_NOTIFY_READY=971"}});
  CHECK(ended.status == 2);
  CHECK(has(ended.err, "SONDA_NOTIFY_READY"));
}

}  // namespace sonda::test
