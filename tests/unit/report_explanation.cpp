// An explanation, shown: what stands where, and that nothing of a probe's own can act.
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/escape.h"
#include "report/explanation/printers.h"
#include "report/lines.h"
#include "support/catch.h"

namespace sonda {
namespace {

using sonda::test::Contains;

constexpr auto hostile = "x</script><script>alert(1)</script><img src=x onerror=alert(2)>\" ' & \x1b[31m\xff";

/// `return *lookup(&key);` of a function that the kernel took, but for its last instruction.
Explanation sample() {
  Explanation explanation{.probe = "/tmp/sample.c", .kernel = "6.18.5"};
  explanation.source = {"BPF_HASH(counts, u32);", "int f(void *ctx) {", "  u32 key = 7;", "  counts.lookup(&key);",
                        "}"};
  FunctionExplanation function{.name = "f", .type = "kprobe", .points = {"kprobe:do_nanosleep"}};
  function.first_line = 3;
  function.last_line = 4;
  function.verified = 4;
  function.native_bytes = 90;
  function.stack_bytes = 4;
  BpfLine store{.index = 0, .text = "*(u32 *)(r10 - 4) = 7", .line = 3, .visits = 1};
  store.native = {{.offset = 16, .bytes = {std::byte{0x90}}, .text = "mov dword ptr [rbp - 0x4], 0x7"}};
  BpfLine call{.index = 1, .text = "call bpf_map_lookup_elem", .line = 4, .visits = 1, .map = "counts"};
  call.call = HelperCall{1, "bpf_map_lookup_elem", "void *bpf_map_lookup_elem(void *map, const void *key)",
                         "Perform a lookup", "The value, or NULL"};
  call.registers = {
      {.number = 0, .written = true, .states = {"map_value_or_null(id=1)", "scalar()"}, .words = "a value"}};
  BpfLine jump{
      .index = 2, .text = "if r0 == 0 goto 3", .line = 4, .visits = 2, .branch = Branch::only_jump, .target = 3};
  BpfLine dead{.index = 3, .text = "r0 = 1", .line = 0, .removed = true};
  function.code = {store, call, jump, dead};
  function.stack = {{.offset = -4,
                     .size = 4,
                     .name = "key",
                     .certainty = StackSlot::Certainty::guess,
                     .type = "u32",
                     .why = "line 4 passes its address",
                     .instructions = {0, 1},
                     .contents = {"fp-8=mmmm7"}}};
  explanation.functions = {function};
  explanation.maps = {{.name = "counts", .type = "hash", .max_entries = 10240, .key = "u32", .value = "u64"}};
  return explanation;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::size_t widest(const std::string& text) {
  std::size_t width = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) width = std::max(width, display_width(line));
  return width;
}

Explanation with_hostile_text() {
  auto explanation = sample();
  explanation.probe = std::string("/tmp/") + hostile;
  for (auto& line : explanation.source) line = hostile;
  auto& function = explanation.functions.front();
  function.name = hostile;
  function.points = {hostile};
  for (auto& line : function.code) {
    line.map = hostile;
    line.note = hostile;
    line.registers = {{.number = 1, .states = {hostile}, .words = hostile}};
  }
  function.stack.front().name = hostile;
  function.stack.front().type = hostile;
  function.stack.front().contents = {hostile};
  function.refusal = RefusalExplanation{.error = Error(Stage::verify, hostile, hostile, hostile)};
  function.refusal->path = {{4, hostile}};
  function.refusal->change = RefusalExplanation::Change{.line = 4, .text = hostile};
  explanation.maps.front().name = hostile;
  explanation.maps.front().slots = {{0, hostile}};
  explanation.tail_calls = {{hostile, hostile, 0, hostile, 4}};
  return explanation;
}

}  // namespace

TEST_CASE("the text has each source line above its instructions, with what is known of them") {
  const auto text = report::explanation_text(sample(), {.width = 120});
  const auto line = text.find("    4 |   counts.lookup(&key);");
  REQUIRE(line != std::string::npos);
  const auto after = text.substr(line);
  CHECK(after.find("       1  call bpf_map_lookup_elem") < after.find("       2  if r0 == 0 goto 3"));
  CHECK_THAT(text, Contains("void *bpf_map_lookup_elem(void *map, const void *key)"));
  CHECK_THAT(text, Contains("map counts"));
  CHECK_THAT(text, Contains("-> R0=map_value_or_null(id=1) | scalar()"));
  CHECK_THAT(text, Contains("always jumps"));
  CHECK_THAT(text, Contains("the kernel took it out"));
  CHECK_THAT(text, Contains("0x10   mov dword ptr [rbp - 0x4], 0x7"));
  CHECK_THAT(text, Contains("fp-4"));
  CHECK_THAT(text, Contains("a guess: line 4 passes its address; instructions 0-1"));
}

TEST_CASE("text is broken where it can be, and nothing of it is lost") {
  using Lines = std::vector<std::string>;
  CHECK(report::wrapped("", 10) == Lines{""});
  CHECK(report::wrapped("one two three", 20) == Lines{"one two three"});
  CHECK(report::wrapped("one two three", 8) == Lines{"one two", "three"});
  CHECK(report::wrapped("a   b", 8) == Lines{"a   b"});
  CHECK(report::wrapped("abcdefghijklmn", 8) == Lines{"abcdefgh", "ijklmn"});
  CHECK(report::wrapped("-> R1=0123456789abcdefghij", 16) == Lines{"-> R1=0123456789", "abcdefghij"});
  CHECK(report::wrapped("\u4e00\u4e00\u4e00\u4e00\u4e00", 8) == Lines{"\u4e00\u4e00\u4e00\u4e00", "\u4e00"});
  CHECK(report::one_line("\ta\n\"\\n\"\x1b") == "  a\\n\"\\n\"\\x1b");
  CHECK(report::fitted("abcdef", 5) == "abc..");
}

TEST_CASE("native code stands beside BPF only where there is room") {
  const auto beside = [](std::size_t width) {
    const auto text = report::explanation_text(sample(), {.width = width});
    const auto at = text.find("*(u32 *)(r10 - 4) = 7");
    return text.substr(at, text.find('\n', at) - at).find("mov dword") != std::string::npos;
  };
  CHECK(beside(120));
  CHECK_FALSE(beside(80));
}

TEST_CASE("no line is wider than the terminal") {
  for (const std::size_t width : {40, 41, 60, 80, 96, 100, 200}) {
    CAPTURE(width);
    CHECK(widest(report::explanation_text(sample(), {.width = width})) <= width);
    CHECK(widest(report::explanation_text(with_hostile_text(), {.width = width})) <= width);
  }
}

TEST_CASE("the plain text is the same at every width and has no colours") {
  const auto narrow = report::explanation_text(sample(), {.width = 40, .columns = false});
  CHECK(narrow == report::explanation_text(sample(), {.width = 200, .columns = false}));
  CHECK(narrow.find('\x1b') == std::string::npos);
  CHECK_THAT(report::explanation_text(sample(), {.width = 80, .colours = true}), Contains("\x1b["));
}

TEST_CASE("registers in words") {
  const auto text = report::explanation_text(sample(), {.width = 100, .words = true});
  CHECK_THAT(text, Contains("R0 becomes: a value (and 1 other state)"));
}

TEST_CASE("JSON has a line for the probe and one for each function") {
  const auto lines = report::explanation_json(sample());
  REQUIRE(lines.size() == 2);
  const auto probe = nlohmann::json::parse(lines[0]), function = nlohmann::json::parse(lines[1]);
  CHECK(probe.at("type") == "probe");
  CHECK(probe.at("maps").at(0).at("map") == "counts");
  CHECK(function.at("type") == "function");
  CHECK(function.at("accepted") == true);
  CHECK(function.at("refusal").is_null());
  const auto& code = function.at("code");
  CHECK(code.at(0).at("native").at(0).at("bytes") == "90");
  CHECK(code.at(1).at("helper").at("name") == "bpf_map_lookup_elem");
  CHECK(code.at(1).at("registers").at(0).at("when") == "after");
  CHECK(code.at(2).at("jumps") == "always");
  CHECK(code.at(3).at("removed") == true);
  CHECK(function.at("stack").at(0).at("certainty") == "guess");
}

TEST_CASE("the page holds everything once and asks nobody for anything") {
  const auto page = report::explanation_page(sample());
  CHECK_THAT(page, sonda::test::StartsWith("<!DOCTYPE html>"));
  CHECK(count(page, "class=\"src") == 5);
  CHECK(count(page, "data-index=") == 4);
  CHECK_THAT(page, Contains("<a href=\"#f0i3\">3</a>"));
  CHECK_THAT(page, Contains("default-src 'none'"));
  for (const auto* word : {"http://", "https://", "url(", "@import", "src=\"", "fetch("}) CHECK(count(page, word) == 0);
}

TEST_CASE("nothing in a hostile probe becomes markup, or reaches a terminal") {
  const auto explanation = with_hostile_text();
  const auto page = report::explanation_page(explanation);
  CHECK(count(page, "<script>") == 1);
  CHECK(count(page, "</script>") == 1);
  CHECK(count(page, "<img") == 0);
  CHECK(page.find('\x1b') == std::string::npos);
  CHECK(to_valid_utf8(page) == page);

  for (const bool columns : {false, true}) {
    const auto text = report::explanation_text(explanation, {.width = 100, .columns = columns});
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\xff') == std::string::npos);
  }
  for (const auto& line : report::explanation_json(explanation)) {
    CHECK(line.find('\x1b') == std::string::npos);
    CHECK(nlohmann::json::accept(line));
    CHECK(count(line, "\n") == 1);
  }
}

}  // namespace sonda
