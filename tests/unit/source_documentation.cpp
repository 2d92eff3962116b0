// What docs/probe-files.md shows is what is read.
#include <string>
#include <vector>

#include "base/files.h"
#include "sonda/probe_source.h"
#include "support/catch.h"
#include "support/paths.h"

using namespace sonda;

namespace {

std::string documentation() { return read_file(sonda::test::in_source("docs/probe-files.md"), Stage::read); }

/// The texts between ``` and the next ```, of those that begin with `kind`.
std::vector<std::string> blocks(const std::string& text, const std::string& kind) {
  std::vector<std::string> found;
  const auto fence = "\n```" + kind + "\n";
  for (auto at = text.find(fence); at != text.npos; at = text.find(fence, at + 1)) {
    const auto begin = at + fence.size();
    found.push_back(text.substr(begin, text.find("\n```", begin) + 1 - begin));
  }
  return found;
}

}  // namespace

TEST_CASE("the probe of the documentation is read as it says") {
  const auto examples = blocks(documentation(), "c");
  REQUIRE(examples.size() == 1);
  const auto source = ProbeSource::from_text("example.c", examples[0]);
  REQUIRE(source.attachments().size() == 1);
  CHECK(source.attachments()[0].function == "on_readline");
  CHECK(source.parameters().at(0).name == "ENTRIES");
  CHECK(source.event_types().at(0).type == "struct line");
}

TEST_CASE("the error of the documentation is the one that is thrown") {
  const auto text = documentation();
  try {
    ProbeSource::from_text("probes/mine.c", "\n\n// @attach software:page-fault:1\nint f() {}\n");
    FAIL("no error");
  } catch (const Error& error) {
    INFO(error.what());
    CHECK(text.find(std::string("\n") + error.what() + "\n") != text.npos);
  }
}

TEST_CASE("every attach point and event of the documentation is known") {
  const auto text = documentation();
  for (const auto* event :
       {"page-faults", "faults", "page-faults-min", "minor-faults", "page-faults-maj", "major-faults", "cpu-clock",
        "task-clock", "context-switches", "cs", "cpu-migrations", "alignment-faults", "emulation-faults"}) {
    CHECK(text.find("`" + std::string(event) + "`") != text.npos);
    CHECK_NOTHROW(parse_attach_point(std::string("software:") + event + ":1"));
  }
  for (const auto* event : {"cycles", "instructions", "cache-references", "cache-misses", "branches", "branch-misses",
                            "bus-cycles", "ref-cycles"}) {
    CHECK(text.find("`" + std::string(event) + "`") != text.npos);
    CHECK_NOTHROW(parse_attach_point(std::string("hardware:") + event + ":hz:99"));
  }
}

TEST_CASE("every kind of attach point of the documentation is known") {
  const auto text = documentation();
  for (const auto* point : {"kprobe:FUNCTION",
                            "kretprobe:FUNCTION",
                            "kprobe:FUNCTION+OFFSET",
                            "kprobe:0xADDRESS",
                            "fentry:FUNCTION",
                            "fexit:FUNCTION",
                            "fentry:MODULE:FUNCTION",
                            "lsm:HOOK",
                            "tracepoint:CATEGORY:NAME",
                            "rawtracepoint:NAME",
                            "btftracepoint:NAME",
                            "iter:TARGET",
                            "profile:hz:N",
                            "interval:s:N",
                            "uprobe:BINARY:FUNCTION",
                            "uretprobe:BINARY:FUNCTION",
                            "usdt:BINARY:PROVIDER:NAME",
                            "xdp:INTERFACE",
                            "tc:INTERFACE:ingress",
                            "tc:INTERFACE:egress",
                            "socket:INTERFACE",
                            "cgroup:FOLDER:HOOK",
                            "kprobe:vfs_*"}) {
    CAPTURE(point);
    CHECK(text.find("`" + std::string(point) + "`") != text.npos);
  }
  for (const auto* point :
       {"kprobe:f+4", "kprobe:0xf0", "fentry:m:f", "lsm:file_open", "btftracepoint:sched_switch", "iter:task",
        "profile:hz:9", "interval:us:500", "usdt:c:p:n", "watchpoint:0x10:8:rw pid=1", "software:faults:1 pid=1 cpu=0",
        "xdp:lo", "tc:lo:egress", "socket:lo", "cgroup:/sys/fs/cgroup:connect4", "uprobe:c:malloc pid=1"}) {
    CAPTURE(point);
    CHECK_NOTHROW(parse_attach_point(point));
  }
}

TEST_CASE("every kind of @show and option of @map of the documentation is known") {
  const auto text = documentation();
  for (const std::string kind :
       {"stack", "ksym", "usym", "ipv4", "ipv6", "port", "time", "duration", "bytes", "hex", "comm"}) {
    CAPTURE(kind);
    CHECK(text.find("`" + kind + "`") != text.npos);
    CHECK_NOTHROW(ProbeSource::from_text("p.c", "// @show field as " + kind + "\n"));
  }
  for (const std::string option : {"max_entries=N", "shared", "pinned"})
    CHECK(text.find("| `" + option + "` |") != text.npos);
  const auto source = ProbeSource::from_text("p.c",
                                             "// @map m shared pinned max_entries=4\n// @tailcall t[3] = f\n"
                                             "int f(void *ctx) { return 0; }\n");
  CHECK(source.map_options().at(0).pinned);
  CHECK(source.tail_calls().at(0).index == 3);
}

TEST_CASE("the probes that come with Sonda are read") {
  const std::string folder = sonda::test::in_source("probes/").string();
  for (const std::string name : {"cdsnoop", "cdsnoop_classic", "pagefaultcount", "pagefaultcount_classic"})
    CHECK_NOTHROW(ProbeSource::from_text(name, read_file(folder + name + ".c", Stage::source)));
}
