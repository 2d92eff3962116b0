#include "sonda/attach_point.h"

#include <catch2/catch.hpp>
#include <string>

#include "sonda/error.h"

using namespace sonda;

namespace {

std::string message(std::string_view text) {
  try {
    parse_attach_point(text);
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::source);
    CHECK(error.subject() == text);
    return error.cause() + " | " + error.hint();
  }
  return "no error";
}

bool says(const std::string& message, std::string_view part) { return message.find(part) != message.npos; }

}  // namespace

TEST_CASE("each kind of attach point is read, and written the same") {
  const auto [text, point] = GENERATE(table<std::string, AttachPoint>({
      {"uprobe:/bin/bash:readline", Uprobe{"/bin/bash", Symbol{"readline"}}},
      {"uprobe:/bin/bash:readline+0x10", Uprobe{"/bin/bash", Symbol{"readline", 16}}},
      {"uretprobe:/bin/bash:readline", Uprobe{"/bin/bash", Symbol{"readline"}, true}},
      {"uretprobe:/bin/bash:0x1234", Uprobe{"/bin/bash", Address{0x1234}, true}},
      {"uprobe:/opt/a:b/libx.so:f", Uprobe{"/opt/a:b/libx.so", Symbol{"f"}}},
      {"uprobe:/opt/a b/c:f", Uprobe{"/opt/a b/c", Symbol{"f"}}},
      {"uprobe:c:_ZN3fooC1Ev@@V1.2", Uprobe{"c", Symbol{"_ZN3fooC1Ev@@V1.2"}}},
      {"kprobe:do_sys_open", Kprobe{Symbol{"do_sys_open"}}},
      {"kprobe:do_sys_open+0x8", Kprobe{Symbol{"do_sys_open", 8}}},
      {"kprobe:0xffffffff81000000", Kprobe{Address{0xffffffff81000000}}},
      {"kretprobe:do_sys_open.isra.0", Kprobe{Symbol{"do_sys_open.isra.0"}, true}},
      {"tracepoint:sched:sched_switch", Tracepoint{"sched", "sched_switch"}},
      {"rawtracepoint:sys_enter", RawTracepoint{"sys_enter"}},
      {"software:page-faults-min:1", PerfEvent{software::page_faults_min, Every{1}}},
      {"software:page-faults-min:hz:49", PerfEvent{software::page_faults_min, Frequency{49}}},
      {"hardware:cycles:1000000", PerfEvent{{0, 0}, Every{1000000}}},
      {"hardware:ref-cycles:5", PerfEvent{{0, 9}, Every{5}}},
      {"profile:hz:99", PerfEvent{software::cpu_clock, Frequency{99}}},
  }));
  CAPTURE(text);
  CHECK(parse_attach_point(text) == point);
  CHECK(to_string(point) == text);
}

TEST_CASE("events have the names that perf knows") {
  const auto event = [](const std::string& name) {
    return std::get<PerfEvent>(parse_attach_point("software:" + name + ":7")).event;
  };
  CHECK(event("faults") == software::page_faults);
  CHECK(event("page-faults") == software::page_faults);
  CHECK(event("minor-faults") == software::page_faults_min);
  CHECK(event("page-faults-maj") == software::page_faults_maj);
  CHECK(event("major-faults") == software::page_faults_maj);
  CHECK(event("cpu-clock") == software::cpu_clock);
  CHECK(event("task-clock") == software::task_clock);
  CHECK(event("cs") == software::context_switches);
  CHECK(event("context-switches") == software::context_switches);
  CHECK(event("cpu-migrations") == software::cpu_migrations);
  CHECK(event("alignment-faults") == software::alignment_faults);
  CHECK(event("emulation-faults") == software::emulation_faults);
}

TEST_CASE("offsets are decimal or hexadecimal") {
  CHECK(parse_attach_point("uprobe:a:f+16") == parse_attach_point("uprobe:a:f+0x10"));
  CHECK(parse_attach_point("uretprobe:a:f+0") == parse_attach_point("uretprobe:a:f"));
}

TEST_CASE("an event without a name is written by its numbers") {
  CHECK(to_string(PerfEvent{{4, 0x1c2}, Every{3}}) == "perf:4:0x1c2:3");
}

TEST_CASE("a wrong word is named, with what is possible") {
  CHECK(says(message("uprob:/bin/bash:f"), "'uprob' is no kind of attach point | did you mean 'uprobe'"));
  CHECK(says(message("xyzzy:a"), "possible are uprobe, uretprobe, kprobe"));
  CHECK(says(message(""), "the kind of attach point is missing"));
  CHECK(says(message("uprobe"), "the binary's path or the symbol is missing"));
  CHECK(says(message("uprobe::f"), "the binary's path or the symbol is missing"));
  CHECK(says(message("uprobe:/bin/bash"), "the binary's path or the symbol is missing"));
  CHECK(says(message("uprobe:/bin/bash:"), "the symbol is missing"));
  CHECK(says(message("uprobe:/bin/bash:+4"), "the symbol is missing"));
  CHECK(says(message("uprobe:/bin/bash:read*"), "'read*' is no symbol"));
  CHECK(says(message("uprobe:/bin/bash:a b"), "'a b' is no symbol"));
  CHECK(says(message("uprobe:/bin/bash:1234"), "an address is written 0x1234"));
  CHECK(says(message("uprobe:/bin/bash:0x"), "'0x' is no address"));
  CHECK(says(message("uprobe:/bin/bash:0x12345678123456789"), "is no address"));
  CHECK(says(message("uprobe:/bin/bash:f+"), "'' is no offset"));
  CHECK(says(message("uprobe:/bin/bash:f+x"), "'x' is no offset"));
  CHECK(says(message("uretprobe:/bin/bash:f+1"), "a return probe takes no offset"));
  CHECK(says(message("kretprobe:f+1"), "a return probe takes no offset"));
  CHECK(says(message("kprobe:"), "the symbol is missing"));
  CHECK(says(message("kprobe:mod:f"), "'mod:f' is no symbol"));
  CHECK(says(message("tracepoint:sched"), "the tracepoint's name is missing"));
  CHECK(says(message("tracepoint:sched:"), "a name is missing"));
  CHECK(says(message("tracepoint:../x:f"), "'../x' is no category"));
  CHECK(says(message("tracepoint:sched:a/b"), "'/' is no part of a name"));
  CHECK(says(message("tracepoint:sched:sched_*"), "'*' is no part of a name"));
  CHECK(says(message("rawtracepoint:"), "a name is missing"));
  CHECK(says(message("software:page-fault:1"), "there is no software event 'page-fault' | did you mean 'page-faults'"));
  CHECK(says(message("hardware:page-faults:1"), "there is no hardware event 'page-faults' | possible are cycles"));
  CHECK(says(message("software:page-faults"), "the period is missing"));
  CHECK(says(message("software:page-faults:0"), "'0' is no period"));
  CHECK(says(message("software:page-faults:-1"), "'-1' is no period"));
  CHECK(says(message("software:page-faults:9223372036854775808"), "is no period"));
  CHECK(says(message("software:page-faults:1:2"), "'1:2' is no period"));
  CHECK(says(message("software:page-faults:hz:"), "the frequency is missing"));
  CHECK(says(message("profile:99"), "'99' is no unit of a profile | written profile:hz:99"));
  CHECK(says(message("profile:hz:x"), "'x' is no frequency"));
  CHECK(says(message("kprobe:a\nb"), "a control character"));
  CHECK(says(message(std::string_view("kprobe:a\0b", 10)), "a control character"));
}

TEST_CASE("a caret stands below the wrong word") {
  try {
    parse_attach_point("software:page-fault:1");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.excerpt() == "software:page-fault:1\n         ^");
  }
}
