// sonda run --watch: probes that are saved while they run.
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/catch.h"
#include "support/edited_text.h"
#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

std::string counting() {
  return "#include <uapi/linux/ptrace.h>\n"
         "#include \"shared.h\"\n"
         "// @param STEP 1 \"how much a call counts\"\n"
         "struct event { u32 pid; };\n"
         "BPF_ARRAY(calls, u64, 1);\n"
         "BPF_RINGBUF_OUTPUT(events, 8);\n"
         "// @attach " +
         first_of_calls() +
         "\n"
         "int on_call(struct pt_regs *ctx) {\n"
         "  struct event event = {.pid = bpf_get_current_pid_tgid() >> 32};\n"
         "  calls.increment(0, STEP * TIMES);\n"
         "  events.ringbuf_output(&event, sizeof(event), 0);\n"
         "  return 0;\n"
         "}\n";
}

void call(int count) {
  TargetProcess process(target("calls"), {"--first", std::to_string(count)});
  REQUIRE(process.wait() == 0);
}

}  // namespace

TEST_CASE("watch: edits go live, with their data, new columns and what they cost") {
  SONDA_NEED_BPF();
  const Probes probes;
  probes.write("shared.h", "#define TIMES 1\n");
  const auto file = probes.write("probe.c", counting());
  StartedTool tool("sonda", {"run", "--watch", "--set", "STEP=2", file}, {});
  REQUIRE(tool.ready());
  call(3);
  probes.write("shared.h", "#define TIMES 5\n");  // what it includes is watched, too
  REQUIRE(tool.says("probe.c: live after", 1));
  call(1);
  // A C error, a refusal, a wrong word, a wrong point: each is said, on its line, and the last good one goes on.
  probes.write("probe.c", with(counting(), "STEP * TIMES", "STEP * TIMEZ"));
  REQUIRE(tool.says("probe.c:10"));
  probes.write("probe.c", with(counting(), "calls.increment(0, STEP * TIMES)",
                               "int k = event.pid;\n  u64 *n = calls.lookup(&k);\n  *n += 1"));
  REQUIRE(tool.says("verify: "));
  probes.write("probe.c", with(counting(), "@param", "@parum"));
  REQUIRE(tool.says("@parum"));
  probes.write("probe.c", with(counting(), "target_first", "target_fist"));
  REQUIRE(tool.says("target_fist"));
  std::filesystem::remove(file);
  REQUIRE(tool.says("the file has gone"));
  call(1);
  auto wider = with(counting(), "u32 pid; };", "u32 pid; char comm[16]; };");
  wider = with(wider, "  calls", "  bpf_get_current_comm(event.comm, sizeof(event.comm));\n  calls");
  probes.write("new", wider);
  std::filesystem::rename(probes.path() / "new", file);
  REQUIRE(tool.says("probe.c: live after", 2));
  call(1);
  CHECK(tool.says("COMM", 1));
  Held held;
  REQUIRE(tool.freeze(held));
  tool.signal(SIGINT, false);
  const auto end = tool.wait();
  CAPTURE(end.out, end.err);
  CHECK(end.status == 0);
  CHECK(left_of(held) == 0);
  CHECK_THAT(end.out, Contains(std::to_string(3 * 2 + 1 * 10 + 1 * 10 + 1 * 10)));
  CHECK_THAT(end.err, Contains("map events: anew, event: field comm is new"));
  CHECK_THAT(end.err, Contains("instructions") && Contains("verified") && Contains("stack"));
  CHECK_THAT(end.err, Contains("ns a run"));
}

TEST_CASE("watch: as JSON, with points that come and go, and what of the command line fits no more") {
  SONDA_NEED_BPF();
  const Probes probes;
  probes.write("shared.h", "#define TIMES 1\n");
  const auto file = probes.write("probe.c", counting());
  StartedTool tool("sonda", {"run", "--watch", "--migrate", "--json", "--set", "STEP=2", "--map", "calls", file}, {});
  REQUIRE(tool.ready());
  call(4);
  auto text = with(counting(), "// @param STEP 1 \"how much a call counts\"\n", "#define STEP 3\n");
  text = with(text, "target_first", "target_second");
  text = with(text, "BPF_ARRAY(calls, u64, 1)", "BPF_ARRAY(calls, u32, 1)");
  probes.write("probe.c", text);
  REQUIRE(tool.says("\"type\":\"reload\"", 1));
  call(4);
  probes.write("probe.c", with(with(text, "calls, u32", "counts, u32"), "calls.inc", "counts.inc"));
  REQUIRE(tool.says("--map calls"));
  probes.write("probe.c", text);
  REQUIRE(tool.says("\"type\":\"reload\"", 3));
  tool.signal(SIGTERM, false);
  const auto end = tool.wait();
  CAPTURE(end.out, end.err);
  CHECK(end.status == 0);
  const auto first = objects(end, "reload").at(0);
  CHECK(first.at("maps").at("renewed").at(0).at("reason") == "value: u64 -> u32");
  CHECK(first.at("maps").at("renewed").at(0).at("copied") == 1);
  CHECK_THAT(first.at("attached").at(0).at("point").get<std::string>(), Contains("target_second"));
  CHECK_THAT(first.at("detached").at(0).at("point").get<std::string>(), Contains("target_first"));
  CHECK_THAT(first.at("notes").at(0).get<std::string>(), Contains("STEP"));
  CHECK(first.at("programs").at(0).at("after").at("instructions") > 0);
  CHECK(first.at("programs").at(0).at("ran").at("runs") == 4);
  CHECK(first.at("ms") > 0);
}

TEST_CASE("watch: with a command, an iterator, and words that do not go together") {
  SONDA_NEED_BPF();
  const Probes probes;
  probes.write("shared.h", "#define TIMES 1\n");
  const auto file = probes.write("probe.c", counting());
  const auto end = sonda_program(with_calls({"run", "--watch", "--map", "calls", file}, 7));
  CHECK(end.status == 0);
  CHECK_THAT(end.out, Contains("7"));
  CHECK(sonda_program({"run", "--migrate", file}).status == 2);

  const auto text =
      "BPF_ITER(task) {\n  const char line[] = \"one\\n\";\n  if (!ctx->task || ctx->meta->seq_num) return 0;\n"
      "  bpf_seq_write(ctx->meta->seq, line, sizeof(line) - 1);\n  return 0;\n}\n";
  const auto iterator = probes.write("iterator.c", std::string("#include <linux/sched.h>\n") + text);
  StartedTool tool("sonda", {"run", "--watch", iterator}, {});
  REQUIRE(tool.ready());
  REQUIRE(tool.says("one"));
  probes.write("iterator.c", with(std::string("#include <linux/sched.h>\n") + text, "one", "two"));
  CHECK(tool.says("two"));
  tool.signal(SIGINT, false);
  CHECK(tool.wait().status == 0);
}

namespace {

/// Frozen when one worker waits: that is started, and the one before it has ended, a moment after an edit is told of.
Held frozen_with_worker(StartedTool& tool) {
  for (int i = 0;; ++i) {
    Held held;
    REQUIRE(tool.freeze(held));
    if (held.children.size() == 1 || i == 50) return held;
    tool.signal(SIGCONT, false);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

TEST_CASE("watch: a worker waits for the next edit, is no loss if it dies, and dies with the tool") {
  SONDA_NEED_BPF();
  const Probes probes;
  probes.write("shared.h", "#define TIMES 1\n");
  probes.write("probe.c", counting());
  StartedTool tool("sonda", {"run", "--watch", "-v", (probes.path() / "probe.c").string()}, {});
  REQUIRE(tool.ready());
  const auto edit = [&](int times) { probes.write("shared.h", "#define TIMES " + std::to_string(times) + "\n"); };
  edit(2);
  REQUIRE(tool.says("live after", 1));
  CHECK(tool.says("the worker was ready", 1));
  // One that told of a C error is followed by another, too.
  probes.write("probe.c", with(counting(), "STEP * TIMES", "STEP * TIMEZ"));
  REQUIRE(tool.says("TIMEZ", 1));
  probes.write("probe.c", with(counting(), "STEP * TIMES", "TIMES * STEP"));
  REQUIRE(tool.says("live after", 2));
  CHECK(tool.says("the worker was ready", 2));

  const auto before = frozen_with_worker(tool);
  REQUIRE(before.children.size() == 1);
  REQUIRE(::syscall(SYS_pidfd_send_signal, before.children[0].get(), SIGKILL, nullptr, 0) == 0);
  tool.signal(SIGCONT, false);
  edit(3);
  REQUIRE(tool.says("live after", 3));
  edit(4);
  REQUIRE(tool.says("live after", 4));
  CHECK(tool.says("the worker was ready", 3));  // but not for the one before

  const auto held = frozen_with_worker(tool);
  CHECK(held.children.size() == 1);
  tool.signal(SIGKILL, false);
  const auto end = tool.wait();
  CAPTURE(end.err);
  CHECK(left_of(held) == 0);
  CHECK_THAT(end.err, !Contains("ended by signal"));
}

}  // namespace sonda::test
