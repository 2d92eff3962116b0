#include <catch2/catch.hpp>

#include "compile/line_map.h"

using sonda::map_lines;
using Lines = std::vector<std::uint32_t>;

TEST_CASE("lines that BCC leaves alone map to themselves") {
  CHECK(map_lines("a\nb\nc\n", "a\nb\nc\n") == Lines{1, 2, 3});
}

TEST_CASE("an attribute line before a function belongs to the function") {
  const char* original = "#include <x>\nint f(void *ctx) {\n  return 0;\n}\nint g(void *ctx) {\n  return 1;\n}\n";
  const char* rewritten =
      "#include <x>\n__attribute__((section(\".bpf.fn.f\")))\nint f(void *ctx) {\n\n  return 0;\n}\n"
      "__attribute__((section(\".bpf.fn.g\")))\nint g(void *ctx) {\n\n  return 1;\n}\n";
  const auto lines = map_lines(original, rewritten);
  REQUIRE(lines.size() == 11);
  CHECK(lines[1] == 2);  // the attribute
  CHECK(lines[2] == 2);  // int f
  CHECK(lines[4] == 3);  // return 0
  CHECK(lines[6] == 5);  // the second attribute
  CHECK(lines[7] == 5);  // int g
  CHECK(lines[9] == 6);  // return 1
}

TEST_CASE("a rewritten line keeps its number") {
  const char* original = "int f(void *ctx) {\n  u64 k = 1;\n  u64 *v = m.lookup(&k);\n  *v += 1;\n  return 0;\n}\n";
  const char* rewritten =
      "int f(void *ctx) {\n\n  u64 k = 1;\n  u64 *v = bpf_map_lookup_elem((void *)bpf_pseudo_fd(1, -1), &k);\n"
      "  *v += 1;\n  return 0;\n}\n";
  CHECK(map_lines(original, rewritten) == Lines{1, 2, 2, 3, 4, 5, 6});
}

TEST_CASE("a preamble that unpacks arguments belongs to the function's first lines") {
  const char* original = "int f(struct pt_regs *ctx, int a, int b) {\n  use(a, b);\n  return 0;\n}\n";
  const char* rewritten =
      "int f(struct pt_regs *ctx) {\n int a = ctx->di;\n int b = ctx->si;\n\n  use(a, b);\n  return 0;\n}\n";
  const auto lines = map_lines(original, rewritten);
  CHECK(lines[0] == 1);
  CHECK(lines[4] == 2);
  CHECK(lines[5] == 3);
}

TEST_CASE("every line maps into the file, whatever the texts are") {
  for (const char* original : {"x", "a\nb", "a\n\n\n"})
    for (const char* rewritten : {"", "y\nz\n", "b\na\nb\na\n", "\n\n\n\n\n"}) {
      const auto count = map_lines(original, original).size();
      for (const auto line : map_lines(original, rewritten)) {
        CHECK(line >= 1);
        CHECK(line <= count);
      }
    }
}
