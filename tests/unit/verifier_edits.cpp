// Changes of a probe's text: where they are put, and what they are.
#include <string>
#include <vector>

#include "support/catch.h"
#include "verifier/edits.h"
#include "verifier/suggestion.h"

namespace {

using namespace sonda;

constexpr std::string_view probe =
    "static u32 hits[16];\n"                                    // 1
    "int count(struct pt_regs *ctx) {\n"                        // 2
    "  u32 i = (u32)PT_REGS_PARM1(ctx);\n"                      // 3
    "  int left = PT_REGS_PARM2(ctx), right = 0;\n"             // 4
    "  u16 port = PT_REGS_PARM3(ctx);  // the port\n"           // 5
    "  s64 size = PT_REGS_PARM4(ctx);\n"                        // 6
    "  u32 key = 0;\n"                                          // 7
    "  if (size < 0) return 1;\n"                               // 8
    "  if (i < 16) hits[i] += 1;\n"                             // 9
    "  if (left > right)\n"                                     // 10
    "    hits[port]++;\n"                                       // 11
    "  bpf_probe_read_kernel(&key, sizeof(key),\n"              // 12
    "                        (void *)ctx);\n"                   // 13
    "  struct e *e = events.ringbuf_reserve(8);\n"              // 14
    "  hits[key]++;\n"                                          // 15
    "  return 1;\n"                                             // 16
    "}\n"                                                       // 17
    "__attribute__((noinline)) static void nothing(u64 n) {\n"  // 18
    "  hits[n]++;\n"                                            // 19
    "}\n";                                                      // 20

std::vector<std::string> told(const std::vector<Suggestion>& all) {
  std::vector<std::string> result;
  for (const auto& each : all) result.push_back(to_string(each));
  return result;
}

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("a function is left as it leaves at its end") {
  const SourceText source(probe);
  CHECK(leave(source, 9) == "return 1;");
  CHECK(leave(source, 19) == "return;");
}

TEST_CASE("a statement is put before a whole one, and not between a head and its body") {
  const SourceText source(probe);
  CHECK(told(put_before(source, 9, "x();")) == Told{"before line 9: x();"});
  CHECK(is_bare_body(source, 11));
  CHECK(put_before(source, 11, "x();").empty());
  CHECK(put_before(source, 13, "x();") == put_before(source, 12, "x();"));
  CHECK(put_before(source, 17, "x();").empty());
}

TEST_CASE("a statement gets braces around it, a declaration does not") {
  const SourceText source(probe);
  const auto at = source.code(9).find("[i]") + 1;
  CHECK(told(wrapped(source, 9, "u64 at = i; if (at < 16)", at, at + 1, "at")) ==
        Told{"make line 9: if (i < 16) { u64 at = i; if (at < 16) hits[at] += 1; }"});
  const auto port = source.code(11).find("port");
  CHECK(told(wrapped(source, 11, "if (port < 16)", port, port, "")) ==
        Told{"make line 11: { if (port < 16) hits[port]++; }"});
  CHECK(wrapped(source, 7, "x();", 4, 4, "").empty());
  CHECK(wrapped(source, 16, "x();", 4, 4, "").empty());
  CHECK(wrapped(source, 12, "x();", 4, 4, "").empty());
}

TEST_CASE("a narrow number is declared in 64 bits, and keeps what its type cut off on purpose") {
  const SourceText source(probe);
  CHECK(told(widened(source, 9, "i")) == Told{"make line 3: u64 i = (u32)PT_REGS_PARM1(ctx);"});
  CHECK(told(widened(source, 11, "port")) == Told{"make line 5: u64 port = (u16)(PT_REGS_PARM3(ctx));"});
  CHECK(told(widened_and_checked(source, 4, "i", "if (i >= 16) return 1;")) ==
        Told{"make line 3: u64 i = (u32)PT_REGS_PARM1(ctx); if (i >= 16) return 1;"});
}

TEST_CASE("a number keeps its type where its sign, its size or its address matters") {
  const SourceText source(probe);
  CHECK(widened(source, 9, "size").empty());
  CHECK(widened(source, 15, "key").empty());
  CHECK(widened(source, 19, "n").empty());
  CHECK(widened_and_checked(source, 15, "port", "x();").empty());
}

TEST_CASE("types of integers are known by their names") {
  CHECK(integer_type("volatile u32")->is_volatile);
  CHECK(integer_type("unsigned int")->bits == 32);
  CHECK_FALSE(integer_type("unsigned int")->is_signed);
  CHECK(integer_type("const __u16")->bits == 16);
  CHECK(integer_type("unsigned long long")->bits == 64);
  CHECK(integer_type("int")->is_signed);
  CHECK_FALSE(integer_type("struct e"));
  CHECK_FALSE(integer_type("u32 *"));
}

TEST_CASE("what is asked of a number is found, and a shift is no question") {
  const SourceText source("int f(int n) {\n  u64 a = n << 3;\n  if (b >= 16 || e->n < 4) return 0;\n  return a;\n}\n");
  CHECK(has_comparison(source, 4, "b", {"<16", ">=16"}));
  CHECK_FALSE(has_comparison(source, 4, "b", {">=1"}));
  CHECK_FALSE(has_comparison(source, 2, "b", {">=16"}));
  CHECK_FALSE(has_comparison(source, 4, "n", {"<", ">"}));
  CHECK(has_comparison(source, 4, "e->n", {"<"}));
}

TEST_CASE("names are not taken twice, and a record is given back to its map") {
  const SourceText source(probe);
  CHECK(free_name(source, 9, "at") == "at");
  CHECK(free_name(source, 9, "size") == "size_");
  CHECK(discard_of(source, 14) == "events.ringbuf_discard(e, 0);");
  CHECK_FALSE(discard_of(source, 9));
}

TEST_CASE("two lines that are put in become one, at the later place of the user's own text") {
  using Kind = Suggestion::Kind;
  const Suggestion after{Kind::insert_after, 7, "a();"}, before{Kind::insert_before, 7, "a();"};
  CHECK(combined(after, {Kind::insert_after, 10, "b();"}) == Suggestion{Kind::insert_after, 9, "a(); b();"});
  CHECK(combined(after, {Kind::insert_before, 12, "b();"}) == Suggestion{Kind::insert_before, 11, "a(); b();"});
  CHECK(combined(after, {Kind::insert_after, 8, "b();"}) == Suggestion{Kind::insert_after, 7, "a(); b();"});
  CHECK(combined(after, {Kind::insert_after, 3, "b();"}) == Suggestion{Kind::insert_after, 7, "b(); a();"});
  CHECK(combined(before, {Kind::insert_before, 8, "b();"}) == Suggestion{Kind::insert_before, 7, "a(); b();"});
  CHECK_FALSE(combined(after, {Kind::replace, 9, "b();"}));
  CHECK_FALSE(combined(after, {Kind::insert_after, 9, "a();"}));
}
