// Values written straight into a line are what a parser makes the same values of.
#include "report/json_line.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "support/catch.h"

using namespace sonda;
using report::Json;

namespace {

Value text(const char* characters) { return Value(std::string(characters)); }

std::string written(const Value& value) {
  std::string line;
  report::append_json(line, value);
  return line;
}

}  // namespace

TEST_CASE("values are written as JSON has them") {
  const auto low = std::numeric_limits<std::int64_t>::min();
  CHECK(written(Value(std::uint64_t{0})) == "0");
  CHECK(written(Value(std::numeric_limits<std::uint64_t>::max())) == "18446744073709551615");
  CHECK(written(Value(low)) == "-9223372036854775808");
  CHECK(written(Value(true)) == "true");
  CHECK(written(Value(0.5)) == "0.5");
  CHECK(written(Value(std::numeric_limits<double>::quiet_NaN())) == "null");
  CHECK(written(Value(Named{7, ""})) == "7");
  CHECK(written(Value(Named{-7, "SEVEN"})) == R"("SEVEN")");
  CHECK(written(Value(List{})) == "[]");
  CHECK(written(Value(List{Value(std::uint64_t{1}), text("x"), Value(List{text("y")})})) == R"([1,"x",["y"]])");
  CHECK(written(Value(Fields{})) == "{}");
  CHECK(written(Value(Fields{{"pid", Value(std::uint64_t{3})},
                             {"in", Value(Fields{{"deep", Value(List{Value(std::int64_t{-2})})}})}})) ==
        R"({"pid":3,"in":{"deep":[-2]}})");
}

TEST_CASE("any text is a string, and no byte of it is one that a terminal obeys") {
  for (const std::string bytes : {"", "bash", "a \"quoted\" back\\slash / {}[]:,", "line\nend", "tab\t", "\x7f",
                                  "\x1b[31m", "caf\xc3\xa9", "\xff", "\xe2\x80\xae", "\xc2\x9b", "\x01"}) {
    const auto line = written(Value(bytes));
    INFO(line);
    CHECK(Json::parse(line).get<std::string>() == to_valid_utf8(bytes));
    std::string bare = line;
    std::erase(bare, '\\');
    CHECK(escape_for_terminal(bare) == bare);
  }
}
