#include "base/escape.h"

#include <nlohmann/json.hpp>
#include <random>

#include "base/excerpt.h"
#include "support/catch.h"

using namespace sonda;

TEST_CASE("printable text stays as it is") {
  for (const std::string text : {"", "plain", "a b~!", "città/ünïcode", "日本語", "\xf0\x9f\x98\x80"})
    CHECK(escape_for_terminal(text) == text);
}

TEST_CASE("what could move a terminal's cursor is written out") {
  CHECK(escape_for_terminal("\x1b[2J") == "\\x1b[2J");
  CHECK(escape_for_terminal("a\nb\tc\rd") == "a\\nb\\tc\\x0dd");
  CHECK(escape_for_terminal("\x7f") == "\\x7f");
  CHECK(escape_for_terminal("\xc2\x9b"
                            "31m") == "\\u{009b}31m");
  CHECK(escape_for_terminal("\xe2\x80\xaegpj") == "\\u{202e}gpj");
  CHECK(escape_for_terminal("\xe2\x81\xa6") == "\\u{2066}");
  CHECK(escape_for_terminal("\xe2\x80\xa8") == "\\u{2028}");
  CHECK(escape_for_terminal("c:\\x") == "c:\\\\x");
  CHECK(escape_for_terminal(std::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("bytes that are no UTF-8 are written out one by one") {
  CHECK(escape_for_terminal("\xff\xfe") == "\\xff\\xfe");
  CHECK(escape_for_terminal("\xc0\xaf") == "\\xc0\\xaf");                    // overlong
  CHECK(escape_for_terminal("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");           // overlong
  CHECK(escape_for_terminal("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(escape_for_terminal("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  CHECK(escape_for_terminal("\xe6\x97") == "\\xe6\\x97");                    // cut
  CHECK(escape_for_terminal("\xe6"
                            "a") ==
        "\\xe6"
        "a");
}

TEST_CASE("in text of several lines, line ends, tabs and backslashes stay") {
  CHECK(escape_lines_for_terminal("a\tb\\n\n\x1b") == "a\tb\\n\n\\x1b");
}

TEST_CASE("valid UTF-8 comes of any bytes, and valid text is left alone") {
  CHECK(to_valid_utf8("a\xff"
                      "b") ==
        "a\xef\xbf\xbd"
        "b");
  CHECK(to_valid_utf8("\xe6\x97") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(to_valid_utf8("\n\x1b日") == "\n\x1b日");
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random() % 4 == 0 ? random() : 0x80 | random() % 0x80);
    CHECK_NOTHROW(nlohmann::json(to_valid_utf8(bytes)).dump());
    const auto escaped = escape_for_terminal(bytes);
    CHECK(to_valid_utf8(escaped) == escaped);
    CHECK(escaped.find_first_of("\x1b\x07\n\r\x7f") == escaped.npos);
  }
}

TEST_CASE("columns of a terminal are counted") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("città") == 5);
  CHECK(display_width("citta\xcc\x80") == 5);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("\xf0\x9f\x98\x80") == 2);
  CHECK(display_width("한") == 2);
  CHECK(display_width("é€") == 2);
}

TEST_CASE("a caret stands below its column") {
  CHECK(caret_excerpt("int x = ?;", 9) == "int x = ?;\n        ^");
  CHECK(caret_excerpt("\tx", 2) == "\tx\n\t^");
  CHECK(caret_excerpt("日x", 4) == "日x\n  ^");
  CHECK(caret_excerpt("\x1bx", 2) == "\\x1bx\n    ^");
  CHECK(caret_excerpt("ab", 99) == "ab\n  ^");
  CHECK(caret_excerpt("", 0) == "\n^");
}

TEST_CASE("a long line is cut around its caret") {
  const auto text = caret_excerpt(std::string(100'000, 'a') + "?" + std::string(100'000, 'b'), 100'001);
  const auto line = text.substr(0, text.find('\n'));
  CHECK(line.size() < 400);
  CHECK(line.starts_with("...a"));
  CHECK(line.ends_with("b..."));
  CHECK(line[text.size() - line.size() - 2] == '?');
}
