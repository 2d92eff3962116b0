// Lines of C in the Python script that hands it over.
#include "bcc/script_lines.h"
#include "support/catch.h"

using sonda::bcc::lines_in_script;
using sonda::bcc::with_script_lines;
using Lines = std::vector<std::uint32_t>;

TEST_CASE("a text that stands between quotes is found whole", "[bcc]") {
  const auto* script =
      "from bcc import BPF\nb = BPF(text=\"\"\"#include <a.h>\nint f(void *ctx) {\n  return 0;\n}\"\"\")\n";
  CHECK(lines_in_script("#include <a.h>\nint f(void *ctx) {\n  return 0;\n}", script) == Lines{2, 3, 4, 5});
}

TEST_CASE("backslashes that Python reads are found", "[bcc]") {
  const auto* script = "text = '''\nint f(void *ctx) {\n  bpf_trace_printk(\"a\\\\n\");\n  return 0;\n}\n'''\n";
  CHECK(lines_in_script("\nint f(void *ctx) {\n  bpf_trace_printk(\"a\\n\");\n  return 0;\n}\n", script) ==
        Lines{1, 2, 3, 4, 5});
}

TEST_CASE("of lines that stand several times the one behind what is known is meant", "[bcc]") {
  const auto* script = "a = '''\nint a() {\n  return 0;\n}\n'''\nb = '''\nint b() {\n  OLD\n  return 0;\n}\n'''\n";
  CHECK(lines_in_script("int b() {\n  new_text();\n  return 0;\n}", script) == Lines{7, 8, 9, 10});
}

TEST_CASE("where one line became several they are all at its place", "[bcc]") {
  const auto* script = "b = '''\nint b() {\n  FILTER\n  x++;\n}\n'''\n";
  CHECK(lines_in_script("int b() {\n  one();\n  two();\n  x++;\n}", script) == Lines{2, 3, 3, 4, 5});
}

TEST_CASE("what was put before and behind the text of a script is at its ends", "[bcc]") {
  const auto* script = "b = '''\nint b() {\n  x++;\n}\n'''\n";
  CHECK(lines_in_script("#define A\n#define B\nint b() {\n  x++;\n}\nint c;", script) == Lines{2, 2, 2, 3, 4, 4});
}

TEST_CASE("a text that is nowhere in the script has no lines", "[bcc]") {
  CHECK(lines_in_script("int b() {\n}", "print('x')\n") == Lines{0, 0});
}

TEST_CASE("messages and excerpts name the lines of the script", "[bcc]") {
  CHECK(with_script_lines("compile: x.py:2:3: bad\n    2 |   x++;\n      |   ^", "x.py", {7, 8}) ==
        "compile: x.py:8:3: bad\n    8 |   x++;\n      |   ^\n");
}
