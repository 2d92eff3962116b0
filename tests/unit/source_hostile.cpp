// Thousands of inputs that no person would write: each gives a result or an Error, and what an Error says is harmless.
#include <random>
#include <string>
#include <vector>

#include "base/escape.h"
#include "sonda/error.h"
#include "sonda/probe_source.h"
#include "support/catch.h"

using namespace sonda;

namespace {

/// What `read` made of the text: false if an Error, whose message was looked at.
template <class Read>
bool survives(Read read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    const std::string text = error.what();
    CHECK(error.stage() == Stage::source);
    CHECK(to_valid_utf8(text) == text);
    CHECK(text.find_first_of("\x1b\r\x07") == text.npos);
    CHECK(text.size() < 10'000 + error.subject().size() + 3 * error.cause().size() + 3 * error.hint().size());
    return false;
  }
}

const std::vector<std::string> pieces{"// ",
                                      "/*",
                                      "*/",
                                      "\n",
                                      "\r\n",
                                      "\\\n",
                                      "@attach ",
                                      "@param ",
                                      "@map ",
                                      "@event ",
                                      "@",
                                      "A ",
                                      "1 ",
                                      "\"b\"",
                                      "\"",
                                      "'",
                                      "\\",
                                      "kprobe:f",
                                      "uprobe:/a:b+0x1",
                                      "software:",
                                      "cs:",
                                      "hz:",
                                      "1",
                                      "0x",
                                      "struct ",
                                      "max_entries=",
                                      "5",
                                      "int f(",
                                      ") ",
                                      "{",
                                      "}",
                                      ";",
                                      "#if\n",
                                      "#else\n",
                                      "#endif\n",
                                      "#define X ",
                                      "BPF_HASH(t);",
                                      "TRACEPOINT_PROBE(",
                                      "a, b",
                                      "=",
                                      "\t",
                                      "\xff",
                                      "\xe2\x80\xae",
                                      "\x1b[2J",
                                      "\xef\xbb\xbf",
                                      std::string(300, 'x')};

}  // namespace

TEST_CASE("any mixture of the pieces of probe files is read or refused") {
  std::mt19937 random(7);
  int good = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto count = random() % 30; count > 0; --count) text += pieces[random() % pieces.size()];
    good += survives([&] { ProbeSource::from_text("p.c", text); });
    survives([&] {
      const auto point = parse_attach_point(text);
      CHECK(parse_attach_point(to_string(point)) == point);
    });
  }
  CHECK(good > 100);
  CHECK(good < 20'000);
}

TEST_CASE("any bytes are read or refused") {
  std::mt19937 random(8);
  for (int round = 0; round < 10'000; ++round) {
    std::string text(random() % 200, '\0');
    for (auto& byte : text) byte = static_cast<char>(random() % 256);
    survives([&] { ProbeSource::from_text(text, text); });
    survives([&] { ProbeSource::from_text("p.c", "// @attach " + text); });
    survives([&] { parse_attach_point(text); });
    survives([&] {
      auto source = ProbeSource::from_text("p.c", "// @param A 1 \"b\"");
      source.set("A", text);
    });
  }
}

TEST_CASE("a good file cut at any place or with any byte changed is read or refused") {
  const std::string whole =
      "/* @param A 1 \"b\" */\n// @map m max_entries=5\n// @event e struct s\n// @attach kprobe:f\n#if 1\n"
      "int f(void *c) { return A; }\n#endif\n// @attach software:cs:1\nTRACEPOINT_PROBE(a, b) { }\n";
  REQUIRE(survives([&] { ProbeSource::from_text("p.c", whole); }));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    survives([&] { ProbeSource::from_text("p.c", whole.substr(0, at)); });
    survives([&] { ProbeSource::from_text("p.c", whole.substr(at)); });
    for (const char byte : {'\0', '\n', '\\', '"', '@', '*', '/', '\xff'}) {
      auto changed = whole;
      changed[at] = byte;
      survives([&] { ProbeSource::from_text("p.c", changed); });
    }
  }
}

TEST_CASE("a file made of one thing a hundred thousand times is read or refused") {
  for (const std::string piece : {"(",
                                  "{",
                                  "}",
                                  ")",
                                  "/*",
                                  "//",
                                  "//\n",
                                  "\"",
                                  "\\",
                                  "\\\n",
                                  "#if\n",
                                  "#else\n",
                                  "f(",
                                  "f(){",
                                  "@",
                                  "/*@a*/",
                                  "// @attach kprobe:f\n",
                                  "'\n",
                                  "#define \"",
                                  "a ",
                                  "=",
                                  "\n"}) {
    std::string text;
    while (text.size() + piece.size() < 500'000) text += piece;
    survives([&] { ProbeSource::from_text("p.c", text); });
  }
}

TEST_CASE("a file with tens of thousands of @ lines is read") {
  std::string text;
  for (int i = 0; text.size() < 1'000'000; ++i) text += "// @param A" + std::to_string(i) + " 1 \"\"\n";
  CHECK(ProbeSource::from_text("p.c", text).parameters().size() > 30'000);
}
