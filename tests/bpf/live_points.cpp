// Every kind of attach point that this kernel has, exchanged while it stays attached.
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/live_support.h"
#include "support/network_wire.h"
#include "support/target_process.h"

namespace sonda::test {
namespace {

/// A probe with one function, that counts into entry WHERE of `calls`.
std::string counting(const std::string& point, const std::string& parameter, const std::string& result,
                     const std::string& includes = "") {
  return "#include <uapi/linux/ptrace.h>\n" + includes + "BPF_ARRAY(calls, u64, 4);\n// @attach " + point +
         "\nint on_point(" + parameter + ") {\n  calls.increment(0);\n  return " + result + ";\n}\n";
}

std::string edited(const std::string& text) { return with(text, "increment(0)", "increment(1)"); }

/// Runs `act`, which makes `expected` events, under the probe and under its edit; both are to see theirs alone.
template <class Act>
void check_exchanged(Probe& probe, const std::string& text, std::uint64_t expected, Act act,
                     bool by_dispatcher = true) {
  probe.attach();
  act();
  CHECK(number_in(probe, "calls", 0) == expected);
  const auto told = probe.reload(source_of(edited(text)));
  CHECK(told.attached.empty());
  CHECK(told.detached.empty());
  CHECK(told.direct.empty() == by_dispatcher);
  const auto before = number_in(probe, "calls", 0);
  act();
  CHECK(number_in(probe, "calls", 0) == before);
  CHECK(number_in(probe, "calls", 1) == expected);
}

}  // namespace

TEST_CASE("live: many uprobes at once, with their cookies") {
  SONDA_NEED_BPF();
  auto text = counting("uprobe:/proc/self/exe:sonda_test_live*", "struct pt_regs *ctx", "0");
  text = with(text, "calls.increment(0)", "if (bpf_get_attach_cookie(ctx)) calls.increment(0)");
  auto probe = open_live(text);
  check_exchanged(probe, text, 2, [] {
    sonda_test_live(1);
    sonda_test_live_other(1);
  });
}

TEST_CASE("live: USDT marks, also if only the edit reads their arguments") {
  SONDA_NEED_BPF();
  const auto mark = "usdt:" + target("marks").string() + ":sonda_marks:copied";
  const auto text = counting(mark, "struct pt_regs *ctx", "0");
  const auto run = [] {
    TargetProcess process(target("marks"), {"--rounds", "10"});
    process.wait();
  };
  auto probe = open_live(text);
  check_exchanged(probe, text, 20, run);
  const auto reading =
      with(text, "calls.increment(0)", "long value = 0;\n  if (!bpf_usdt_readarg(1, ctx, &value)) calls.increment(2)");
  CHECK(probe.reload(source_of(reading)).direct.size() == 1);
  run();
  CHECK(number_in(probe, "calls", 2) == 20);
  CHECK(probe.reload(source_of(with(reading, "increment(2)", "increment(3)"))).direct.empty());
  run();
  CHECK(number_in(probe, "calls", 2) == 20);
  CHECK(number_in(probe, "calls", 3) == 20);
}

TEST_CASE("live: tracepoints of every make") {
  SONDA_NEED_BPF();
  const auto mine = "if (bpf_get_current_pid_tgid() >> 32 == " + std::to_string(::getpid()) + ") calls.increment(0)";
  const auto point = GENERATE(as<std::string>(), "tracepoint:syscalls:sys_enter_getpgid", "rawtracepoint:sys_enter",
                              "btftracepoint:sys_enter");
  CAPTURE(point);
  const bool all_calls = point.find("getpgid") == point.npos;
  auto text = with(counting(point, "void *ctx", "0"), "calls.increment(0)", mine);
  if (all_calls)
    text = with(text, "calls.increment(0)",
                "if (((u64 *)ctx)[1] == " + std::to_string(SYS_getpgid) + ") calls.increment(0)");
  auto probe = open_live(text);
  check_exchanged(probe, text, 5, [] {
    for (int i = 0; i < 5; ++i) ::getpgid(0);
  });
}

TEST_CASE("live: packets at XDP and tc") {
  SONDA_NEED_BPF();
  const Wire wire;
  const auto xdp = counting("xdp:far", "struct xdp_md *ctx", "XDP_PASS", "#include <uapi/linux/bpf.h>\n");
  const auto tc = counting("tc:far:ingress", "struct __sk_buff *ctx", "-1", "#include <uapi/linux/bpf.h>\n");
  for (const auto& text : {xdp, tc}) {
    auto probe = open_live(text);
    check_exchanged(probe, text, 3, [&wire] {
      wire.send("abc");
      CHECK(wire.receive(3) == "abc");
    });
  }
}

TEST_CASE("live: an iterator goes on under its edit") {
  SONDA_NEED_BPF();
  const std::string text = R"(#include <linux/sched.h>
BPF_ITER(task) {
  struct task_struct *task = ctx->task;
  if (!task || ctx->meta->seq_num) return 0;
  const char line[] = "one\n";
  bpf_seq_write(ctx->meta->seq, line, sizeof(line) - 1);
  return 0;
}
)";
  auto probe = open_live(text);
  probe.attach();
  CHECK(probe.links().front().read_iterator() == "one\n");
  probe.reload(source_of(with(text, "one", "two")));
  CHECK(probe.links().front().read_iterator() == "two\n");
}

}  // namespace sonda::test
