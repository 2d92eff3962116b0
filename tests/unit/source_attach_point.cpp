#include "sonda/attach_point.h"

#include <string>

#include "sonda/error.h"
#include "support/catch.h"
#include "unit/source_messages.h"

using namespace sonda;
using sonda::test::says;

namespace {

std::string refusal_of(std::string_view text) {
  try {
    parse_attach_point(text);
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::source);
    CHECK(error.subject() == text);
    return error.cause() + " | " + error.hint();
  }
  return "no error";
}

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
      {"uprobe:libc:mall*", Uprobe{"libc", Symbol{"mall*"}}},
      {"uprobe:/opt/x:\"ns::f(int, char)\"", Uprobe{"/opt/x", Symbol{"ns::f(int, char)"}}},
      {"uprobe:/opt/x:\"operator+\"+0x4", Uprobe{"/opt/x", Symbol{"operator+", 4}}},
      {"uretprobe:/bin/bash:readline pid=17", Uprobe{"/bin/bash", Symbol{"readline"}, true, 17}},
      {"kprobe:vfs_*", Kprobe{Symbol{"vfs_*"}}},
      {"fentry:do_unlinkat", Fentry{"do_unlinkat"}},
      {"fexit:xfs:xfs_read", Fentry{"xfs_read", true, "xfs"}},
      {"lsm:file_open", Lsm{"file_open"}},
      {"iter:task_file", Iterator{"task_file"}},
      {"usdt:/usr/lib/a:b.so:provider:name", Usdt{"/usr/lib/a:b.so", "provider", "name"}},
      {"usdt:libc:setjmp pid=3", Usdt{"libc", "", "setjmp", 3}},
      {"tracepoint:syscalls:sys_enter_*", Tracepoint{"syscalls", "sys_enter_*"}},
      {"btftracepoint:sched_switch", BtfTracepoint{"sched_switch"}},
      {"software:cpu-clock:7 cpu=1 pid=5", PerfEvent{software::cpu_clock, Every{7}, 5, 1}},
      {"interval:s:2", Interval{2'000'000'000}},
      {"interval:ms:10", Interval{10'000'000}},
      {"watchpoint:0x1000:4:rw pid=9", Watchpoint{Address{0x1000}, 4, true, true, false, 9}},
      {"watchpoint:jiffies:8:w", Watchpoint{Symbol{"jiffies"}, 8}},
      {"xdp:eth0", Xdp{"eth0"}},
      {"xdp:veth.1:generic", Xdp{"veth.1", Xdp::Mode::generic}},
      {"tc:eth0:ingress", Tc{"eth0", false}},
      {"tc:eth0:egress", Tc{"eth0", true}},
      {"socket:lo", SocketFilter{"lo"}},
      {"cgroup:/sys/fs/cgroup/a:b:connect4", Cgroup{"/sys/fs/cgroup/a:b", "connect4"}},
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

TEST_CASE("times are written in the largest unit that fits") {
  CHECK(to_string(parse_attach_point("interval:ms:3000")) == "interval:s:3");
  CHECK(to_string(parse_attach_point("interval:us:1500")) == "interval:us:1500");
  CHECK(parse_attach_point("interval:hz:50") == AttachPoint(Interval{20'000'000}));
  CHECK(parse_attach_point("profile:ms:10") == AttachPoint(PerfEvent{software::cpu_clock, Every{10'000'000}}));
}

TEST_CASE("other words for the same points") {
  CHECK(parse_attach_point("kfunc:f") == parse_attach_point("fentry:f"));
  CHECK(parse_attach_point("kretfunc:vmlinux:f") == parse_attach_point("fexit:f"));
}

TEST_CASE("what network and user-space points need is asked for") {
  CHECK(says(refusal_of("xdp:"), "the network interface is missing"));
  CHECK(says(refusal_of("xdp:a_name_that_is_too_long"), "is no name of a network interface"));
  CHECK(says(refusal_of("xdp:eth0:fast"), "'fast' is no mode of XDP | native or generic"));
  CHECK(says(refusal_of("tc:eth0"), "the direction is missing"));
  CHECK(says(refusal_of("tc:eth0:up"), "'up' is no direction"));
  CHECK(says(refusal_of("socket:a/b"), "'a/b' is no name of a network interface"));
  CHECK(says(refusal_of("cgroup:connect4"), "the cgroup's folder or the hook is missing"));
  CHECK(says(refusal_of("cgroup:/x:connect5"), "a cgroup has no hook 'connect5' | did you mean 'connect4'"));
  CHECK(says(refusal_of("usdt:/bin/x"), "the binary's path or the probe's name is missing"));
  CHECK(says(refusal_of("uprobe:/bin/x:\"f"), "this is no name in quotes"));
  CHECK(says(refusal_of("uprobe:/bin/x:\"f\"x"), "nothing but an offset"));
  CHECK(says(refusal_of("watchpoint:0x10:3:w"), "'3' is no length"));
  CHECK(says(refusal_of("watchpoint:0x10:4:q"), "'q' is no mode"));
  CHECK(says(refusal_of("watchpoint:0x10:4:w:more"), "'w:more' is no mode"));
  CHECK(says(refusal_of("watchpoint:0x10:4:"), "the mode is missing"));
  CHECK(says(refusal_of("watchpoint:0x10:4:rx"), "either for running or for reading"));
  CHECK(says(refusal_of("interval:s:0"), "'0' is no time"));
  CHECK(says(refusal_of("interval:hz:99999999"), "is out of range"));
  CHECK(says(refusal_of("kprobe:f pid=3"), "this kind of attach point sees every process"));
  CHECK(says(refusal_of("profile:hz:9 pid=x"), "'x' is no pid"));
  CHECK(says(refusal_of("uprobe:/bin/x:f cpu=1"), "only a perf event can be limited to a CPU"));
}

TEST_CASE("functions are attached by their names as BCC does") {
  const auto point = [](std::string_view function) {
    const auto found = conventional_point(function);
    return found ? to_string(*found) : "none";
  };
  CHECK(point("kprobe__tcp_v4_connect") == "kprobe:tcp_v4_connect");
  CHECK(point("kretprobe__vfs_read") == "kretprobe:vfs_read");
  CHECK(point("kmod_ret__bpf_modify_return_test") == "fmod_ret:bpf_modify_return_test");
  CHECK(point("syscall__execve") == "none");  // its arguments are a system call's; BCC attaches it nowhere
  CHECK(point("tracepoint__sched__sched_switch") == "tracepoint:sched:sched_switch");
  CHECK(point("raw_tracepoint__sys_enter") == "rawtracepoint:sys_enter");
  CHECK(point("kfunc__do_unlinkat") == "fentry:do_unlinkat");
  CHECK(point("kfunc____x64_sys_openat") == "fentry:__x64_sys_openat");
  CHECK(point("kretfunc__vmlinux__vfs_open") == "fexit:vfs_open");
  CHECK(point("kfunc__xfs__xfs_read") == "fentry:xfs:xfs_read");
  CHECK(point("lsm__file_open") == "lsm:file_open");
  CHECK(point("bpf_iter__task") == "iter:task");
  CHECK(point("tracepoint__sched") == "none");
  CHECK(point("kprobe__") == "none");
  CHECK(point("my_function") == "none");
}

TEST_CASE("offsets are decimal or hexadecimal") {
  CHECK(parse_attach_point("uprobe:a:f+16") == parse_attach_point("uprobe:a:f+0x10"));
  CHECK(parse_attach_point("uretprobe:a:f+0") == parse_attach_point("uretprobe:a:f"));
}

TEST_CASE("an event without a name is written by its numbers") {
  CHECK(to_string(PerfEvent{{4, 0x1c2}, Every{3}}) == "perf:4:0x1c2:3");
}

TEST_CASE("a wrong word is named, with what is possible") {
  CHECK(says(refusal_of("uprob:/bin/bash:f"), "'uprob' is no kind of attach point | did you mean 'uprobe'"));
  CHECK(says(refusal_of("xyzzy:a"), "possible are uprobe, uretprobe, usdt, kprobe"));
  CHECK(says(refusal_of(""), "the kind of attach point is missing"));
  CHECK(says(refusal_of("uprobe"), "the binary's path or the symbol is missing"));
  CHECK(says(refusal_of("uprobe::f"), "the binary's path or the symbol is missing"));
  CHECK(says(refusal_of("uprobe:/bin/bash"), "the binary's path or the symbol is missing"));
  CHECK(says(refusal_of("uprobe:/bin/bash:"), "the symbol is missing"));
  CHECK(says(refusal_of("uprobe:/bin/bash:+4"), "the symbol is missing"));
  CHECK(says(refusal_of("uprobe:/bin/bash:read*+4"), "a pattern takes no offset"));
  CHECK(says(refusal_of("uprobe:/bin/bash:a b"), "'a b' is no symbol"));
  CHECK(says(refusal_of("uprobe:/bin/bash:1234"), "an address is written 0x1234"));
  CHECK(says(refusal_of("uprobe:/bin/bash:0x"), "'0x' is no address"));
  CHECK(says(refusal_of("uprobe:/bin/bash:0x12345678123456789"), "is no address"));
  CHECK(says(refusal_of("uprobe:/bin/bash:f+"), "'' is no offset"));
  CHECK(says(refusal_of("uprobe:/bin/bash:f+x"), "'x' is no offset"));
  CHECK(says(refusal_of("uretprobe:/bin/bash:f+1"), "a return probe takes no offset"));
  CHECK(says(refusal_of("kretprobe:f+1"), "a return probe takes no offset"));
  CHECK(says(refusal_of("kprobe:"), "the symbol is missing"));
  CHECK(says(refusal_of("kprobe:mod:f"), "'mod:f' is no symbol"));
  CHECK(says(refusal_of("tracepoint:sched"), "the tracepoint's name is missing"));
  CHECK(says(refusal_of("tracepoint:sched:"), "a name is missing"));
  CHECK(says(refusal_of("tracepoint:../x:f"), "'../x' is no category"));
  CHECK(says(refusal_of("tracepoint:sched:a/b"), "'/' is no part of a name"));
  CHECK(says(refusal_of("rawtracepoint:sched_*"), "'*' is no part of a name"));
  CHECK(says(refusal_of("rawtracepoint:"), "a name is missing"));
  CHECK(says(refusal_of("software:page-fault:1"),
             "there is no software event 'page-fault' | did you mean 'page-faults'"));
  CHECK(says(refusal_of("hardware:page-faults:1"), "there is no hardware event 'page-faults' | possible are cycles"));
  CHECK(says(refusal_of("software:page-faults"), "the period is missing"));
  CHECK(says(refusal_of("software:page-faults:0"), "'0' is no period"));
  CHECK(says(refusal_of("software:page-faults:-1"), "'-1' is no period"));
  CHECK(says(refusal_of("software:page-faults:9223372036854775808"), "is no period"));
  CHECK(says(refusal_of("software:page-faults:1:2"), "'1:2' is no period"));
  CHECK(says(refusal_of("software:page-faults:hz:"), "the frequency is missing"));
  CHECK(says(refusal_of("profile:99"), "'99' is no unit of time | written profile:s:1"));
  CHECK(says(refusal_of("profile:hz:x"), "'x' is no frequency"));
  CHECK(says(refusal_of("kprobe:a\nb"), "a control character"));
  CHECK(says(refusal_of(std::string_view("kprobe:a\0b", 10)), "a control character"));
}

TEST_CASE("a caret stands below the wrong word") {
  try {
    parse_attach_point("software:page-fault:1");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.excerpt() == "software:page-fault:1\n         ^");
  }
}
