// Which calls of a program can lose something, and of which map.
#include "runtime/losses/lossy_calls.h"

#include "support/catch.h"
#include "unit/instructions.h"

using namespace sonda;
using namespace sonda::test::code;

namespace {

std::vector<LossyCall> calls_of(std::vector<bpf_insn> code, std::vector<MapReference> maps = {},
                                std::vector<LineRecord> lines = {}) {
  ProgramSpec program;
  program.instructions = std::move(code);
  program.maps = std::move(maps);
  program.lines = std::move(lines);
  return lossy_calls(program);
}

}  // namespace

TEST_CASE("a call's map is the one that is loaded for it, also by way of another register") {
  const auto direct = calls_of({wide(1), make(0), helper(BPF_FUNC_map_update_elem), leave()}, {{0, 3}});
  REQUIRE(direct.size() == 1);
  CHECK(direct[0].instruction == 2);
  CHECK(direct[0].map == 3U);
  CHECK(direct[0].helper->what == Loss::What::updates);
  const auto kept =
      calls_of({wide(6), make(0), helper(1), move(1, 6), helper(BPF_FUNC_map_update_elem), leave()}, {{0, 2}});
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].map == 2U);
}

TEST_CASE("two maps on two ways to one call are none that can be named") {
  // if r2 == 0 goto 4; 1: r1 = map; 3: goto 6; 4: r1 = other; 6: call
  const std::vector<bpf_insn> code{
      jump_if_zero(2, 3), wide(1), make(0), jump(2), wide(1), make(0), helper(BPF_FUNC_map_update_elem), leave()};
  const auto different = calls_of(code, {{1, 0}, {4, 1}});
  REQUIRE(different.size() == 1);
  CHECK_FALSE(different[0].map);
  CHECK(calls_of(code, {{1, 5}, {4, 5}})[0].map == 5U);
}

TEST_CASE("a map that comes from elsewhere is not guessed") {
  // An inner map, from a lookup; an argument of the function.
  CHECK_FALSE(calls_of({helper(1), move(1, 0), helper(BPF_FUNC_map_update_elem), leave()})[0].map);
  CHECK_FALSE(calls_of({helper(BPF_FUNC_map_update_elem), leave()})[0].map);
  CHECK_FALSE(calls_of({move(6, 1), move(1, 6), helper(BPF_FUNC_map_update_elem), leave()})[0].map);
}

TEST_CASE("a read is the program's own affair if it asks how it went") {
  constexpr int read = 113;
  CHECK(calls_of({helper(read), set(0, 0), leave()}).size() == 1);
  CHECK(calls_of({helper(read), helper(5), leave()}).size() == 1);
  CHECK(calls_of({helper(read), jump_if_zero(0, 0), set(0, 0), leave()}).empty());
  CHECK(calls_of({helper(read), move(6, 0), set(0, 0), leave()}).empty());
  CHECK(calls_of({helper(read), leave()}).empty());
  // On one of two ways only.
  CHECK(calls_of({helper(read), jump_if_zero(6, 2), set(0, 0), leave(), move(0, 0), leave()}).empty());
  // A loop that never looks.
  CHECK(calls_of({helper(read), jump_if_zero(6, -2), set(0, 0), leave()}).size() == 1);
  // Another's atomic addition, and bytes turned round in place, do not look at the result.
  CHECK(calls_of({helper(read), make(BPF_STX | BPF_ATOMIC | BPF_DW, 6, 7, 0, BPF_ADD), set(0, 0), leave()}).size() ==
        1);
  CHECK(calls_of({helper(read), make(BPF_ALU | BPF_END | BPF_X, 6, 0, 0, 16), set(0, 0), leave()}).size() == 1);
  CHECK(
      calls_of({helper(read), make(BPF_STX | BPF_ATOMIC | BPF_DW, 6, 7, 0, BPF_CMPXCHG), set(0, 0), leave()}).empty());
  CHECK(calls_of({helper(read), make(BPF_STX | BPF_ATOMIC | BPF_DW, 6, 0, 0, BPF_ADD), set(0, 0), leave()}).empty());
  // What updates is told in any case.
  CHECK(calls_of({helper(BPF_FUNC_map_update_elem), leave()}).size() == 1);
}

TEST_CASE("a call's line is the last one that there is before it") {
  const auto calls = calls_of({set(2, 1), helper(BPF_FUNC_map_update_elem), helper(BPF_FUNC_map_update_elem), leave()},
                              {}, {{.instruction = 0, .line = 4}, {.instruction = 2, .line = 0}});
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].line == 4);
  CHECK(calls[1].line == 4);
}

TEST_CASE("where a program asks whether it was given an address") {
  constexpr int reserve = 131;
  const auto check_of = [](std::vector<bpf_insn> code) { return calls_of(std::move(code)).at(0).check; };
  // At once; with a copy, and another register in use.
  CHECK(check_of({helper(reserve), jump_if_zero(0, 1), set(2, 1), leave()})->instruction == 1);
  const auto later = check_of({helper(reserve), move(6, 0), set(1, 4), jump_if_zero(6, 1), set(2, 1), leave()});
  REQUIRE(later);
  CHECK(later->instruction == 3);
  CHECK(later->free[0] == 2);
  CHECK(later->free[1] == 3);
  // It asks about another one, by another number, after another call, where others jump to, or has no room.
  CHECK_FALSE(check_of({helper(reserve), jump_if_zero(7, 0), leave()}));
  CHECK_FALSE(check_of({helper(reserve), make(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0, 5), leave()}));
  CHECK_FALSE(check_of({helper(reserve), move(6, 0), helper(5), jump_if_zero(6, 0), leave()}));
  CHECK_FALSE(check_of({jump_if_zero(7, 1), helper(reserve), jump_if_zero(0, 0), leave()}));
  CHECK_FALSE(check_of({helper(reserve), set(1, 1), set(2, 1), set(3, 1), set(4, 1), jump_if_zero(0, 0), leave()}));
  CHECK_FALSE(check_of({helper(reserve), set(0, 1), jump_if_zero(0, 0), leave()}));
  CHECK_FALSE(check_of({helper(reserve), leave()}));
}
