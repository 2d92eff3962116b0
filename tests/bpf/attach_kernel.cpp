// Tracepoints, raw tracepoints and kprobes: counted exactly where the kernel has them, refused clearly where not.
#include <sys/prctl.h>
#include <unistd.h>

#include "bpf/attach_support.h"
#include "support/without.h"

namespace sonda::test {
namespace {

// Passes the tracepoint task:task_rename, in this process.
void rename_this_thread(int times) {
  for (int i = 0; i < times; ++i) ::prctl(PR_SET_NAME, "attach_test");
}

void check_counts_renames(const AttachPoint& point) {
  const CountingProgram program(program_kind(point).type, ::getpid());
  rename_this_thread(5);
  auto link = attach(program.program(), point);
  CHECK(program.count() == 0);
  rename_this_thread(5003);
  CHECK(program.count() == 5003);
  link.detach();
  rename_this_thread(5);
  CHECK(program.count() == 5003);
}

}  // namespace

TEST_CASE("a tracepoint counts every pass, until it is detached") {
  SONDA_NEED_BPF();
  check_counts_renames(Tracepoint{"task", "task_rename"});
}

TEST_CASE("a raw tracepoint counts every pass, until it is detached") {
  SONDA_NEED_BPF();
  check_counts_renames(RawTracepoint{"task_rename"});
}

TEST_CASE("a link that is moved stays attached, and one that goes detaches") {
  SONDA_NEED_BPF();
  const CountingProgram program(BPF_PROG_TYPE_RAW_TRACEPOINT, ::getpid());
  {
    auto link = attach(program.program(), RawTracepoint{"task_rename"});
    const auto moved = std::move(link);
    rename_this_thread(7);
    CHECK(moved.attached());
  }
  rename_this_thread(7);
  CHECK(program.count() == 7);
}

TEST_CASE("unknown tracepoints are named, with what is near") {
  SONDA_NEED_BPF();
  const auto category = attach_error(Tracepoint{"shced", "sched_switch"});
  CHECK_THAT(category.cause(), Contains("no tracepoint category 'shced'"));
  CHECK_THAT(category.hint(), Contains("'sched'"));
  const auto name = attach_error(Tracepoint{"task", "task_renam"});
  CHECK_THAT(name.cause(), Contains("no tracepoint 'task_renam'"));
  CHECK_THAT(name.hint(), Contains("task_rename"));
  for (const auto& wrong : {Tracepoint{"task", "../task/task_rename"}, Tracepoint{"..", "events"}, Tracepoint{"", ""},
                            Tracepoint{"task", "enable"}, Tracepoint{"task", "."}})
    CHECK_THAT(attach_error(wrong).cause(), Contains("no tracepoint"));
}

TEST_CASE("unknown raw tracepoints are named, with what is near") {
  SONDA_NEED_BPF();
  const auto error = attach_error(RawTracepoint{"task_renam"});
  CHECK_THAT(error.cause(), Contains("no tracepoint 'task_renam'"));
  CHECK_THAT(error.hint(), Contains("task_rename"));
  CHECK_THAT(attach_error(RawTracepoint{std::string(300, 'x')}).cause(), Contains("no tracepoint"));
  CHECK_THAT(attach_error(RawTracepoint{""}).cause(), Contains("no tracepoint"));
}

TEST_CASE("kprobes are refused by a kernel without them") {
  SONDA_NEED_BPF();
  without("/sys/bus/event_source/devices/kprobe", [] {
    for (const bool on_return : {false, true}) {
      const auto error = attach_error(Kprobe{.place = Symbol{"do_exit"}, .on_return = on_return});
      CHECK_THAT(error.cause(), Contains("CONFIG_KPROBES"));
      CHECK_THAT(error.hint(), Contains("tracepoint"));
      CHECK(error.exit() == Exit::cannot_run);
    }
  });
}

TEST_CASE("kprobes count every call") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_kprobe(), "a kernel with kprobes");
  check_counts_renames(Kprobe{.place = Symbol{"__set_task_comm"}});
  check_counts_renames(Kprobe{.place = Symbol{"__set_task_comm"}, .on_return = true});
}

TEST_CASE("unknown kernel functions are named, with what is near") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_kprobe(), "a kernel with kprobes");
  const auto error = attach_error(Kprobe{.place = Symbol{"__set_task_com"}});
  CHECK_THAT(error.cause(), Contains("no function '__set_task_com'"));
  CHECK_THAT(error.hint(), Contains("__set_task_comm"));
  CHECK_THAT(attach_error(Kprobe{.place = Address{0x10}}).cause(),
             Contains("no function of the kernel") || Contains("or the place is in none"));
}

}  // namespace sonda::test
