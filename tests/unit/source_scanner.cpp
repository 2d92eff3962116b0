#include <string>
#include <vector>

#include "source/c_scanner.h"
#include "source/function_finder.h"
#include "support/catch.h"

using namespace sonda;

namespace {

std::vector<std::string> tokens(std::string_view text) {
  std::vector<std::string> found;
  CScanner scanner(text);
  while (const auto token = scanner.next()) {
    CHECK(text.substr(token->offset, token->text.size()) == token->text);
    found.emplace_back(token->text);
  }
  return found;
}

std::vector<std::string> functions(std::string_view text) {
  std::vector<std::string> found;
  CScanner scanner(text);
  FunctionFinder finder;
  while (const auto token = scanner.next())
    if (auto name = finder.feed(*token)) found.push_back(std::move(*name));
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("C is taken apart into tokens") {
  CHECK(tokens("int a1=0x2;") == Texts{"int", "a1", "=", "0x2", ";"});
  CHECK(tokens("a//b\nc/*d\n*/e") == Texts{"a", "//b", "c", "/*d\n*/", "e"});
  CHECK(tokens("\"a\\\"//b\"'\\''x") == Texts{"\"a\\\"//b\"", "'\\''", "x"});
  CHECK(tokens("\xef\xbb\xbfx") == Texts{"x"});
  CHECK(tokens("a / b") == Texts{"a", "/", "b"});
  CHECK(tokens("// a\\\nb\nc") == Texts{"// a\\\nb", "c"});
  CHECK(tokens("// a\\\r\nb\r\nc") == Texts{"// a\\\r\nb\r", "c"});
}

TEST_CASE("what is not terminated ends with its line or the text") {
  CHECK(tokens("\"a\nb") == Texts{"\"a", "b"});
  CHECK(tokens("/* a") == Texts{"/* a"});
  CHECK(tokens("\"a\\") == Texts{"\"a\\"});
  CHECK(tokens("/") == Texts{"/"});
  CHECK(tokens("#define a \"\n{") == Texts{"#define a \"", "{"});
}

TEST_CASE("a preprocessor line is one token, with the lines that continue it") {
  CHECK(tokens("#define a(b) { \\\n (\nint x") == Texts{"#define a(b) { \\\n (", "int", "x"});
  CHECK(tokens("#define a \\\r\n {\r\nx") == Texts{"#define a \\\r\n {\r", "x"});
  CHECK(tokens("  #define a // b\nc") == Texts{"#define a ", "// b", "c"});
  CHECK(tokens("#define a \"//\" /* x\n y */ {\nc") == Texts{"#define a \"//\" /* x\n y */ {", "c"});
  CHECK(tokens("a # b") == Texts{"a", "#", "b"});
  CHECK(tokens("#error don't\nc") == Texts{"#error don't", "c"});
}

TEST_CASE("lines and columns are found") {
  const LineTable lines("ab\r\n\nc");
  CHECK(lines.find(0).line == 1);
  CHECK(lines.find(1).column == 2);
  CHECK(lines.find(4).line == 2);
  CHECK(lines.find(5).line == 3);
  CHECK(lines.find(6).column == 2);
  CHECK(lines.line(1) == "ab");
  CHECK(lines.line(2).empty());
  CHECK(lines.line(3) == "c");
}

TEST_CASE("functions are told from all else that has parentheses or braces") {
  CHECK(functions("int f(int a) { g(a); { h(); } } static u64 *k(void)\n{ }") == Texts{"f", "k"});
  CHECK(functions("int f(int a); struct s { int a; }; enum { A }; int b[] = { 1 };") == Texts{});
  CHECK(functions("BPF_HASH(t, u32, u64); int f(void *c) {}") == Texts{"f"});
  CHECK(functions("struct s { int a; } __attribute__((packed)); int f() {}") == Texts{"f"});
  CHECK(functions("static struct s f(void) { struct t { int x; } y = { 1 }; } int g() {}") == Texts{"f", "g"});
  CHECK(functions("int x = ({ f(1); }); int g() {}") == Texts{"g"});
  CHECK(functions("#define M(a) int a(void) {\nint g() {}") == Texts{"g"});
  CHECK(functions("char *s = \"int f() {\"; // int f() {\n/* int f() { */ int g() {}") == Texts{"g"});
}

TEST_CASE("attributes and macros beside a function do not hide its name") {
  CHECK(functions("__attribute__((always_inline)) static int f(int a) {}") == Texts{"f"});
  CHECK(functions("int f(int a) __attribute__((section(\"x\"))) {}") == Texts{"f"});
  CHECK(functions("SEC(\"x\") int f(int a) {}") == Texts{"f"});
  CHECK(functions("MACRO(x)\nstatic int f(int a) {}") == Texts{"f"});
  CHECK(functions("int f(int a) MACRO(x) {}") == Texts{"f"});
}

TEST_CASE("BCC's macros name their functions") {
  CHECK(functions("TRACEPOINT_PROBE(sched, sched_switch) {}") == Texts{"tracepoint__sched__sched_switch"});
  CHECK(functions("RAW_TRACEPOINT_PROBE(sys_enter) {}") == Texts{"raw_tracepoint__sys_enter"});
  CHECK(functions("KFUNC_PROBE(vfs_open, struct path *p) {}") == Texts{"kfunc__vfs_open"});
  CHECK(functions("BPF_PROG(mine, int a) {}") == Texts{"mine"});
  CHECK(functions("TRACEPOINT_PROBE() {}") == Texts{"TRACEPOINT_PROBE"});
}

TEST_CASE("branches of the preprocessor do not upset the braces") {
  CHECK(functions("#if A\nint f(int a) {\n#elif B\nint g(int a) {\n#else\nint h(int a) {\n#endif\n}\nint k() {}") ==
        Texts{"f", "g", "h", "k"});
  CHECK(functions("#else\n#endif\n#endif\nint f() {}") == Texts{"f"});
}

TEST_CASE("a value is one token of C") {
  for (const auto* text : {"0", "49", "-1", "0x1F", "10UL", "7ull", "1lu", "name", "_x1", "\"a b\"", "\"\"", "\"\\\"\"",
                           "'a'", "'\\n'", "\"//\"", "\"à\""})
    CHECK(is_c_value(text));
  for (const auto* text :
       {"",   "-",  "--1", "-x",  "1 2",     "1+1",  "f()", "a b", "a;",     "\"a",   "\"a\"b\"", "''",  "'a", "\"\\\"",
        "0x", "1x", "1.5", "a\n", "\"a\n\"", "/**/", "1//", "#",   "\"a\" ", "10ulu", "é",        "-0x", "{",  "\"a\\"})
    CHECK_FALSE(is_c_value(text));
}
