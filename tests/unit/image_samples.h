// Images to try things on.
#pragma once

#include "sonda/image.h"

namespace sonda::test {

/// struct key_t { u32 pid; char comm[16]; enum color { red, green } c; u8 low : 3; struct { s64 n; } inner; void *p; }
inline Schema sample_schema() {
  Schema schema;
  schema.types = {
      {.kind = Kind::structure,
       .name = "struct key_t",
       .size = 48,
       .fields = {{"pid", 1, 0, 0},
                  {"comm", 2, 32, 0},
                  {"c", 4, 160, 0},
                  {"low", 5, 192, 3},
                  {"", 6, 256, 0},
                  {"p", 8, 320, 0}}},
      {.kind = Kind::unsigned_integer, .name = "u32", .size = 4},
      {.kind = Kind::array, .size = 16, .element = 3, .count = 16},
      {.kind = Kind::character, .name = "char", .size = 1},
      {.kind = Kind::enumeration,
       .name = "enum color",
       .size = 4,
       .values = {{"red", -1}, {"green", 1}},
       .is_signed = true},
      {.kind = Kind::unsigned_integer, .name = "u8", .size = 1},
      {.kind = Kind::structure, .size = 8, .fields = {{"n", 7, 0, 0}}},
      {.kind = Kind::signed_integer, .name = "s64", .size = 8},
      {.kind = Kind::pointer, .name = "void *", .size = 8},
  };
  return schema;
}

inline bpf_insn instruction(std::uint8_t code, int to, int from, std::int16_t offset, std::int32_t number) {
  bpf_insn result{};
  result.code = code;
  result.dst_reg = to & 0xf;
  result.src_reg = from & 0xf;
  result.off = offset;
  result.imm = number;
  return result;
}

/// One program of five instructions that uses the second of two maps.
inline Image sample_image() {
  Image image;
  image.key = {"demo.c", "int f(void *c) { return 0; }\n", {"-DN=1", ""}, "btf", "6.1 x", "0.26/14", "0.1/1"};
  image.license = "GPL";
  image.kernel_version = 0x060100;
  image.btf = {std::byte{1}, std::byte{2}, std::byte{3}};
  image.maps.push_back({.name = "inner",
                        .type = 1,
                        .key_size = 8,
                        .value_size = 48,
                        .max_entries = 10,
                        .flags = 1,
                        .btf_key_type = 4,
                        .btf_value_type = 5,
                        .key = plain_integer(8, "u64"),
                        .value = sample_schema()});
  image.maps.push_back({.name = "outer",
                        .type = 13,
                        .key_size = 4,
                        .value_size = 4,
                        .max_entries = 2,
                        .inner = "inner",
                        .linkage = Linkage::exported,
                        .pin = "/sys/fs/bpf/outer",
                        .event = sample_schema()});
  ProgramSpec program{.name = "f", .maps = {{1, 1}}, .btf_type = 7, .lines = {{0, 1, 2, 10, 3}, {3, 1, 3, 11, 0}}};
  program.instructions = {instruction(0xb7, 9, 0, -1, -2), instruction(0x18, 1, 1, 0, 0), instruction(0, 0, 0, 0, 0),
                          instruction(0xb7, 0, 0, 0, 0), instruction(0x95, 0, 0, 0, 0)};
  image.programs.push_back(program);
  return image;
}

}  // namespace sonda::test
