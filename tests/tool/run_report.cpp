// The report's two tools as probes of `sonda run`: the same counts as the tools of that name give.
#include <sstream>

#include "support/catch.h"
#include "support/patience.h"
#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

/// Seconds after which a tool ends by itself; the test ends it earlier.
std::string long_enough() { return std::to_string(patience().count()); }

nlohmann::json parsed(const std::string& line) { return nlohmann::json::parse(line, nullptr, false); }

std::vector<nlohmann::json> lines_of(const std::string& text) {
  std::vector<nlohmann::json> all;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    if (auto object = parsed(line); object.is_object()) all.push_back(std::move(object));
  return all;
}

}  // namespace

TEST_CASE("the report's page fault probe counts what pagefaultcount counts") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "perf events of all processes");
  TargetProcess process(target("faults"), {"--faults", "20000", "--threads", "2", "--wait-for-newline"});
  process.line();
  process.settle();
  StartedTool tool("pagefaultcount", {"-d", long_enough(), "--json", "-p", std::to_string(process.pid())}, {});
  StartedTool run("sonda", {"run", "--json", "-d", long_enough(), "pagefaultcount_classic"}, {});
  REQUIRE(tool.ready());
  REQUIRE(run.ready());
  process.go_on();
  process.line();
  process.settle();
  tool.signal(SIGINT, false);
  run.signal(SIGINT, false);
  const auto by_tool = tool.wait(), by_run = run.wait();
  CAPTURE(by_tool.err, by_run.err);
  std::uint64_t tool_counted = 0, run_counted = 0;
  for (const auto& row : lines_of(by_tool.out))
    if (row.value("type", "") == "row") tool_counted += row.at("min_flt").get<std::uint64_t>();
  for (const auto& entry : objects(by_run, "entry"))
    if (entry.at("map") == "minflt_table" && entry.at("key").at("comm") == "faults")
      run_counted += entry.at("value").get<std::uint64_t>();
  CHECK(tool_counted >= 20000);
  CHECK(run_counted == tool_counted);
}

TEST_CASE("a probe on cd_builtin counts the changes that cdsnoop shows") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("cd.c",
                                 "BPF_HASH(changes, u32);\n"
                                 "// @attach uretprobe:/bin/bash:cd_builtin\n"
                                 "int on_cd(void *ctx) {\n"
                                 "  changes.increment(bpf_get_current_pid_tgid() >> 32);\n"
                                 "  return 0;\n"
                                 "}\n");
  StartedTool tool("cdsnoop", {"-d", long_enough(), "--json", "--shell", "/bin/bash"}, {});
  REQUIRE(tool.ready());
  const auto run =
      sonda_program({"run", "--json", path, "--", "/bin/bash", "-c",
                     "for i in {1..25}; do cd /tmp; cd - > /dev/null; cd /no/such/folder 2> /dev/null; done; true"});
  tool.signal(SIGINT, false);
  const auto by_tool = tool.wait();
  CAPTURE(by_tool.err, run.err);
  REQUIRE(objects(run, "entry").size() == 1);
  const auto entry = objects(run, "entry").front();
  std::size_t rows = 0;
  for (const auto& row : lines_of(by_tool.out))
    if (row.value("pid", 0) == entry.at("key").get<int>()) ++rows;
  CHECK(rows == 75);
  CHECK(entry.at("value") == rows);
}

}  // namespace sonda::test
