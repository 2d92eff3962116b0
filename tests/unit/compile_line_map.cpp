
#include "compile/line_map.h"
#include "support/catch.h"

using sonda::map_lines;
using sonda::original_place;
using sonda::TextPlace;
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

TEST_CASE("a word that stands in both texts is found, one that BCC wrote stands for what it replaced") {
  const std::string original = "int f(void *ctx) {\n  u64 k = 1;\n  *m.lookup(&k) += k; k = 2;\n  return 0;\n}\n";
  const std::string rewritten =
      "int f(void *ctx) {\n\n  u64 k = 1;\n  *bpf_map_lookup_elem((void *)bpf_pseudo_fd(1, -1), &k) += k; k = 2;\n"
      "  return 0;\n}\n";
  const auto place = [&](std::string_view word) {
    const auto at = rewritten.rfind(word), line = rewritten.rfind('\n', at);
    return original_place(original, rewritten, {4, static_cast<std::uint32_t>(at - line)});
  };
  CHECK(place("+= k") == TextPlace{3, 17});
  CHECK(place("= 2") == TextPlace{3, 25});
  CHECK(place("bpf_map_lookup_elem") == TextPlace{3, 4});
  CHECK(place("bpf_pseudo_fd").line == 3);
  CHECK(original_place(original, rewritten, {5, 10}) == TextPlace{4, 10});
  CHECK(original_place(original, rewritten, {5, 99}) == TextPlace{4, 11});
}

TEST_CASE("a call over several lines keeps its lines") {
  const char* original = "  m.update(&k,\n           &v.x);\n  done();\n";
  const char* rewritten = "  bpf_map_update_elem((void *)3, &k,\n           &v.x, BPF_ANY);\n  done();\n";
  CHECK(original_place(original, rewritten, {2, 13}) == TextPlace{2, 13});
  CHECK(original_place(original, rewritten, {2, 17}).line == 2);
  CHECK(original_place(original, rewritten, {1, 3}) == TextPlace{1, 3});
}

TEST_CASE("every place maps into the file, whatever the texts are") {
  for (const std::string original : {"x", "a\nb", "a\n\n\n", "f(\"a\\\"b\", c)\n", "\"never closed"})
    for (const std::string rewritten : {"y\nz\n", "b\na\nb\na\n", "\n\n\n", "g(\"a\\\"b\", \"c\n)\n"})
      for (std::uint32_t line = 0; line < 6; ++line)
        for (std::uint32_t column = 0; column < 12; ++column) {
          const auto place = original_place(original, rewritten, {line, column});
          const auto lines = map_lines(original, original).size();
          CHECK(place.line <= lines);
          CHECK(place.column <= original.size());
        }
}
