#include "base/text.h"
#include "support/catch.h"

using namespace sonda;
using Names = std::vector<std::string>;
using Parts = std::vector<std::string_view>;

TEST_CASE("text is trimmed, split and joined") {
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim("  ").empty());
  CHECK(split("a::b", ':') == Parts{"a", "", "b"});
  CHECK(split("", ':') == Parts{""});
  CHECK(split_lines("a\r\nb\n\nc") == Parts{"a", "b", "", "c"});
  CHECK(split_lines("a\n") == Parts{"a"});
  CHECK(split_lines("").empty());
  CHECK(join({"a", "b"}, ", ") == "a, b");
  CHECK(join({}, ", ").empty());
}

TEST_CASE("numbers are read whole or not at all") {
  CHECK(parse_u64("0") == 0U);
  CHECK(parse_u64("18446744073709551615") == ~std::uint64_t{0});
  CHECK(parse_u64("0xfF") == 255U);
  for (const auto* text :
       {"", "0x", "-1", "+1", " 1", "1 ", "1k", "18446744073709551616", "0x10000000000000000", "x", "0x-1"})
    CHECK_FALSE(parse_u64(text));
}

TEST_CASE("C names are told from others") {
  for (const auto* text : {"a", "_", "a1_B"}) CHECK(is_identifier(text));
  for (const auto* text : {"", "1a", "a-b", "a ", "é"}) CHECK_FALSE(is_identifier(text));
}

TEST_CASE("near names are found, best first") {
  const Names names{"readline", "readline_internal", "rl_gets", "cd_builtin", "READLINE", "unrelated"};
  CHECK(near_matches("readlin", names) == Names{"READLINE", "readline", "readline_internal"});
  CHECK(near_matches("raedline", names).front() == "READLINE");
  CHECK(near_matches("builtin", names) == Names{"cd_builtin"});
  CHECK(near_matches("cd_builtin_x", names) == Names{"cd_builtin"});
  CHECK(near_matches("xyzzy", names).empty());
  CHECK(near_matches("", names).empty());
  CHECK(near_matches("Readline", names, 1).size() == 1);
  CHECK(near_matches("ab", {"ab", "ab"}) == Names{"ab"});
}

TEST_CASE("one letter is not like another") { CHECK(near_matches("a", {"b", "c"}).empty()); }

TEST_CASE("a question is asked only if something is near") {
  CHECK(did_you_mean("mop", {"map"}) == "did you mean 'map'?");
  CHECK(did_you_mean("mat", {"map", "mad"}) == "did you mean 'mad', 'map'?");
  CHECK(did_you_mean("quite else", {"map"}, "say map") == "say map");
}

TEST_CASE("long names cost nothing") {
  CHECK(near_matches(std::string(100'000, 'a'), {std::string(100'000, 'b')}).empty());
}
