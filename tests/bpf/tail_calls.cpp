// Program arrays filled and emptied from C++, and what is told of the jumps through them.
#include <string>

#include "bpf/private_cache.h"
#include "runtime/tail_calls.h"
#include "sonda/sonda.h"
#include "support/catch.h"
#include "support/skip.h"

extern "C" {
[[gnu::noinline]] int sonda_test_call(int number) {
  asm volatile("" : "+r"(number));
  return number;
}
}

namespace sonda::test {
namespace {

Probe open_chain(const std::string& text) {
  static const auto cache = PrivateCache::or_shared();
  return Probe::open(ProbeSource::from_text("calls.c", text));
}

const char* const jumps = R"(#include <uapi/linux/ptrace.h>
BPF_PROG_ARRAY(steps, 4);
BPF_PROG_ARRAY(others, 4);
BPF_ARRAY(reached, u64, 8);
int first(struct pt_regs *ctx) {
  reached.increment(0);
  steps.call(ctx, 2);
  reached.increment(1);  // the slot is empty
  return 0;
}
int second(struct pt_regs *ctx) { reached.increment(2); return 0; }
int third(struct pt_regs *ctx) { reached.increment(3); return 0; }
int of_packets(struct xdp_md *ctx) { return XDP_PASS; }
int by_argument(struct pt_regs *ctx) {
  if (PT_REGS_PARM2(ctx) == 1) steps.call(ctx, 1);
  others.call(ctx, PT_REGS_PARM1(ctx));
  return 0;
}
int either(struct pt_regs *ctx) {
  int index = 3;
  if (PT_REGS_PARM1(ctx)) index = 1;
  steps.call(ctx, index);
  return 0;
}
)";

std::vector<std::uint64_t> reached(const Probe& probe) {
  std::vector<std::uint64_t> counts;
  for (const auto& entry : probe.table("reached").snapshot()) counts.push_back(entry.value.u64());
  counts.resize(4);
  return counts;
}

template <class Action>
std::string refusal_with_hint(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(error.what()) + " " + error.hint();
  }
  return "nothing was thrown";
}

TailCall slot(std::uint32_t index, std::string function) {
  return {.map = "steps", .index = index, .function = std::move(function), .at = {}};
}

}  // namespace

TEST_CASE("a slot of a program array is filled, exchanged and emptied while programs jump to it") {
  SONDA_NEED_BPF();
  auto probe = open_chain(jumps);
  probe.attach_uprobe("/proc/self/exe", "sonda_test_call", "first");
  sonda_test_call(1);
  CHECK(reached(probe) == std::vector<std::uint64_t>{1, 1, 0, 0});
  probe.set_tail_call("steps", 2, "second");
  sonda_test_call(1);
  CHECK(reached(probe) == std::vector<std::uint64_t>{2, 1, 1, 0});
  probe.set_tail_call("steps", 2, "third");
  sonda_test_call(1);
  CHECK(reached(probe) == std::vector<std::uint64_t>{3, 1, 1, 1});
  CHECK(probe.clear_tail_call("steps", 2));
  CHECK_FALSE(probe.clear_tail_call("steps", 2));
  sonda_test_call(1);
  CHECK(reached(probe) == std::vector<std::uint64_t>{4, 2, 1, 1});
}

TEST_CASE("a function that is attached alone finds the slots that it reaches filled") {
  SONDA_NEED_BPF();
  // No kprobe may stand in `others`, whose caller would be a tracepoint: nobody reaches it here.
  auto probe = open_chain("// @tailcall steps[2] = second\n// @tailcall others[0] = third\n" + std::string(jumps));
  probe.attach_uprobe("/proc/self/exe", "sonda_test_call", "first");
  sonda_test_call(1);
  CHECK(reached(probe) == std::vector<std::uint64_t>{1, 0, 1, 0});
  CHECK(probe.loaded().programs().size() == 2);
  // What was put there by hand stays.
  probe.set_tail_call("steps", 2, "third");
  probe.attach_uprobe("/proc/self/exe", "sonda_test_call", "first");
  sonda_test_call(1);
  CHECK(reached(probe) == std::vector<std::uint64_t>{3, 0, 1, 2});
}

TEST_CASE("a slot can be filled before anything is attached") {
  SONDA_NEED_BPF();
  auto probe = open_chain(jumps);
  probe.set_tail_call("steps", 2, "second");
  probe.attach_uprobe("/proc/self/exe", "sonda_test_call", "first");
  sonda_test_call(1);
  CHECK(reached(probe) == std::vector<std::uint64_t>{1, 0, 1, 0});
}

TEST_CASE("what cannot stand in a slot is refused in plain words") {
  SONDA_NEED_BPF();
  auto probe = open_chain(jumps);
  probe.attach_uprobe("/proc/self/exe", "sonda_test_call", "first");
  CHECK_THAT(refusal_with_hint([&] { probe.set_tail_call("steps", 4, "second"); }),
             Contains("steps has no slot 4: it has 4"));
  CHECK_THAT(refusal_with_hint([&] { probe.clear_tail_call("steps", 9); }), Contains("no slot 9"));
  CHECK_THAT(refusal_with_hint([&] { probe.set_tail_call("reached", 0, "second"); }),
             Contains("reached is no program array"));
  CHECK_THAT(refusal_with_hint([&] { probe.set_tail_call("steps", 0, "secund"); }), Contains("second"));
  CHECK_THAT(refusal_with_hint([&] { probe.set_tail_call("stepz", 0, "second"); }), Contains("no such map"));
  const auto& packets = probe.loaded().program("of_packets", BPF_PROG_TYPE_XDP);
  CHECK_THAT(refusal_with_hint([&] { fill_slot(probe.loaded(), slot(0, "of_packets"), packets); }),
             Contains("of_packets cannot stand beside the others in steps"));
}

TEST_CASE("jumps are found in a program's instructions") {
  SONDA_NEED_BPF();
  const auto probe = open_chain(jumps);
  const auto found = [&](const char* name) { return tail_jumps(probe.image(), probe.image().program(name)); };
  CHECK(found("first") == std::vector<TailJump>{{"steps", 2U}});
  CHECK(found("second").empty());
  CHECK(found("by_argument") == std::vector<TailJump>{{"steps", 1U}, {"others", std::nullopt}});
  CHECK(found("either") == std::vector<TailJump>{{"steps", std::nullopt}});
}

TEST_CASE("a warning is given for a path that has no end, and for no other short one") {
  SONDA_NEED_BPF();
  const auto probe = open_chain(jumps);
  const auto& image = probe.image();
  CHECK(tail_call_warning(image, {}).empty());
  CHECK(tail_call_warning(image, {slot(2, "second"), slot(1, "third")}).empty());
  CHECK_THAT(tail_call_warning(image, {slot(2, "first")}), Contains("first -> first comes back"));
  CHECK(tail_call_warning(image, {slot(3, "first")}).empty());  // nobody that it leads to jumps there
  CHECK_THAT(tail_call_warning(image, {slot(2, "either")}), Contains("either -> either comes back"));  // any slot
}

}  // namespace sonda::test
