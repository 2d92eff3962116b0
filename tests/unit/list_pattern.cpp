// What the patterns of `sonda list` ask for, and what it prints of a point.
#include "cli/list/pattern.h"
#include "cli/list/print.h"
#include "support/catch.h"
#include "support/error_of.h"

using namespace sonda;
using namespace sonda::cli;
using sonda::test::error_of;

TEST_CASE("a pattern is a kind and what follows it, or a name in the kernel", "[list]") {
  struct Row {
    std::string text, kind, rest;
    pid_t pid = all_pids;
  };
  const auto row = GENERATE(values<Row>({
      {"tracepoint:sched:*", "tracepoint", "sched:*"},
      {"software", "software", ""},
      {"kfunc:vfs_read", "fentry", "vfs_read"},
      {"*sched_switch*", "", "*sched_switch*"},
      {"sched_switch", "", "sched_switch"},
      {"uprobe:/bin/bash:*cd*", "uprobe", "/bin/bash:*cd*"},
      {"usdt:./prog:* pid=12", "usdt", "./prog:*", 12},
      {"usdt:1234", "usdt", "1234"},
  }));
  CAPTURE(row.text);
  const auto pattern = parse_list_pattern(row.text);
  CHECK(pattern.text == row.text);
  CHECK(pattern.kind == row.kind);
  CHECK(pattern.rest == row.rest);
  CHECK(pattern.pid == row.pid);
}

TEST_CASE("what is no pattern says what would be one", "[list]") {
  CHECK(error_of([] { parse_list_pattern("tracpoint:a:b"); }).hint() == "did you mean 'tracepoint'?");
  CHECK(error_of([] { parse_list_pattern("usdt:x pid=z"); }).cause() == "'z' is no pid");
  CHECK(error_of([] { parse_list_pattern("kprobe:x pid=1"); }).exit() == Exit::usage);
  CHECK(error_of([] { parse_list_pattern(""); }).exit() == Exit::usage);
}

TEST_CASE("a point is printed with its arguments below it, whatever its names hold", "[list]") {
  const PointHere field{.name = "b",
                        .point = "tracepoint:a:b",
                        .prototype = Prototype{.declaration = {},
                                               .returns = {},
                                               .arguments = {{.name = "c",
                                                              .type = "char[4]",
                                                              .declaration = "char c[4]",
                                                              .offset = 8,
                                                              .size = 4,
                                                              .is_signed = false}}}};
  CHECK(point_text(field, false) == "tracepoint:a:b\n");
  CHECK(point_text(field, true) == "tracepoint:a:b\n    char c[4]\n");
  CHECK(point_json("tracepoint", field) ==
        R"({"type":"point","kind":"tracepoint","point":"tracepoint:a:b","declaration":null,"returns":null,)"
        R"("arguments":[{"name":"c","type":"char[4]","offset":8,"size":4,"signed":false}]})"
        "\n");
  const PointHere hostile{.name = "x", .point = "uprobe:/a\x1b[2J:\xff", .prototype = std::nullopt};
  CHECK(point_text(hostile, true) == "uprobe:/a\\x1b[2J:\\xff\n");
  CHECK(point_json("uprobe", hostile).find('\x1b') == std::string::npos);
}
