
#include "compile/diagnostics.h"
#include "support/catch.h"

using namespace sonda;

namespace {
const std::string source =
    "#include <uapi/linux/ptrace.h>\nBPF_HASH(counts, u32);\nint hello(void *ctx) {\n\treturn foo;\n}\n";
}

TEST_CASE("a C error names the user's file, line and column, with the line and a caret") {
  const auto error = compile_error("probes/x.c", source,
                                   "probe.c:4:9: error: use of undeclared identifier 'foo'\n\treturn foo;\n\t       ^\n"
                                   "1 error generated.\n");
  CHECK(error.stage() == Stage::compile);
  CHECK(error.subject() == "probes/x.c:4:9");
  CHECK(error.cause() == "use of undeclared identifier 'foo'");
  CHECK(error.excerpt() == "    4 | \treturn foo;\n      | \t       ^\n");
  CHECK(error.details().find("probes/x.c:4:9") != std::string::npos);
  CHECK(error.details().find("probe.c") == std::string::npos);
}

TEST_CASE("a warning that was made an error says only what it is about") {
  CHECK(
      compile_error("x.c", source, "probe.c:4:9: error: implicit declaration of 'f' [-Werror,-Wimplicit]\n").cause() ==
      "implicit declaration of 'f'");
}

TEST_CASE("an error in the user's file is told before one in a header") {
  const auto error = compile_error("x.c", source,
                                   "/virtual/include/bcc/helpers.h:237:65: error: something\nline\n^\n"
                                   "probe.c:2:1: error: use of undeclared identifier 'PAGE_SIZE'\n");
  CHECK(error.subject() == "x.c:2:1");
  CHECK(error.excerpt().find("helpers.h:237:65: something") != std::string::npos);
}

TEST_CASE("the back end's stack limit is said plainly") {
  const auto error = compile_error("x.c", source,
                                   "error: /run/tree/probe.c:7:0: in function hello i32 (ptr): Looks like the BPF "
                                   "stack limit of 512 bytes is exceeded. "
                                   "Please move large on stack variables into BPF per-cpu array map.\n");
  CHECK(error.subject() == "x.c:3");
  CHECK(error.cause().find("512 bytes") != std::string::npos);
  CHECK_FALSE(error.hint().empty());
}

TEST_CASE("many errors are counted, not all shown") {
  std::string output;
  for (int i = 0; i < 12; ++i) output += "probe.c:4:9: error: number " + std::to_string(i) + "\n";
  const auto error = compile_error("x.c", source, output);
  CHECK(error.cause() == "number 0");
  CHECK(error.excerpt().find("number 4") != std::string::npos);
  CHECK(error.excerpt().find("number 5") == std::string::npos);
  CHECK(error.excerpt().find("and 7 more") != std::string::npos);
}

TEST_CASE("a compiler that says nothing is said to say nothing") {
  const auto error = compile_error("x.c", source, "");
  CHECK(error.subject() == "x.c");
  CHECK(error.cause().find("without saying why") != std::string::npos);
}

TEST_CASE("a map that the kernel refuses is named") {
  const auto error = compile_error("x.c", source, "could not open bpf map: counts, error: Invalid argument\n");
  CHECK(error.subject() == "x.c");
  CHECK(error.cause() == "the kernel refuses the map counts: Invalid argument");
}

TEST_CASE("notes and warnings are not errors") {
  const auto all =
      parse_diagnostics("probe.c:1:2: warning: w\ntext\nprobe.c:3:4: note: n\nIn file included from a:1:\n");
  REQUIRE(all.size() == 2);
  CHECK(all[0].severity == "warning");
  CHECK(all[0].excerpt == std::vector<std::string>{"text"});
  CHECK(all[1].line == 3);
  CHECK(compile_error("x.c", source, "probe.c:1:2: warning: w\n").subject() == "x.c");
}

TEST_CASE("lines out of range and odd places do no harm") {
  for (const char* output : {"probe.c:99999:1: error: e\n", "probe.c:-1:-1: error: e\n", ":::: error: e\n",
                             ": error: e", "probe.c:4:4000: error: e\n", "error: ", "error: a:b:c in function"})
    CHECK_NOTHROW(compile_error("x.c", source, output).what());
}

TEST_CASE("an error in the text as BCC rewrote it is told in the user's, with no column behind its line") {
  const std::string text =
      "BPF_HASH(m, u32);\nint f(void *ctx) {\n\tu32 k = 1;\n\t*m.lookup(&k) += 1;\n\treturn 0;\n}\n";
  const std::string rewritten =
      "BPF_HASH(m, u32);\n__attribute__((section(\".bpf.fn.f\")))\nint f(void *ctx) {\n\n\tu32 k = 1;\n"
      "\t*bpf_map_lookup_elem((void *)bpf_pseudo_fd(1, -1), &k) += 1;\n\treturn 0;\n}\n";
  const auto error = compile_error("x.c", text,
                                   "probe.c:6:57: error: invalid operands to binary expression ('void' and 'int')\n"
                                   "        *bpf_map_lookup_elem((void *)bpf_pseudo_fd(1, -1), &k) += 1;\n        ^\n",
                                   rewritten);
  CHECK(error.subject() == "x.c:4:16");
  CHECK(error.hint().find("MAP.lookup") != std::string::npos);
  // Without that text, and with one that is shown nowhere in it.
  CHECK(compile_error("x.c", text, "probe.c:6:57: error: odd\nnowhere\n  ^\n").subject() == "x.c:6");
  CHECK(compile_error("x.c", text, "probe.c:60:57: error: odd\n\tu32 k = 1;\n  ^\n").subject() == "x.c:3");
}

TEST_CASE("what LLVM gives up with names its line, or at least the function") {
  const std::string reason =
      "Cannot select: 0x5: i64 = sdiv 0x6, Constant:i64<3>, helpers.h:1:2 @[ probe.c:4:9 @[ probe.c:9:9 ] ]\n"
      "  0x6: i64 = sra 0x7, probe.c:8:8\nIn function: hello";
  const auto error = back_end_error("x.c", source, "printed\n", source, reason);
  CHECK(error.subject() == "x.c:4:9");
  CHECK(error.cause().find("signed division") != std::string::npos);
  CHECK(error.details() == "printed\n");
  const auto placeless =
      back_end_error("x.c", source, "", source, "Cannot select: 0x5: ch = odd 0x6\nIn function: hello");
  CHECK(placeless.subject() == "x.c:3");
  CHECK(placeless.cause() == "Cannot select: 0x5: ch = odd 0x6");
  for (const char* odd : {"", "\n", "probe.c:", "probe.c:9", "probe.c:99:99", "probe.c:1:99999999999", "In function: "})
    CHECK_NOTHROW(back_end_error("x.c", source, "", "", odd).what());
}
