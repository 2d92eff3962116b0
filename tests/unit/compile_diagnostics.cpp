
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

TEST_CASE("a stack that is too large is told at its largest variable, with a per-CPU array for it") {
  constexpr std::string_view probe =
      "#define SIZE 600\n"
      "struct inner { u64 n[4]; };\n"
      "struct big { char text[SIZE]; struct inner in; };\n"
      "BPF_PERF_OUTPUT(events);\n"
      "int hello(void *ctx) {\n"
      "  char name[16] = {};\n"
      "  struct big event = {};\n"
      "  events.perf_submit(ctx, &event, sizeof(event));\n"
      "  return 0;\n"
      "}\n";
  for (const std::string_view says : {"Looks like the BPF stack limit of 512 bytes is exceeded.",
                                      "A call to built-in function 'memset' is not supported.",
                                      "A call to built-in function 'memcpy' is not supported."}) {
    CAPTURE(std::string(says));
    const auto error =
        compile_error("x.c", probe, "error: probe.c:9:0: in function hello i32 (ptr): " + std::string(says) + "\n");
    CHECK(error.subject() == "x.c:7");
    CHECK(error.cause().starts_with("the stack is larger than the 512 bytes that BPF allows"));
    CHECK(error.hint() ==
          "keep it in a per-CPU array: BPF_PERCPU_ARRAY(event_room, struct big, 1); and in its place u32 zero = 0; "
          "struct big *event = event_room.lookup(&zero); if (!event) return 0;");
    CHECK(error.excerpt().find("    7 |   struct big event = {};\n") != std::string::npos);
  }
}

TEST_CASE("a large array gets a struct for its per-CPU array, by names that are free") {
  constexpr std::string_view probe = "BPF_HASH(text_room, u32);\nint hello(void *ctx) {\n  char text[1024] = {};\n}\n";
  const auto error = compile_error(
      "x.c", probe,
      "error: probe.c:2:0: in function hello i32 (ptr): A call to built-in function 'memset' is not supported.\n");
  CHECK(error.subject() == "x.c:3");
  CHECK(error.hint().find(
            "struct text_bytes { char text[1024]; }; BPF_PERCPU_ARRAY(text_room_, struct text_bytes, 1);") !=
        std::string::npos);
}

TEST_CASE("a call that clears a small variable is not told as a large stack") {
  constexpr std::string_view probe = "int hello(void *ctx) {\n  char text[64];\n  __builtin_memset(text, 0, n);\n}\n";
  const auto error = compile_error(
      "x.c", probe,
      "error: probe.c:2:0: in function hello i32 (ptr): A call to built-in function 'memset' is not supported.\n");
  CHECK(error.subject() == "x.c:1");
  CHECK(error.cause().starts_with("this needs memset(), which BPF does not have"));
}

TEST_CASE("floating point is told as such, where it is written") {
  constexpr std::string_view probe =
      "int hello(void *ctx) {\n  u64 n = 1;  // not 0.5\n  u64 m = n * 1.5;\n  return m;\n}\n";
  for (const std::string_view helper : {"__floatundidf", "__muldf3", "__fixunsdfdi", "__ltsf2", "__extendsfdf2"}) {
    CAPTURE(std::string(helper));
    const auto error = compile_error("x.c", probe,
                                     "error: probe.c:3:0: in function hello i32 (ptr): A call to built-in function '" +
                                         std::string(helper) + "' is not supported.\n");
    CHECK(error.subject() == "x.c:3");
    CHECK(error.cause().starts_with("this calculates with floating point, which BPF does not have"));
    CHECK(error.hint().find("integers") != std::string::npos);
  }
}

TEST_CASE("what the C library has is told with what BPF has for it") {
  const auto told = [](const std::string& message) {
    return compile_error("x.c", source, "probe.c:4:9: error: " + message + "\n");
  };
  const auto print = told("implicitly declaring library function 'printf' with type 'int (const char *, ...)'");
  CHECK(print.cause().starts_with("there is no printf()"));
  CHECK(print.hint().starts_with("bpf_trace_printk("));
  CHECK(told("implicit declaration of function 'puts' is invalid in C99").hint() == print.hint());
  CHECK(told("implicit declaration of function 'getpid' is invalid in C99").hint().find("bpf_get_current_pid_tgid") !=
        std::string::npos);
  CHECK(told("implicit declaration of function 'mine' is invalid in C99").cause() ==
        "implicit declaration of function 'mine' is invalid in C99");
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
