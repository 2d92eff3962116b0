// Registers and stack slots in plain words.
#include <string>

#include "support/catch.h"
#include "verifier/describe_state.h"

using namespace sonda;

TEST_CASE("what a register holds is told in plain words") {
  constexpr std::pair<const char*, const char*> table[] = {
      {"ctx()", "the context"},
      {"ctx(off=8)", "the context, at byte 8"},
      {"ctx(id=0,off=0,imm=0)", "the context"},
      {"fp0", "the top of the stack"},
      {"fp-16", "an address on the stack, 16 bytes below its top"},
      {"map_ptr(map=counts,ks=4,vs=72)", "map counts"},
      {"map_ptr(id=0,off=0,ks=4,vs=72,imm=0)", "a map"},
      {"map_value_or_null(id=1,map=counts,ks=4,vs=72)", "a value of map counts, or NULL"},
      {"map_value(map=counts,ks=4,vs=72,off=8)", "a value of map counts, at byte 8"},
      {"map_value(map=counts,ks=4,vs=72,smin=smin32=0,smax=umax=smax32=umax32=120,var_off=(0x0; 0x78))",
       "a value of map counts, moved by 0 to 120 bytes"},
      {"map_value_or_null(id=1,off=0,ks=4,vs=8,imm=0)", "a value of a map, or NULL"},
      {"ringbuf_mem_or_null(id=2,ref_obj_id=2,sz=8)", "a ring buffer record of 8 bytes, or NULL"},
      {"mem_or_null(id=2,ref_obj_id=2,off=0,imm=0)", "memory, or NULL"},
      {"pkt(r=14)", "the packet, 14 bytes of which are known to be there"},
      {"pkt(id=0,off=0,r=0,imm=0)", "the packet, of which nothing is known to be there"},
      {"pkt_end()", "the end of the packet"},
      {"trusted_ptr_task_struct()", "the address of the kernel's struct task_struct"},
      {"ptr_or_null_task_struct(id=1)", "the address of the kernel's struct task_struct, or NULL"},
      {"scalar()", "any number"},
      {"scalar(id=3)", "any number"},
      {"inv(id=0)", "any number"},
      {"6", "the number 6"},
      {"P6", "the number 6"},
      {"inv6", "the number 6"},
      {"invP6", "the number 6"},
      {"-4", "the number -4"},
      {"0x6425206f6c6c6568", "the number 0x6425206f6c6c6568"},
      {"scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))", "a number from 0 to 255"},
      {"Pscalar(smin=umin=umin32=6,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff))", "a number from 6 to 0xffffffff"},
      {"scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff))", "any number of 32 bits"},
      {"inv(id=0,umax_value=4294967295,var_off=(0x0; 0xffffffff))", "any number of 32 bits"},
      {"scalar(smax=7)", "a number of at most 7, maybe negative"},
      {"scalar(smin=-5,smax=7)", "a number from -5 to 7"},
      {"scalar(umin=1)", "a number of at least 1, without an upper bound"},
      {"mmmm????", "8 bytes, 4 of them never written"},
      {"????????", "8 bytes that were never written"},
      {"00000000", "8 bytes of 0"},
      {"mmmmmmmm", "8 bytes of data"},
      {"dynptr_ringbuf(ref_id=1)", "dynptr_ringbuf"},
  };
  for (const auto& [state, words] : table) {
    INFO(state);
    CHECK(describe_state(state) == words);
  }
}

TEST_CASE("the parts of a register's state are there to be used") {
  const auto value = read_register_state("map_value_or_null(id=1,map=counts,ks=4,vs=72)");
  CHECK(value.kind == "map_value");
  CHECK(value.may_be_null);
  CHECK(value.map == "counts");
  CHECK(value.id == 1U);
  CHECK(value.value_size == 72U);
  const auto record = read_register_state("ringbuf_mem(ref_obj_id=2,sz=8)");
  CHECK(record.reference == 2U);
  CHECK(read_register_state("invP7").constant == 7);
  CHECK(read_register_state("scalar(umin=umin32=6,umax=0xffffffff)").range.umin == 6U);
  CHECK(read_register_state("fp-24").offset == -24);
  CHECK(read_register_state("").kind == "scalar");
}
