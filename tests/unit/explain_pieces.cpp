// What an explanation is made of, without a kernel.

#include "compile/disassembly.h"
#include "explain/helpers.h"
#include "explain/observe.h"
#include "explain/registers.h"
#include "image/instructions.h"
#include "support/catch.h"
#include "support/error_of.h"

namespace sonda {
namespace {

using test::error_of;

bpf_insn make(int code, int dst, int src, int off, int imm) {
  bpf_insn instruction{};
  instruction.code = static_cast<__u8>(code);
  instruction.dst_reg = static_cast<__u8>(dst) & 15;
  instruction.src_reg = static_cast<__u8>(src) & 15;
  instruction.off = static_cast<__s16>(off);
  instruction.imm = imm;
  return instruction;
}

using Numbers = std::vector<int>;

}  // namespace

TEST_CASE("instructions read and write the registers that they name") {
  const auto sum = register_use(make(BPF_ALU64 | BPF_ADD | BPF_X, 1, 2, 0, 0));
  CHECK(sum.read == Numbers{1, 2});
  CHECK(sum.written == Numbers{1});
  const auto move = register_use(make(BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0));
  CHECK(move.read == Numbers{1});
  CHECK(move.written == Numbers{6});
  const auto store = register_use(make(BPF_STX | BPF_MEM | BPF_DW, 10, 3, -8, 0));
  CHECK(store.read == Numbers{3});
  CHECK(store.written.empty());
  const auto exchange = register_use(make(BPF_STX | BPF_ATOMIC | BPF_DW, 1, 2, 0, BPF_CMPXCHG));
  CHECK(exchange.read == Numbers{0, 1, 2});
  CHECK(exchange.written == Numbers{0});
  const auto lookup = register_use(make(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem));
  CHECK(lookup.read == Numbers{1, 2});
  CHECK(lookup.written == Numbers{0});
  CHECK(register_use(make(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_trace_printk)).read == Numbers{1, 2, 3, 4, 5});
  CHECK(register_use(make(BPF_JMP | BPF_CALL, 0, 0, 0, 100000)).read == Numbers{1, 2, 3, 4, 5});
  CHECK(register_use(make(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)).read == Numbers{0});
  CHECK(register_use(make(BPF_JMP | BPF_JA, 0, 0, 3, 0)).read.empty());
}

TEST_CASE("jumps lead where their offset says") {
  CHECK(jump_target(make(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5, 0), 10) == 16u);
  CHECK(jump_target(make(BPF_JMP | BPF_JA, 0, 0, -3, 0), 10) == 8u);
  CHECK_FALSE(jump_target(make(BPF_JMP | BPF_JA, 0, 0, -30, 0), 10));
  CHECK_FALSE(jump_target(make(BPF_JMP | BPF_CALL, 0, 0, 0, 1), 10));
}

TEST_CASE("helpers have a signature and are documented") {
  const auto* lookup = find_helper(BPF_FUNC_map_lookup_elem);
  REQUIRE(lookup != nullptr);
  CHECK(lookup->name == "bpf_map_lookup_elem");
  CHECK(parameters_of(*lookup) == std::vector<std::string_view>{"void *map", "const void *key"});
  CHECK(lookup->summary == "Perform a lookup in map for an entry associated to key");
  CHECK(find_helper(0) == nullptr);
  CHECK(find_helper(100000) == nullptr);
  CHECK(parameters_of(*find_helper(BPF_FUNC_ktime_get_ns)).empty());
  CHECK(parameters_of(*find_helper(BPF_FUNC_trace_printk)).back() == "...");
}

TEST_CASE("a trace is gathered instruction by instruction") {
  ProgramSpec program{.name = "f"};
  program.instructions = {make(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 7), make(BPF_STX | BPF_MEM | BPF_DW, 10, 1, -8, 0),
                          make(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1, 7),   make(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1),
                          make(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0), make(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)};
  const auto seen = observe(program, read_trace("func#0 @0\n"
                                                "0: R1=ctx() R10=fp0\n"
                                                "0: (b7) r1 = 7                        ; R1_w=7\n"
                                                "1: (7b) *(u64 *)(r10 -8) = r1         ; R1_w=7 R10=fp0 fp-8_w=7\n"
                                                "2: (15) if r1 == 0x7 goto pc+1        ; R1_w=7\n"
                                                "4: (b7) r0 = 0                        ; R0_w=0\n"
                                                "5: (95) exit\n"
                                                "processed 5 insns (limit 1000000) max_states_per_insn 0\n"));
  REQUIRE(seen.instructions.size() == 6);
  CHECK(seen.instructions[2].visits == 1);
  CHECK(seen.instructions[3].visits == 0);
  CHECK(seen.instructions[2].jumped);
  CHECK_FALSE(seen.instructions[2].fell_through);
  REQUIRE(seen.instructions[0].registers.size() == 1);
  CHECK(seen.instructions[0].registers[0].written);
  CHECK(seen.instructions[0].registers[0].states == std::vector<std::string>{"7"});
  REQUIRE(seen.stack.size() == 1);
  CHECK(seen.stack[0].offset == -8);
  CHECK(seen.stack[0].size == 8);
  CHECK(seen.stack[0].way == StackAccess::Way::write);
}

TEST_CASE("what a call is given is followed back to its load, through copies, the stack and calls") {
  constexpr std::uint8_t wide = BPF_LD | BPF_IMM | BPF_DW, store = BPF_STX | BPF_MEM | BPF_DW,
                         load = BPF_LDX | BPF_MEM | BPF_DW, copy = BPF_ALU64 | BPF_MOV | BPF_X,
                         call = BPF_JMP | BPF_CALL;
  ProgramSpec program{.name = "f"};
  program.instructions = {make(wide, 7, 0, 0, 0),     make(0, 0, 0, 0, 0),
                          make(wide, 3, 0, 0, 0),     make(0, 0, 0, 0, 0),
                          make(store, 10, 3, -16, 0), make(call, 0, 0, 0, BPF_FUNC_get_prandom_u32),
                          make(copy, 1, 7, 0, 0),     make(load, 2, 10, -16, 0),
                          make(copy, 3, 0, 0, 0),     make(call, 0, 0, 0, BPF_FUNC_map_lookup_elem)};
  std::string log = "0: R1=ctx() R10=fp0\n";
  for (const auto* step :
       {"0: (18) r7 = 0x0", "2: (18) r3 = 0x0", "4: (7b) *(u64 *)(r10 -16) = r3", "5: (85) call bpf_get_prandom_u32#7",
        "6: (bf) r1 = r7", "7: (79) r2 = *(u64 *)(r10 -16)", "8: (bf) r3 = r0", "9: (85) call bpf_map_lookup_elem#1"})
    log += std::string(step) + "\n";
  const auto seen = observe(program, read_trace(log + "processed 8 insns\n"));
  const auto& loads = seen.instructions.at(9).loads;
  REQUIRE(loads.size() == 5);
  CHECK(loads[0] == 0u);
  CHECK(loads[1] == 2u);
  CHECK_FALSE(loads[2]);  // what the other call gave
  CHECK_FALSE(loads[4]);
}

TEST_CASE("a trace of another program harms nobody") {
  ProgramSpec program{.name = "f"};
  program.instructions = {make(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)};
  const auto seen = observe(program, read_trace("0: R1=ctx() R10=fp0\n"
                                                "70: (b7) r1 = 7 ; R1_w=7\n"
                                                "from 70 to 4000000000: safe\n"
                                                "processed 1 insns\n"));
  CHECK(seen.instructions.size() == 1);
}

TEST_CASE("code and its lines survive the way to the disassembler and back") {
  const std::vector<Code> codes{{InstructionSet::native, 0xffffffffc0000000, {std::byte{0x90}, std::byte{0xc3}}}, {}};
  const auto read = parse_codes(serialize(codes));
  REQUIRE(read.size() == 2);
  CHECK(read[0].instruction_set == InstructionSet::native);
  CHECK(read[0].address == codes[0].address);
  CHECK(read[0].bytes == codes[0].bytes);
  const std::vector<std::vector<CodeLine>> lines{{{0, 1, "nop", std::nullopt}, {1, 5, "call", 77}}, {}};
  const auto back = parse_code_lines(serialize(lines));
  REQUIRE(back.size() == 2);
  REQUIRE(back[0].size() == 2);
  CHECK(back[0][0].text == "nop");
  CHECK_FALSE(back[0][0].target);
  CHECK(back[0][1].target == 77u);

  auto bytes = serialize(lines);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK(error_of([&] { parse_code_lines(std::span(bytes).first(length)); }).stage() == Stage::compile);
  bytes.push_back({});
  CHECK_THROWS_AS(parse_code_lines(bytes), Error);
}

}  // namespace sonda
