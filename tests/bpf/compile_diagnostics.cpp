// Errors in what BCC rewrites, told by the real compiler, where the user wrote it.
#include <fmt/format.h>

#include "base/text.h"
#include "kernel/kernel.h"
#include "sonda/compile.h"
#include "sonda/error.h"
#include "support/catch.h"
#include "support/skip.h"

namespace sonda::test {
namespace {

/// A line of a probe, and what begins in it where it is wrong.
struct Wrong {
  std::string line, at = {};
};

Error error_in(const std::string& text) {
  try {
    compile(ProbeSource::from_text("wrong.c", text), {.use_cache = false});
  } catch (const Error& error) {
    return error;
  }
  FAIL("it compiled");
  throw std::logic_error("unreachable");
}

/// A probe with those lines in a function of its own.
std::string probe_of(const std::vector<Wrong>& lines) {
  std::string text =
      "#include <uapi/linux/ptrace.h>\n#include <linux/sched.h>\n"
      "struct key { u32 pid; };\nstruct value { u64 n; };\n"
      "BPF_HASH(counts, struct key, u64);\nBPF_HASH(values, u64, struct value);\n"
      "BPF_PERF_OUTPUT(events);\nBPF_RINGBUF_OUTPUT(ring, 8);\n"
      "TRACEPOINT_PROBE(sched, sched_switch) {\n  struct key k = {.pid = args->prev_pid};\n  counts.increment(k);\n"
      "  return 0;\n}\n"
      "int f(struct pt_regs *ctx, int first) {\n  struct key k = {.pid = first};\n  u64 one = 1;\n"
      "  struct task_struct *task = (struct task_struct *)bpf_get_current_task();\n";
  for (const auto& line : lines) text += "  " + line.line + "\n";
  return text + "  return task->mm->start_code + one;\n}\n";
}

/// Every line with something wrong is told, in its place, with the line as it was written.
void check_places(const std::vector<Wrong>& lines) {
  const auto text = probe_of(lines);
  const auto error = error_in(text);
  const auto told = error.subject() + ": \n" + error.excerpt();
  CAPTURE(text, error.what(), error.details());
  int number = static_cast<int>(split_lines(probe_of({})).size()) - 1;
  for (const auto& line : lines) {
    if (!line.at.empty()) {
      const auto column = line.line.find(line.at) + 3;
      CHECK_THAT(told, Contains(fmt::format("wrong.c:{}:{}: ", number, column)));
      CHECK_THAT(told, Contains(fmt::format("{:5} |   {}\n", number, line.line)));
    }
    ++number;
  }
}

}  // namespace

TEST_CASE("what BCC's own text makes wrong is told in the user's: maps and buffers") {
  SONDA_NEED_BPF();
  check_places({{"*counts.lookup(&k) += 1;", "+= 1"},
                {"counts.update(&k, &one); one = *counts.lookup(&k); counts.increment(k);", "= *counts"},
                {"events.perf_submit(ctx, &k, *counts.lookup(&k));", "*counts"},
                {"counts.update(&k,"},
                {"              *counts.lookup(&k));", "*counts"},
                {"ring.ringbuf_output(&one, *counts.lookup(&k), 0);", "*counts"}});
}

TEST_CASE("what BCC's own text makes wrong is told in the user's: pointers, registers, values") {
  SONDA_NEED_BPF();
  check_places({{"one = task->real_parent->mm->start_code + *counts.lookup(&k);", "+ *counts"},
                {"if (PT_REGS_PARM2(ctx) > *counts.lookup(&k)) return 1;", "> *counts"},
                {"values.delete(&one); values.lookup(&one)->n += 2; values.delete(&one);", "->n"},
                {"counts.lookup_or_try_init(&k, &one); one = *counts.lookup(&k);", "= *counts"}});
  CHECK_THAT(error_in(probe_of({{"*counts.lookup(&k) += 1;"}})).hint(), Contains("u64 *value = MAP.lookup(&key)"));
}

TEST_CASE("what is wrong before BCC rewrites it is told where it is, behind tracepoints too") {
  SONDA_NEED_BPF();
  check_places({{"counts.update(&k, &one.n);", ".n"},
                {"counts.increment(k.pit); one = task->mm->nowhere->start_code;", "pit"},
                {"events.perf_submit(ctx, &k, sizeof(kk)); ring.ringbuf_output(&one, 8, 0);", "kk"},
                {"\tone = PT_REGS_PARM1(ctx) + task->mmm->start_code;", "mmm"}});
}

TEST_CASE("a signed division is told on its line, in a function that is inlined too") {
  SONDA_NEED_BPF();
  check_places({{"one = 3; one += first / 3;", "/ 3"}});
  const auto error = error_in(probe_of({{"one += first / 3;"}}));
  CHECK_THAT(error.cause(), Contains("signed division"));
  CHECK_THAT(error.hint(), Contains("(u64)a / b"));

  const auto inlined = error_in(
      "BPF_HASH(counts, u32);\n"
      "static __always_inline s64 rest(s64 n) {\n  return n % 7;\n}\n"
      "int f(struct pt_regs *ctx) {\n  u32 k = rest(PT_REGS_PARM1(ctx));\n  counts.increment(k);\n  return 0;\n}\n");
  CHECK(inlined.subject() == "wrong.c:3:12");
}

TEST_CASE("what BPF cannot hold or calculate is told where it is written") {
  SONDA_NEED_BPF();
  const std::string head = "struct big { char text[600]; };\nBPF_PERF_OUTPUT(events);\nint f(struct pt_regs *ctx) {\n";
  const auto submit = "  events.perf_submit(ctx, &event, sizeof(event));\n  return 0;\n}\n";
  for (const std::string first :
       {"  struct big event = {};\n", "  struct big event;\n  __builtin_memset(&event, 0, sizeof(event));\n"}) {
    const auto error = error_in(head + first + submit);
    CHECK(error.subject() == "wrong.c:4");
    CHECK_THAT(error.cause(), Contains("the stack is larger than the 512 bytes"));
    CHECK_THAT(error.hint(), Contains("BPF_PERCPU_ARRAY(event_room, struct big, 1);"));
  }
  const auto half = error_in("int f(struct pt_regs *ctx) {\n  u64 n = PT_REGS_PARM1(ctx);\n  return n * 0.5 > 3;\n}\n");
  CHECK(half.subject() == "wrong.c:3");
  CHECK_THAT(half.cause(), Contains("floating point"));
}

TEST_CASE("what the hint declares for a large variable compiles in its place") {
  SONDA_NEED_BPF();
  const auto image =
      compile(ProbeSource::from_text("right.c",
                                     "struct big { char text[600]; };\nBPF_PERF_OUTPUT(events);\n"
                                     "BPF_PERCPU_ARRAY(event_room, struct big, 1);\n"
                                     "int f(struct pt_regs *ctx) {\n  u32 zero = 0; struct big *event = "
                                     "event_room.lookup(&zero); if (!event) return 0;\n"
                                     "  events.perf_submit(ctx, event, sizeof(*event));\n  return 0;\n}\n"),
              {.use_cache = false});
  CHECK(image.map("event_room").value_size == 600);
}

TEST_CASE("a field that is not there is told with those that are") {
  SONDA_NEED_BPF();
  SONDA_NEED(has_btf(), "a kernel with BTF");
  const auto hint_for = [](const std::string& probe) { return error_in(probe).hint(); };
  const auto tracepoint = [](const std::string& event, const std::string& field) {
    return "TRACEPOINT_PROBE(sched, " + event + ") {\n  bpf_trace_printk(\"%d\", args->" + field +
           ");\n  return 0;\n}\n";
  };
  CHECK_THAT(error_in(tracepoint("sched_switch", "nextpid")).what(), Contains("did you mean 'next_pid'"));
  CHECK_THAT(hint_for(tracepoint("sched_switch", "nosuch")), Contains("it has prev_comm, prev_pid, "));
  CHECK_THAT(hint_for(tracepoint("sched_swich", "next_pid")), Contains("did you mean 'sched_switch'"));
  CHECK_THAT(hint_for("#include <linux/sched.h>\nint f(struct pt_regs *ctx) {\n  struct task_struct *task = (void *)"
                      "bpf_get_current_task();\n  return task->nosuchfield;\n}\n"),
             Contains(" fields"));
  CHECK_THAT(hint_for("int f(struct pt_regs *ctx) {\n  return bpf_get_current_pidtgid() > 1;\n}\n"),
             Contains("bpf_get_current_pid_tgid"));
}

}  // namespace sonda::test
