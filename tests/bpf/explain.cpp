// Probes explained by a real kernel: each fact on the line where it belongs.
#include <algorithm>

#include "bpf/private_cache.h"
#include "sonda/explanation.h"
#include "support/catch.h"
#include "support/error_of.h"
#include "support/refused_probe.h"
#include "support/skip.h"

namespace sonda::test {
namespace {

constexpr auto probe_text = R"(BPF_HASH(counts, u32, u64);
BPF_PROG_ARRAY(next_ones, 4);
// @tailcall next_ones[2] = second
int first(struct pt_regs *ctx) {
  u32 key = bpf_get_current_pid_tgid() >> 32;
  u64 *count = counts.lookup(&key);
  if (count) {
    *count += 1;
  }
  next_ones.call(ctx, 2);
  return 0;
}
int second(struct pt_regs *ctx) {
  bpf_trace_printk("second\n");
  return 0;
}
)";
constexpr std::uint32_t line_of_key = 5, line_of_lookup = 6, line_of_use = 8, line_of_call = 10;

Explanation explained(const std::string& text, const std::vector<std::string>& functions = {}) {
  auto probe = Probe::open(ProbeSource::from_text("probe.c", text));
  return explain_program(probe, functions);
}

const BpfLine* call_in(const FunctionExplanation& function, std::uint32_t line, const std::string& helper) {
  for (const auto& one : function.code)
    if (one.line == line && one.call && one.call->name == helper) return &one;
  return nullptr;
}

const RegisterFact* fact(const BpfLine& line, int number, bool written) {
  for (const auto& one : line.registers)
    if (one.number == number && one.written == written) return &one;
  return nullptr;
}

}  // namespace

TEST_CASE("explain: lines hold their instructions, helpers, maps, registers, native code and stack") {
  SONDA_NEED_BPF();
  const auto cache = PrivateCache::or_shared();
  const auto explanation = explained(probe_text);
  REQUIRE(explanation.functions.size() == 2);
  CHECK(explanation.all_accepted());
  const auto& first = explanation.functions[0];
  CHECK(first.name == "first");
  CHECK(first.type == "kprobe");

  REQUIRE(call_in(first, line_of_key, "bpf_get_current_pid_tgid") != nullptr);
  const auto* lookup = call_in(first, line_of_lookup, "bpf_map_lookup_elem");
  REQUIRE(lookup != nullptr);
  CHECK(lookup->map == "counts");
  CHECK(lookup->call->signature == "void *bpf_map_lookup_elem(void *map, const void *key)");
  const auto* result = fact(*lookup, 0, true);
  REQUIRE(result != nullptr);
  CHECK_THAT(result->states.front(), sonda::test::StartsWith("map_value_or_null"));
  CHECK_THAT(result->words, sonda::test::Contains("or NULL"));
  CHECK_FALSE(lookup->native.empty());

  const auto use = std::ranges::find(first.code, line_of_use, &BpfLine::line);
  REQUIRE(use != first.code.end());

  REQUIRE(first.no_native.empty());
  std::size_t native = 0;
  for (const auto& line : first.entry) native += line.bytes.size();
  for (const auto& line : first.code)
    for (const auto& one : line.native) native += one.bytes.size();
  CHECK(native == first.native_bytes);

  REQUIRE_FALSE(first.stack.empty());
  const auto& slot = first.stack.front();
  CHECK(slot.name == "key");
  CHECK(slot.size == 4);
  CHECK(slot.certainty == StackSlot::Certainty::guess);
  CHECK(first.stack_bytes >= 4);

  REQUIRE(explanation.tail_calls.size() == 1);
  const auto& edge = explanation.tail_calls.front();
  CHECK(edge.from == "first");
  CHECK(edge.array == "next_ones");
  CHECK(edge.index == 2u);
  CHECK(edge.to == "second");
  CHECK(edge.line == line_of_call);
}

TEST_CASE("explain: a tail call leads to each slot that the verifier saw it take, else to all that the file fills") {
  SONDA_NEED_BPF();
  const auto cache = PrivateCache::or_shared();
  const std::string head =
      "BPF_PROG_ARRAY(steps, 4);\n"
      "// @tailcall steps[0] = zero\n"
      "int zero(void *ctx) { return 0; }\n"
      "// @tailcall steps[1] = one\n"
      "int one(void *ctx) { return 0; }\n"
      "// @tailcall steps[3] = three\n"
      "int three(void *ctx) { return 0; }\n"
      "int first(void *ctx) {\n";
  const auto reached = [&](const std::string& body) {
    std::vector<std::string> edges;
    for (const auto& edge : explained(head + body + "  return 0;\n}\n", {"first"}).tail_calls)
      edges.push_back((edge.index ? std::to_string(*edge.index) : "?") + " " + edge.to);
    return edges;
  };
  using Edges = std::vector<std::string>;
  CHECK(reached("  steps.call(ctx, (u32)bpf_get_current_uid_gid() ? 1 : 0);\n") == Edges{"0 zero", "1 one"});
  CHECK(reached("  steps.call(ctx, 2);\n") == Edges{"2 "});
  CHECK(reached("  steps.call(ctx, bpf_get_prandom_u32());\n") == Edges{"0 zero", "1 one", "3 three"});
}

TEST_CASE("explain: a branch that is never taken is named, with what it leaves out") {
  SONDA_NEED_BPF();
  const auto cache = PrivateCache::or_shared();
  // Old kernels, too, know the way of an equality.
  const auto explanation = explained(
      "int f(struct pt_regs *ctx) {\n"
      "  u64 number = 7;\n"
      "  asm volatile(\"\" : \"+r\"(number));  // the compiler forgets it, the verifier does not\n"
      "  if (number == 100)\n"
      "    bpf_trace_printk(\"never\");\n"
      "  return 0;\n"
      "}\n");
  const auto& code = explanation.functions.at(0).code;
  const auto* never = call_in(explanation.functions.at(0), 5, "bpf_trace_printk");
  REQUIRE(never != nullptr);
  CHECK(never->removed);
  CHECK(never->visits == 0);
  CHECK(never->native.empty());
  CHECK(std::ranges::any_of(
      code, [](const BpfLine& line) { return line.branch == Branch::only_jump || line.branch == Branch::only_next; }));
}

TEST_CASE("explain: what the kernel refuses is part of the value, beside what it takes") {
  SONDA_NEED_BPF();
  const auto cache = PrivateCache::or_shared();
  const auto explanation = explained(refused_probe);
  CHECK_FALSE(explanation.all_accepted());
  REQUIRE(explanation.functions.size() == 2);
  CHECK_FALSE(explanation.functions[0].refusal);
  const auto& bad = explanation.functions[1];
  REQUIRE(bad.refusal);
  CHECK(bad.refusal->line == 6);
  REQUIRE(bad.refusal->instruction);
  CHECK_THAT(bad.refusal->error.subject(), sonda::test::Contains("probe.c:6"));
  const auto* lookup = call_in(bad, 5, "bpf_map_lookup_elem");
  REQUIRE(lookup != nullptr);
  CHECK(fact(*lookup, 0, true) != nullptr);
}

TEST_CASE("explain: only the functions that are asked for, and one that is not there") {
  SONDA_NEED_BPF();
  const auto cache = PrivateCache::or_shared();
  const auto explanation = explained(probe_text, {"second"});
  REQUIRE(explanation.functions.size() == 1);
  CHECK(explanation.functions[0].name == "second");
  const auto error = error_of([] { explained(probe_text, {"third"}); });
  CHECK_THAT(error.what(), sonda::test::Contains("second"));
}

TEST_CASE("explain: functions that are called have their own code, variables their names") {
  SONDA_NEED_BPF();
  const auto cache = PrivateCache::or_shared();
  const auto explanation = explained(
      "static u64 calls = 40;\n"
      "__attribute__((noinline)) static u64 thrice(u64 x) {\n  return x * 3;\n}\n"
      "int f(struct pt_regs *ctx) {\n  calls += thrice(PT_REGS_PARM1(ctx));\n  return 0;\n}\n");
  REQUIRE(explanation.functions.size() == 1);
  const auto& code = explanation.functions[0].code;
  const auto begin = std::ranges::find(code, "thrice", &BpfLine::begins);
  REQUIRE(begin != code.end());
  CHECK((begin->line == 2 || begin->line == 3));  // its first instruction is the function's or the statement's
  const auto call = std::ranges::find(code, "call thrice", &BpfLine::text);
  REQUIRE(call != code.end());
  CHECK(call->line == 6);
  CHECK(call->note == "at " + std::to_string(begin->index));
  CHECK(std::ranges::any_of(code, [](const BpfLine& line) { return line.text.ends_with(" = calls, in map .data"); }));
  // Each has its own end in the processor's code, too, where the kernel shows it.
  if (explanation.functions[0].no_native.empty()) {
    const auto returns = [](auto first, auto last) {
      return std::any_of(first, last, [](const BpfLine& line) {
        return std::ranges::any_of(line.native, [](const NativeLine& one) { return one.text.find("ret") == 0; });
      });
    };
    CHECK(returns(code.begin(), begin));
    CHECK(returns(begin, code.end()));
  }
  REQUIRE(explanation.maps.size() == 1);
  CHECK(explanation.maps[0].type == "variables");
  CHECK(explanation.maps[0].value == "u64 calls");
}

}  // namespace sonda::test
