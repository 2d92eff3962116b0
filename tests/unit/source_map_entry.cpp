// `@set` lines and --set-map: which map, which key, which value.
#include "source/map_entry.h"

#include "support/catch.h"
#include "support/error_of.h"
#include "unit/source_messages.h"

namespace sonda::test {
namespace {

std::string parts(std::string_view text) {
  const auto entry = parse_map_entry(text);
  return entry.map + "|" + entry.key.value_or("no key") + "|" + entry.value;
}

}  // namespace

TEST_CASE("an entry is taken apart at the brackets of its key") {
  CHECK(parts("counts[3]=7") == "counts|3|7");
  CHECK(parts("  counts [ 3 ] = 7  ") == "counts|3|7");
  CHECK(parts("m[{pid=1, comm=\"a]b\"}] = {1, [2, 3]}") == "m|{pid=1, comm=\"a]b\"}|{1, [2, 3]}");
  CHECK(parts("m[[1, 2]]=x=y") == "m|[1, 2]|x=y");
  CHECK(parts("names[it's] = \"\"") == "names|it's|\"\"");
  CHECK(parts("m['a\\']' 2]=1") == "m|'a\\']' 2|1");
  CHECK(parts("line = 5") == "line|no key|5");
}

TEST_CASE("the lines of a file say where each part is") {
  const auto source = read("BPF_ARRAY(counts, u64, 4);\n// @set counts[ 2 ] = 12 ms\n/* @set line=5 */\n");
  REQUIRE(source.map_entries().size() == 2);
  const auto& entry = source.map_entries()[0];
  CHECK(to_string(entry.at) == "p.c:2:9");
  CHECK(entry.text.substr(entry.key_offset) == "2 ] = 12 ms");
  CHECK(entry.text.substr(entry.value_offset) == "12 ms");
  CHECK(source.map_entries()[1].value == "5");
  CHECK_FALSE(source.map_entries()[1].key);
}

TEST_CASE("what is no entry is told at its place") {
  CHECK(message("// @set\n") ==
        "1:8 the map's name is missing | written // @set MAP[KEY] = VALUE; of a queue or a stack "
        "// @set MAP = VALUE");
  says(message("// @set 3[1] = 2\n"), "1:9 the map's name is missing");
  says(message("// @set m[1 = 2\n"), "1:10 the ']' behind the key is missing");
  says(message("// @set m[] = 2\n"), "1:11 the key is missing");
  says(message("// @set m[1] 2\n"), "1:14 '=' is missing before the value");
  says(message("// @set m[1] =\n"), "1:15 the value is missing");
  const auto error = error_of([] { parse_map_entry("m[1"); });
  CHECK(error.stage() == Stage::usage);
  CHECK(error.subject() == "m[1");
  CHECK(error.hint() == "written MAP[KEY]=VALUE, of a queue or a stack MAP=VALUE");
}

}  // namespace sonda::test
