// Verifier logs as steps: real ones of Linux 6.18 (tests/data/verifier_trace), and the style of older kernels.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "support/catch.h"
#include "support/paths.h"
#include "verifier/trace.h"

using namespace sonda;

namespace {

std::string recorded(const std::string& name) {
  std::ifstream file(sonda::test::test_data("verifier_trace") / name);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  REQUIRE_FALSE(text.empty());
  return text;
}

std::size_t last_step_at(const Trace& trace, std::uint32_t instruction) {
  for (std::size_t i = trace.steps.size(); i-- > 0;)
    if (trace.steps[i].instruction == instruction) return i;
  FAIL("no step at instruction " << instruction);
  return 0;
}

std::vector<std::uint32_t> instructions(const Trace& trace, std::size_t to) {
  std::vector<std::uint32_t> result;
  for (const auto step : trace.path_to(to)) result.push_back(trace.steps[step].instruction);
  return result;
}

std::string before(const Trace& trace, std::size_t step, std::string_view place) {
  TraceStates states(trace);
  return std::string(state_of(states.before(step), place).value_or("nothing"));
}

std::string after(const Trace& trace, std::size_t step, std::string_view place) {
  TraceStates states(trace);
  return std::string(state_of(states.after(step), place).value_or("nothing"));
}

}  // namespace

TEST_CASE("a line of states gives places and what is known of them") {
  const auto states = read_states(
      " frame1: R0_w=scalar(id=1,smin=0,var_off=(0x0; 0xf)) R1=ctx() R10=fp0 fp-8_w=mmmm???? fp-16=iter_num(ref_id=1, "
      "state=active) refs=2,4 cb nonsense= =odd R=1 Rx=2 fp-=3");
  REQUIRE(states.size() == 5);
  CHECK(states[0] == PlaceState{"R0", "scalar(id=1,smin=0,var_off=(0x0; 0xf))"});
  CHECK(states[2] == PlaceState{"R10", "fp0"});
  CHECK(states[3] == PlaceState{"fp-8", "mmmm????"});
  CHECK(states[4] == PlaceState{"fp-16", "iter_num(ref_id=1, state=active)"});
  CHECK(frame_of_states("frame3: R0=1") == 3);
  CHECK(frame_of_states("R0=1") == 0);
  CHECK(read_states("R0=scalar(unclosed R1=2").size() == 1);
  CHECK(read_states("R1= R2=9 fp-8=") == std::vector{PlaceState{"R2", "9"}});
}

TEST_CASE("each instruction of a log is a step with its text, its source line and its states") {
  const auto trace = read_trace(recorded("refused_level_1.log"));
  CHECK_FALSE(trace.cut_at_front);
  CHECK_FALSE(trace.cut_at_end);
  REQUIRE(trace.steps.size() == 22);
  const auto& call = trace.steps[6];
  CHECK(call.instruction == 7);
  CHECK(call.opcode == "85");
  CHECK(call.text == "call bpf_map_lookup_elem#1");
  CHECK(call.after == "R0=map_value_or_null(id=2,map=counts,ks=4,vs=72)");
  CHECK(trace.annotations[call.annotation].line == 4);
  const auto& last = trace.steps.back();
  CHECK(last.text == "r3 = *(u64 *)(r6 +0)");
  CHECK(trace.annotations[last.annotation].text == "key = v->n;");
  CHECK(trace.annotations[last.annotation].file == "branches.c");
}

TEST_CASE("a log of level 1 holds the one path that was refused, and where it took up a branch") {
  const auto trace = read_trace(recorded("refused_level_1.log"));
  CHECK(instructions(trace, trace.steps.size() - 1) ==
        std::vector<std::uint32_t>{0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 18, 19, 20, 22, 23, 24, 25, 26, 27, 28});
  const auto branch = last_step_at(trace, 12), next = branch + 1;
  CHECK(trace.steps[branch].text == "if r1 > r7 goto pc+5");
  CHECK(trace.steps[next].came_by_jump);
  CHECK(before(trace, next, "R6") == "map_value_or_null(id=2,map=counts,ks=4,vs=72)");
}

TEST_CASE("a log of level 2 holds all paths, each behind the branch that it was put off at") {
  const auto trace = read_trace(recorded("refused_level_2.log"));
  const auto refused = trace.steps.size() - 1;
  const auto path = instructions(trace, refused);
  CHECK(path == instructions(read_trace(recorded("refused_level_1.log")), 21));
  // One more that ended well.
  CHECK(std::ranges::count(trace.steps, std::string_view("95"), &TraceStep::opcode) == 2);
  CHECK(trace.steps.size() > path.size());
}

TEST_CASE("paths that were not walked on are told") {
  const auto trace = read_trace(recorded("accepted_level_2.log"));
  REQUIRE(trace.pruned.size() == 5);
  const auto& at_once = trace.pruned.front();
  CHECK(at_once.instruction == 48);
  CHECK(trace.steps.at(at_once.step).instruction == 38);
  CHECK(trace.pruned[1].instruction == 21);
  CHECK(trace.steps.at(trace.pruned[1].step).instruction == 15);
  const auto& after_a_while = trace.pruned[2];
  CHECK(after_a_while.instruction == 48);
  CHECK(trace.steps.at(after_a_while.step).instruction == 47);
  CHECK(trace.pruned.back().instruction == 38);
}

TEST_CASE("what was known is put together from what changed") {
  const auto trace = read_trace(recorded("accepted_level_2.log"));
  const auto store = last_step_at(trace, 20);
  REQUIRE(trace.steps[store].text == "*(u64 *)(r2 +8) = r1");
  CHECK(before(trace, store, "R6") == "map_value(map=counts,ks=4,vs=72)");
  CHECK(before(trace, store, "R1") == "1");
  CHECK(before(trace, store, "fp-8") == "mmmm????");
  SECTION("a call forgets its arguments") {
    CHECK(before(trace, store + 1, "R2") != "nothing");
    CHECK(after(trace, store + 1, "R2") == "nothing");
    CHECK(after(trace, store + 1, "R0") == "scalar()");
  }
  SECTION("a check for NULL holds for every copy") {
    const auto check = last_step_at(trace, 11);
    CHECK(before(trace, check, "R0") == "map_value_or_null(id=1,map=counts,ks=4,vs=72)");
    CHECK(after(trace, check, "R0") == "map_value(map=counts,ks=4,vs=72)");
  }
  SECTION("in whatever order is asked") {
    TraceStates forward(trace), other(trace);
    std::vector<std::vector<PlaceState>> all;
    for (std::size_t i = 0; i < trace.steps.size(); ++i) all.push_back(forward.before(i));
    for (std::size_t i = trace.steps.size(); i-- > 0;) CHECK(other.before(i) == all[i]);
  }
}

TEST_CASE("logs in the style of Linux 5.10 are read: called functions, states on lines of their own") {
  const auto trace = read_trace(
      "func#0 @0\nfunc#1 @4\n"
      "0: R1=ctx(id=0,off=0,imm=0) R10=fp0\n"
      "; return sum(&key);\n"
      "0: (bf) r1 = r10\n"
      "1: R1_w=fp0 R10=fp0\n"
      "1: (85) call pc+2\n"
      "caller:\n R10=fp0 fp-8=mmmm????\ncallee:\n frame1: R1_w=fp0 R10=fp0\n"
      "4: frame1: R1_w=fp0 R10=fp0\n"
      "4: (61) r0 = *(u32 *)(r1 -4)\n"
      "5: frame1: R0_w=inv(id=0,umax_value=4294967295) R1=fp0 R10=fp0\n"
      "5: (95) exit\n"
      "returning from callee:\n frame1: R0_w=inv(id=0) R1=fp0 R10=fp0\nto caller at 2:\n R0_w=inv(id=0) R10=fp0\n"
      "2: R0=inv(id=0,umax_value=4294967295) R10=fp0 fp-8=mmmm????\n"
      "2: (15) if r0 == 0x0 goto pc+3\n"
      " R0_w=inv(id=0,umin_value=1) R10=fp0 fp-8=mmmm????\n"
      "3: (95) exit\n"
      "\nfrom 2 to 6: R0_w=inv0 R10=fp0 fp-8=mmmm????\n"
      "6: (b7) r3 = 1\n"
      "7: safe\n"
      "processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 1\n");
  REQUIRE(trace.steps.size() == 7);
  CHECK(trace.steps[2].frame == 1);
  CHECK(trace.steps[3].frame == 1);
  CHECK(trace.steps[4].frame == 0);
  CHECK(before(trace, 2, "R1") == "fp0");
  CHECK(before(trace, 4, "R0") == "inv(id=0,umax_value=4294967295)");
  CHECK(after(trace, 4, "R0") == "inv(id=0,umin_value=1)");
  CHECK(trace.steps[6].previous == 4);
  CHECK(before(trace, 6, "R0") == "inv0");
  REQUIRE(trace.pruned.size() == 1);
  CHECK(trace.pruned[0].step == 6);
}

TEST_CASE("what the verifier did not spell out is not made up") {
  const auto trace = read_trace("0: R1=ctx(id=0,off=0,imm=0) R10=fp0\n0: (79) r1 = *(u64 *)(r1 +8)\n1: (95) exit\n");
  CHECK(before(trace, 1, "R1") == "nothing");
  CHECK(before(trace, 1, "R10") == "fp0");
}

TEST_CASE("a log that is cut says so, and what is left is read") {
  const auto whole = recorded("refused_level_2.log");
  SECTION("the end is kept") {
    const auto at = whole.find("12: (2d)") + 1;
    const auto trace = read_trace(whole.substr(at));
    CHECK(trace.cut_at_front);
    REQUIRE_FALSE(trace.steps.empty());
    CHECK(trace.steps.front().instruction == 13);
    CHECK(trace.steps.front().previous == TraceStep::none);
    // The branch that the last path was put off at is not there any more.
    CHECK(instructions(trace, trace.steps.size() - 1).front() == 18);
  }
  SECTION("the beginning is kept") {
    for (std::size_t size = 0; size + 90 < whole.size(); size += 7) {
      const auto trace = read_trace(whole.substr(0, size));
      CHECK(trace.cut_at_end);
      if (!trace.steps.empty()) CHECK(trace.path_to(trace.steps.size() - 1).size() <= trace.steps.size());
    }
  }
  SECTION("nothing is kept") {
    CHECK(read_trace("").steps.empty());
    CHECK(read_trace("\n\n").steps.empty());
  }
}

TEST_CASE("a log of 16 MB is read, with its many branches taken up") {
  std::string log = "0: R1=ctx() R10=fp0\n";
  std::size_t steps = 0;
  while (log.size() < (8U << 20)) log += std::to_string(steps++) + ": (15) if r1 == 0x0 goto pc+7        ; R1=ctx()\n";
  std::size_t taken_up = 0;
  for (auto from = steps; from-- > 0 && log.size() < (16U << 20); ++taken_up)
    log += "from " + std::to_string(from) + " to " + std::to_string(from + 8) + ": safe\n";
  const auto trace = read_trace(std::move(log));
  CHECK(trace.steps.size() == steps);
  REQUIRE(trace.pruned.size() == taken_up);
  CHECK(std::ranges::all_of(trace.pruned, [&](const PrunedPath& path) {
    return path.step != TraceStep::none && trace.steps[path.step].instruction + 8 == path.instruction;
  }));
}
