// Rows as text, JSON and CSV: alignment, escaping, and bytes from hostile names.
#include <limits>
#include <nlohmann/json.hpp>

#include "report/writer.h"
#include "support/catch.h"

using namespace sonda::report;
using Json = nlohmann::json;

namespace {

const std::vector<Column> columns{{.header = "PID", .key = "pid", .width = 6},
                                  {.header = "WHEN", .key = "time", .in = data_only},
                                  {.header = "COUNT", .key = "count", .width = 7, .align = Align::right},
                                  {.header = "CLOCK", .key = "clock", .width = 5, .in = text_only},
                                  {.header = "NAME", .key = "name", .width = 8}};

Row row_named(std::string name) {
  return {std::uint64_t{42}, std::string("then"), std::int64_t{-7}, std::string("12:00"), std::move(name)};
}

bool terminal_obeys(const std::string& line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    if ((byte < 0x20 && byte != '\n') || byte == 0x7f) return true;
    if (byte == 0xc2 && i + 1 < line.size() && static_cast<unsigned char>(line[i + 1]) < 0xa0) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a text table aligns header and rows from one list, and leaves out what is not for it") {
  CHECK(text_header(columns) == "PID      COUNT CLOCK NAME\n");
  CHECK(text_row(columns, row_named("bash")) == "42          -7 12:00 bash\n");
}

TEST_CASE("columns align by what is seen, not by bytes") {
  const std::vector<Column> two{{.header = "DIR", .key = "dir", .width = 6}, {.header = "END", .key = "end"}};
  CHECK(text_row(two, Row{std::string("\xc3\xa8"), std::string("|")}) == "\xc3\xa8      |\n");
  CHECK(text_row(two, Row{std::string("\xe6\xbc\xa2\xe5\xad\x97"), std::string("|")}) ==
        "\xe6\xbc\xa2\xe5\xad\x97   |\n");
}

TEST_CASE("a cell that is too long widens its own row only") {
  const auto wide = text_row(
      columns, Row{std::uint64_t{1234567890}, std::string(), std::int64_t{1}, std::string("12:00"), std::string("x")});
  CHECK(wide == "1234567890       1 12:00 x\n");
  CHECK(text_row(columns, row_named("x")) == "42          -7 12:00 x\n");
}

TEST_CASE("cells of every kind in every format") {
  const std::vector<Column> one{{.header = "V", .key = "v"}};
  const auto all = [&](Cell cell) {
    const Row row{std::move(cell)};
    return text_row(one, row) + json_row(one, row) + csv_row(one, row);
  };
  CHECK(all(std::monostate{}) == "-\n{\"v\":null}\n\r\n");
  CHECK(all(true) == "yes\n{\"v\":true}\ntrue\r\n");
  CHECK(all(0.5) == "0.5\n{\"v\":0.5}\n0.5\r\n");
  CHECK(all(std::numeric_limits<std::uint64_t>::max()) ==
        "18446744073709551615\n{\"v\":18446744073709551615}\n18446744073709551615\r\n");
  CHECK(all(std::numeric_limits<std::int64_t>::min()) ==
        "-9223372036854775808\n{\"v\":-9223372036854775808}\n-9223372036854775808\r\n");
  CHECK(all(std::string("a b")) == "a b\n{\"v\":\"a b\"}\na b\r\n");
}

TEST_CASE("names made of any bytes give a harmless line and valid JSON") {
  for (int first = 1; first < 256; ++first)
    for (const std::string rest : {"", "x", "[31m", "\x80", "\x9b", "\xff"}) {
      const auto name = std::string(1, static_cast<char>(first)) + rest;
      CAPTURE(first, rest);
      CHECK_FALSE(terminal_obeys(text_row(columns, row_named(name))));
      const auto line = json_row(columns, row_named(name));
      CHECK_FALSE(terminal_obeys(line));
      REQUIRE(line.find('\n') == line.size() - 1);
      const auto parsed = Json::parse(line);
      if (first < 0x80 && (rest.empty() || rest == "x")) CHECK(parsed.at("name") == name);
    }
}

TEST_CASE("a JSON row has its columns in order, without those of the text table only") {
  CHECK(json_row(columns, row_named("caf\xc3\xa9 \"\\")) ==
        "{\"pid\":42,\"time\":\"then\",\"count\":-7,\"name\":\"caf\xc3\xa9 \\\"\\\\\"}\n");
  CHECK(json_object({{"type", std::string("total")}, {"rows", std::uint64_t{3}}}) ==
        "{\"type\":\"total\",\"rows\":3}\n");
}

TEST_CASE("bytes that are not UTF-8 become the replacement character in JSON") {
  const auto parsed = Json::parse(json_row(columns, row_named("a\xff")));
  CHECK(parsed.at("name") == "a\xef\xbf\xbd");
}

TEST_CASE("CSV follows RFC 4180 and alters nothing") {
  const std::vector<Column> two{{.header = "A", .key = "a"}, {.header = "B", .key = "b,c"}};
  CHECK(csv_header(two) == "a,\"b,c\"\r\n");
  CHECK(csv_row(two, Row{std::string("say \"hi\""), std::string("x,y")}) == "\"say \"\"hi\"\"\",\"x,y\"\r\n");
  CHECK(csv_row(two, Row{std::string("two\nlines"), std::string(" edge")}) == "\"two\nlines\",\" edge\"\r\n");
  CHECK(csv_row(two, Row{std::string("=1+1"), std::string("\xff\x1b")}) == "=1+1,\xff\x1b\r\n");
  CHECK(csv_row(two, Row{std::string("=1+1"), std::string("\xff\x1b")}, true) == "=1+1,\\xff\\x1b\r\n");
}
