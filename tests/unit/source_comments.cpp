#include <string>

#include "support/catch.h"
#include "unit/source_messages.h"

using namespace sonda;
using namespace sonda::test;

namespace {

std::string attachments(std::string text) {
  std::string all;
  const auto source = read(std::move(text));
  for (const auto& one : source.attachments())
    all += to_string(one.point) + ">" + one.function + "@" + std::to_string(one.at.line) + ":" +
           std::to_string(one.at.column) + " ";
  return all;
}

}  // namespace

TEST_CASE("parameters are read with what they are and where") {
  const auto source = read("int x;\n// @param FREQ 49 \"samples a \\\"second\\\"\"\n//@param NAME \"a b\" \"\"\n");
  REQUIRE(source.parameters().size() == 2);
  const auto& first = source.parameters()[0];
  CHECK(first.name == "FREQ");
  CHECK(first.value == "49");
  CHECK(first.help == "samples a \"second\"");
  CHECK(to_string(first.at) == "p.c:2:11");
  CHECK(source.parameters()[1].value == "\"a b\"");
  CHECK(source.parameters()[1].help.empty());
}

TEST_CASE("map options and event types are read") {
  const auto source =
      read("// @map counts max_entries=0x1000\n// @event rows struct row_head\n// @event u union any\n");
  REQUIRE(source.map_options().size() == 1);
  CHECK(source.map_options()[0].map == "counts");
  CHECK(source.map_options()[0].max_entries == 4096U);
  REQUIRE(source.event_types().size() == 2);
  CHECK(source.event_types()[0].map == "rows");
  CHECK(source.event_types()[0].type == "struct row_head");
  CHECK(to_string(source.event_types()[0].at) == "p.c:2:11");
  CHECK(source.event_types()[1].type == "union any");
}

TEST_CASE("an @attach belongs to the next function") {
  CHECK(attachments("// @attach kprobe:a\n// @attach kprobe:b\nint f(void *c) { }\n// @attach kprobe:c\nint g() {}") ==
        "kprobe:a>f@1:12 kprobe:b>f@2:12 kprobe:c>g@4:12 ");
  CHECK(attachments("// @attach kprobe:a\n#define X int y() {\nBPF_HASH(t);\nstruct s { int a; };\nint f();\n"
                    "static int g(int a) {}\nint h() {}") == "kprobe:a>g@1:12 ");
  CHECK(attachments("/* @attach kprobe:a */ TRACEPOINT_PROBE(x, y) { }") == "kprobe:a>tracepoint__x__y@1:12 ");
}

TEST_CASE("comments of every form are read") {
  CHECK(attachments("/** text\n * @attach kprobe:a\n *   @attach kprobe:b\n @attach kprobe:c */\n/// @attach kprobe:d\n"
                    "//! @attach kprobe:e\n/*@attach kprobe:f*/\n/*! @attach kprobe:g\n*/ int f() {}") ==
        "kprobe:a>f@2:12 kprobe:b>f@3:14 kprobe:c>f@4:10 kprobe:d>f@5:13 kprobe:e>f@6:13 kprobe:f>f@7:11 "
        "kprobe:g>f@8:13 ");
  CHECK(read("int x; // @param A 1 \"b\"").parameters().size() == 1);
  CHECK(read("#define X 1 // @param A 1 \"b\"").parameters().size() == 1);
}

TEST_CASE("other line ends, blanks and a missing last line end do not matter") {
  CHECK(attachments("// @attach kprobe:a  \r\nint f()\r\n{\r\n}") == "kprobe:a>f@1:12 ");
  CHECK(attachments("\xef\xbb\xbf//\t@attach\tkprobe:a\nint f() {") == "kprobe:a>f@1:15 ");
  CHECK(read("// @param A 1 \"b\"\r").parameters()[0].help == "b");
}

TEST_CASE("what is no comment of ours is left alone") {
  CHECK(attachments("// see @attach kprobe:a\nint f() {}") == "");
  CHECK(attachments("char *s = \"// @attach kprobe:a\"; int f() {}") == "");
  CHECK(attachments("// a \\\n// @attach kprobe:a\nint f() {}") == "");
  CHECK(message("// @brief x\n// @return y\n/* @file z */") == "no error");
  CHECK(message("/**\n * @ctx: the context\n * @map: the map\n * @param[in] x\n */") == "no error");
  CHECK(message("/**\n * @param input the string to compare\n * @return whether it is equal\n */") == "no error");
  CHECK(message("// @\n// @@\n// @ x\n// @1\n/**/\n/***/\n/*/ */\n// @a@b.c wrote it") == "no error");
}

TEST_CASE("an unknown word is named with near ones") {
  CHECK(message("\n  // @atach kprobe:a\n") == "2:7 there is no '@atach' | did you mean 'attach'?");
  CHECK(message("// @frobnicate") ==
        "1:5 there is no '@frobnicate' | possible are @attach, @param, @map, @event, @show, @hide, @set, @tailcall, "
        "@slot and @quiet");
  CHECK(message("// @param2 A 1 \"b\"") == "1:5 there is no '@param2' | did you mean 'param'?");
  says(message("// @attach:kprobe:a\nint f() {}"), "1:11 a blank is missing after '@attach'");
}

TEST_CASE("a wrong @attach is shown at the wrong word") {
  says(message("// @attach uprob:/bin/bash:f\nint f() {}"), "1:12 'uprob' is no kind of attach point");
  says(message("// @attach software:page-fault:1\nint f() {}"), "1:21 there is no software event 'page-fault'");
  says(message("// @attach software:page-faults:\nint f() {}"), "1:33 the period is missing");
  says(message("// @attach\nint f() {}"), "1:11 the attach point is missing | written // @attach POINT");
  says(message("// @attach kprobe:a\nint f();"), "1:12 no function follows this @attach");
  says(message("int f() {\n// @attach kprobe:a\n}\nint g() {}"), "2:12 an @attach stands above its function");
  says(message("// @attach kprobe:a\n// @attach kprobe:a\nint f() {}"),
       "2:12 f is already attached there | it is said in line 1");
  CHECK(message("// @attach kprobe:a\nint f() {}\n// @attach kprobe:a\nint g() {}") == "no error");
}

TEST_CASE("a wrong @param is shown at the wrong word") {
  says(message("// @param"), "1:10 the parameter's name is missing | written // @param NAME DEFAULT");
  says(message("// @param 1x 2 \"\""), "1:11 '1x' cannot be the parameter's name: it is no C name");
  says(message("// @param A"), "1:12 the default value is missing");
  says(message("// @param A 1"), "1:14 the text that says what it is is missing");
  says(message("// @param A 1+1 \"b\""), "1:13 '1+1' cannot be a value");
  says(message("// @param A 1 b"), "1:15 what the parameter is stands in double quotes");
  says(message("// @param A 1 \"b"), "1:15 what the parameter is stands in double quotes");
  says(message("// @param A 1 \"b\" c"), "1:19 'c' is too much here");
  says(message("// @param A 1 \"b\"\n// @param A 2 \"b\""), "2:11 parameter A is there already | it is said in line 1");
}

TEST_CASE("a wrong @map or @event is shown at the wrong word") {
  says(message("// @map"), "1:8 the map's name is missing");
  says(message("// @map a"), "1:10 an option is missing");
  says(message("// @map a max_entry=1"), "1:11 a map has no option 'max_entry' | written // @map NAME OPTION");
  for (const std::string value : {"", "0", "-1", "x", "4294967296"})
    says(message("// @map a max_entries=" + value), "1:23 '" + value + "' is no number of entries");
  says(message("// @map a max_entries"), "'' is no number of entries");
  says(message("// @map a max_entries=1 max_entries=2"), "1:25 max_entries is there already");
  says(message("// @map a max_entries=1\n// @map a max_entries=1"), "2:9 map a has its @map already");
  says(message("// @event a"), "1:12 the type is missing");
  says(message("// @event a row"), "1:13 'row' is no type of an event | written // @event MAP struct TYPE");
  says(message("// @event a struct"), "1:19 the type's name is missing");
  says(message("// @event a struct b*"), "1:20 'b*' cannot be the type's name");
  says(message("// @event a struct b c"), "1:22 'c' is too much here");
  says(message("// @event a struct b\n// @event a struct c"), "2:11 map a has its @event already");
}

TEST_CASE("the line and a caret are shown") {
  try {
    read("int x;\n\t// @param A 1+1 \"b\"\r\n");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) ==
          "source: p.c:2:14: '1+1' cannot be a value: it is not one token of C\n\t// @param A 1+1 \"b\"\n\t            "
          "^\n"
          "hint: a value is one number, name, string or character");
  }
}

TEST_CASE("@quiet speaks of the statement or the function below it, behind code of its own line") {
  const auto lines = [](const std::string& text) { return read(text).quiet_lines(); };
  using Lines = std::vector<int>;
  CHECK(lines("int f(void *ctx) {\n  // @quiet\n  one();\n  two();\n}\n") == Lines{3});
  CHECK(lines("int f(void *ctx) {\n  one();  // @quiet\n  two();\n}\n") == Lines{2});
  CHECK(lines("int f(void *ctx) {\n  // @quiet\n\n  // why\n  one(1,\n      2);\n  two();\n}\n") == Lines{5, 6});
  CHECK(lines("int f(void *ctx) {\n  // @quiet\n  for (int i = 0; i < 3; i++)\n    one(i);\n  two();\n}\n") ==
        Lines{3, 4});
  CHECK(lines("int f(void *ctx) {\n  // @quiet\n  if (x) {\n    one();\n    two();\n  }\n  three();\n}\n") ==
        Lines{3, 4, 5, 6});
  CHECK(lines("// @quiet\nstatic int g(int a)\n{\n  one();\n}\nint f(void *ctx) { two(); }\n") == Lines{2, 3, 4, 5});
  CHECK(lines("/* @quiet */ int f(void *ctx) {\n  one();\n}\n") == Lines{1, 2, 3});
  CHECK(lines("int f(void *ctx) {\n  one();\n}\n").empty());
  CHECK(lines("int f(void *ctx) {\n  one();\n}\n// @quiet").empty());
}
