// The tools under --watch: their probes are saved while they count.
#include <signal.h>

#include <nlohmann/json.hpp>

#include "support/catch.h"
#include "support/edited_text.h"
#include "support/file_text.h"
#include "support/skip.h"
#include "tool/hidden_faults.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

using Json = nlohmann::json;

/// A tool's own probe, in a folder where it can be edited.
class EditedProbe {
 public:
  explicit EditedProbe(const std::string& name)
      : text_(text_of(in_source("probes/" + name + ".c"))), file_(probes_.write(name + ".c", text_)) {}
  const std::string& file() const { return file_; }
  const std::string& text() const { return text_; }
  void save(const std::string& text) const { probes_.write(file_, text); }
  /// As editors do that rename.
  void save_by_renaming(const std::string& text) const { std::filesystem::rename(probes_.write("new", text), file_); }

 private:
  Probes probes_;
  std::string text_, file_;
};

long number_after(const std::string& text, const std::string& name) {
  return std::stol(text.substr(text.find(name) + name.size()));
}

}  // namespace

TEST_CASE("watch: a million page faults while the probe is saved 50 times are counted exactly") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const HiddenFaults hidden;
  const EditedProbe probe("pagefaultcount");
  TargetProcess process(target("faults"), {"--wait-for-newline", "--faults", "2000", "--rounds", "500",
                                           "--until-newline", "--pause", "4", "--threads", "2"});
  REQUIRE(process.line() == "ready");
  StartedTool tool("pagefaultcount", {"--json", "-d", "1000", "--watch", "--probe", probe.file()}, {});
  REQUIRE(tool.ready());
  process.go_on();
  std::size_t swaps = 0, errors = 0;
  for (int i = 1; i <= 50; ++i) {
    // Another number in each: none is taken from the cache, and each is another program.
    auto text = probe.text();
    const auto number = std::to_string(i);
    text = with(text, "if (count) count->min += ctx->sample_period;",
                "if (count) count->min += ctx->sample_period + " + number + " - " + number + ";");
    if (i == 11) text = with(text, "if (count) count->min", "if (count) count->minimum");
    if (i == 22) text = with(text, "if (known) {", "if (1) {");
    if (i >= 33) text = with(text, "BPF_HASH(tasks", "BPF_HASH(more, u32, u64);\nBPF_HASH(tasks");
    if (i % 2 == 0)
      probe.save(text);
    else
      probe.save_by_renaming(text);
    ++(i == 11 || i == 22 ? errors : swaps);
    INFO("save " << i);
    REQUIRE(tool.says("\"type\":\"reload\"", swaps));
    REQUIRE(tool.says("\"type\":\"reload_error\"", errors));
  }
  process.go_on();
  const auto said = process.line();
  tool.signal(SIGINT, false);
  const auto end = tool.wait();
  CAPTURE(said, end.err);
  REQUIRE(end.status == 0);
  CHECK(objects(end, "reload").size() == 48);
  const auto refused = objects(end, "reload_error");
  REQUIRE(refused.size() == 2);
  CHECK(refused[0].at("stage") == "compile");
  CHECK(refused[1].at("stage") == "verify");
  const auto total = objects(end, "total").at(0);
  CAPTURE(total.dump());
  check_differences(hidden, objects(end, "row"), total);
  const auto own = number_after(said, "after=") - number_after(said, "before=");
  CHECK(own >= 1'000'000);
  long counted = 0;
  for (const auto& row : objects(end, "row"))
    if (row.at("tgid") == process.pid()) counted += row.at("min_flt").get<long>();
  CHECK(counted >= own);
  CHECK(counted <= own + 50);
}

TEST_CASE("watch: pagefaultcount goes on counting over a map that is made anew, and refuses one it cannot read") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const HiddenFaults hidden;
  const EditedProbe probe("pagefaultcount");
  StartedTool tool("pagefaultcount", {"--json", "-d", "1000", "--watch", "--probe", probe.file()}, {});
  REQUIRE(tool.ready());
  TargetProcess process(target("faults"), {"--faults", "5003"});
  REQUIRE(process.wait() == 0);
  probe.save(with(probe.text(), "u64 min, maj;", "u32 min, maj;"));
  REQUIRE(tool.says("reload_error"));
  probe.save(with(probe.text(), "@param ENTRIES 16384", "@param ENTRIES 8192"));
  REQUIRE(tool.says("max_entries 16384 -> 8192"));
  TargetProcess after(target("faults"), {"--faults", "101"});
  REQUIRE(after.wait() == 0);
  tool.signal(SIGINT, false);
  const auto end = tool.wait();
  CAPTURE(end.out, end.err);
  CHECK(end.status == 0);
  CHECK_THAT(objects(end, "reload_error").at(0).at("cause").get<std::string>(), Contains("field 'min'"));
  const auto total = objects(end, "total").at(0);
  check_differences(hidden, objects(end, "row"), total);
  CHECK(total.at("min_flt") >= 5104);
}

TEST_CASE("watch: cdsnoop shows each change once over its edits") {
  SONDA_NEED_BPF();
  const EditedProbe probe("cdsnoop");
  StartedTool tool("cdsnoop", {"--json", "--watch", "--probe", probe.file()}, {});
  REQUIRE(tool.ready());
  TargetProcess shell("/bin/bash", {"--norc", "-c", "while read; do cd /usr; cd /; echo done; done"});
  for (int i = 1; i <= 3; ++i) {
    probe.save(with(probe.text(), "s->depth = 1;\n", "s->depth = 1 + " + std::to_string(i * 256) + " % 2;\n"));
    REQUIRE(tool.says("\"type\":\"reload\"", static_cast<std::size_t>(i)));
    shell.go_on();
    CHECK(shell.line() == "done");
    CHECK(tool.says("\"curr_dir\":\"/usr\"", static_cast<std::size_t>(i)));
  }
  probe.save(with(probe.text(), "u32 pid, ppid, uid;", "u64 pid; u32 ppid, uid;"));
  REQUIRE(tool.says("reload_error"));
  shell.go_on();
  CHECK(shell.line() == "done");
  CHECK(tool.says("\"curr_dir\":\"/usr\"", 4));
  Held held;
  REQUIRE(tool.freeze(held));
  tool.signal(SIGTERM, false);
  const auto end = tool.wait();
  CAPTURE(end.out, end.err);
  CHECK(end.status == 0);
  CHECK(left_of(held) == 0);
  const auto pid = "\"pid\":" + std::to_string(shell.pid()) + ",";
  long changes = 0;
  for (auto at = end.out.find(pid); at != end.out.npos; at = end.out.find(pid, at + 1)) ++changes;
  CHECK(changes == 8);
}

}  // namespace sonda::test
