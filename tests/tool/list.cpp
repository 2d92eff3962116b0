// sonda list: what it prints, and with what it ends.
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "kernel/tracefs.h"
#include "support/catch.h"
#include "support/paths.h"
#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

ToolEnd list(std::vector<std::string> words) {
  words.insert(words.begin(), "list");
  return sonda_program(words);
}

std::string calls(std::string_view function) {
  return "uprobe:" + target("calls").string() + ":" + std::string(function);
}

}  // namespace

TEST_CASE("each line is a point, with -v with its arguments below it", "[list]") {
  const auto marks = "usdt:" + target("marks").string();
  const auto plain = list({calls("target_[fs]*"), marks + ":numbers"});
  CHECK(plain.status == 0);
  CHECK(plain.err.empty());
  CHECK(plain.out == calls("target_first") + "\n" + calls("target_second") + "\n" + marks + ":sonda_marks:numbers\n");
  const auto verbose = list({"-v", marks + ":copied"});
  CHECK(verbose.out == marks + ":sonda_marks:copied\n    s64 arg1\n    s64 arg2\n");
}

TEST_CASE("the tracepoints of a category are the folders that tracefs has of it", "[list]") {
  SONDA_NEED_BPF();
  std::string wanted;
  for (const auto& name : Tracefs().list("events/sched")) wanted += "tracepoint:sched:" + name + "\n";
  CHECK(list({"tracepoint:sched:*"}).out == wanted);
}

TEST_CASE("a name without a kind is looked for in the kernel", "[list]") {
  SONDA_NEED_BPF();
  const auto end = list({"*sched_switch*"});
  CHECK(end.status == 0);
  CHECK(contains(end.out, "tracepoint:sched:sched_switch\n"));
  CHECK(contains(end.out, "\nrawtracepoint:sched_switch\n"));
  CHECK(end.err.empty());
}

TEST_CASE("what matches nothing ends with status 1 and near matches, and the rest is printed", "[list]") {
  const auto end = list({calls("target_frist"), calls("target_first")});
  CHECK(end.status == 1);
  CHECK(end.out == calls("target_first") + "\n");
  CHECK(end.err ==
        "sonda: attach: " + calls("target_frist") + ": no attach point matches\nhint: did you mean 'target_first'?\n");
}

TEST_CASE("what is not here ends with status 77 if nothing else was asked", "[list]") {
  SONDA_NEED_BPF();
  SONDA_NEED(!can_kprobe(), "a kernel without kprobes");
  const auto alone = list({"kprobe:vfs_*"});
  CHECK(alone.status == 77);
  CHECK(alone.out.empty());
  CHECK(contains(alone.err, "this kernel was built without CONFIG_KPROBES"));
  const auto with_others = list({"kprobe:vfs_*", "software:page-faults"});
  CHECK(with_others.status == 0);
  CHECK(with_others.out == "software:page-faults:1\n");
  CHECK(contains(with_others.err, "this kernel was built without CONFIG_KPROBES"));
}

TEST_CASE("kprobes are listed", "[list]") {
  SONDA_NEED(can_kprobe(), "a kernel with kprobes");
  const auto end = list({"kprobe:vfs_rea*"});
  CHECK(end.status == 0);
  CHECK(contains(end.out, "kprobe:vfs_read\n"));
}

TEST_CASE("a wrong pattern ends with status 2 and a hint", "[list]") {
  const auto end = list({"tracpoint:sched:*"});
  CHECK(end.status == 2);
  CHECK(contains(end.err, "hint: did you mean 'tracepoint'?"));
  CHECK(list({"interval"}).status == 2);
  CHECK(list({"usdt:" + target("calls").string()}).status == 1);
}

TEST_CASE("the kinds are listed with their number here and an example that is here", "[list]") {
  SONDA_NEED_BPF();
  const auto kinds = objects(list({"--json"}), "kind");
  REQUIRE(kinds.size() > 20);
  for (const auto& kind : kinds) {
    CAPTURE(kind.dump());
    const bool counted = kind["points"].is_number();
    if (counted && kind["points"] != 0) CHECK(list({kind["example"].get<std::string>()}).status == 0);
    if (!kind["missing"].is_null()) CHECK_FALSE(counted);
  }
  const auto tracepoints = std::ranges::find_if(kinds, [](const auto& kind) { return kind["kind"] == "tracepoint"; });
  std::size_t folders = 0;
  for (const auto& category : Tracefs().list("events"))
    if (category != "ftrace") folders += Tracefs().list("events/" + category).size();
  CHECK((*tracepoints)["points"] == folders);
  const auto text = list({}).out;
  CHECK(contains(text, "tracepoint"));
  CHECK(std::ranges::count(text, '\n') == static_cast<std::ptrdiff_t>(kinds.size() + 1));
}

TEST_CASE("whoever is not root is told what that takes, and may list binaries", "[list]") {
  SONDA_NEED(::geteuid() == 0, "root");
  StartedTool::How nobody;
  nobody.user = 65534;
  StartedTool tracepoints("sonda", {"list", "tracepoint:sched:*"}, nobody);
  const auto end = tracepoints.wait();
  CHECK(end.status == 77);
  CHECK(contains(end.err, "hint: run it with sudo"));
  StartedTool functions("sonda", {"list", "uprobe:libc.so.6:malloc"}, nobody);
  CHECK(functions.wait().out == "uprobe:libc.so.6:malloc\n");
}

}  // namespace sonda::test
