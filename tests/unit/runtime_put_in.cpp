// Code put into programs: everything that leads somewhere still leads there.
#include "runtime/put_in.h"

#include "support/catch.h"
#include "unit/instructions.h"

using namespace sonda;
using namespace sonda::test::code;

namespace {

ProgramSpec program_of(std::vector<bpf_insn> code) {
  ProgramSpec program;
  program.name = "p";
  program.instructions = std::move(code);
  return program;
}

}  // namespace

TEST_CASE("jumps over what was put in are longer, others stay") {
  // 0: if r1 == 0 goto 3; 1: call 7; 2: goto 0; 3: exit
  const auto program = program_of({jump_if_zero(1, 2), helper(7), jump(-3), leave()});
  const std::vector<Insertion> two{{1, Insertion::Place::behind, {set(2, 1), set(3, 1)}}};
  const auto made = put_in(program, two);
  REQUIRE(made);
  const auto& code = made->instructions;
  REQUIRE(code.size() == 6);
  CHECK(code[0].off == 4);
  CHECK(code[1].imm == 7);
  CHECK(code[2].dst_reg == 2);
  CHECK(code[4].off == -5);
  CHECK(code[5].code == (BPF_JMP | BPF_EXIT));
}

TEST_CASE("a jump to what follows the call does not come through what is behind it") {
  const auto program = program_of({jump_if_zero(1, 1), helper(7), leave()});
  const auto made = put_in(program, std::vector<Insertion>{{1, Insertion::Place::behind, {set(2, 1)}}});
  REQUIRE(made);
  CHECK(made->instructions[0].off == 2);
}

TEST_CASE("one in the place of another is what the jump to it meets") {
  const auto program = program_of({jump_if_zero(1, 0), helper(174), leave()});
  const auto made =
      put_in(program, std::vector<Insertion>{{1, Insertion::Place::instead, {wide(1, 0, 5), make(0, 0, 0, 0, 0)}}});
  REQUIRE(made);
  CHECK(made->instructions[0].off == 0);
  CHECK(made->instructions[1].imm == 5);
  CHECK(made->instructions.size() == 4);
}

TEST_CASE("code may end with a jump to where an instruction is then") {
  // 0: if r1 == 0 goto 3; 1: call 7; 2: r2 = 1; 3: exit
  const auto program = program_of({jump_if_zero(1, 2), helper(7), set(2, 1), leave()});
  const std::vector<Insertion> insertions{{0, Insertion::Place::instead, {set(3, 1), jump(0)}, 3},
                                          {1, Insertion::Place::behind, {set(2, 1)}}};
  const auto made = put_in(program, insertions);
  REQUIRE(made);
  REQUIRE(made->instructions.size() == 6);
  CHECK(made->instructions[1].off == 3);  // from 1 to the exit at 5
  const std::vector<Insertion> back{{2, Insertion::Place::behind, {jump(0)}, 0}};
  CHECK(put_in(program, back)->instructions[3].off == -4);
}

TEST_CASE("maps, functions, calls of them and lines move along") {
  auto program =
      program_of({helper(1), wide(1, BPF_PSEUDO_MAP_FD), make(0), make(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 3),
                  wide(1, BPF_PSEUDO_FUNC, 2), make(0), leave(), helper(2), leave()});
  program.maps = {{1, 0}};
  program.subprograms = {{"second", 7, 0}};
  program.lines = {{.instruction = 0, .line = 1}, {.instruction = 3, .line = 2}, {.instruction = 7, .line = 3}};
  const std::vector<Insertion> insertions{{0, Insertion::Place::behind, {set(2, 1)}},
                                          {3, Insertion::Place::behind, {set(2, 1)}},
                                          {7, Insertion::Place::behind, {set(2, 1), set(2, 2)}}};
  const auto made = put_in(program, insertions);
  REQUIRE(made);
  CHECK(made->instructions.size() == 13);
  CHECK(made->maps[0].instruction == 2);
  CHECK(made->subprograms[0].instruction == 9);
  CHECK(made->lines[1].instruction == 4);
  CHECK(made->lines[2].instruction == 9);
  CHECK(made->instructions[4].imm == 9 - 5);  // both lead to the function
  CHECK(made->instructions[6].imm == 9 - 7);
}

TEST_CASE("a jump that would become too long is not bent: nothing is put in") {
  std::vector<bpf_insn> code{jump_if_zero(1, 32767)};
  code.insert(code.end(), 32767, set(2, 1));
  code.push_back(leave());
  code[5] = helper(1);
  const auto program = program_of(std::move(code));
  CHECK_FALSE(put_in(program, std::vector<Insertion>{{5, Insertion::Place::behind, {set(2, 1)}}}));
  CHECK(put_in(program, {}));
}
