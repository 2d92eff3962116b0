// Objects written straight into a line are what the tree would have made.
#include "present/json_text.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "present/json_value.h"
#include "support/catch.h"

using namespace sonda;
using present::append_json;

namespace {

Value text(const char* characters) { return Value(std::string(characters)); }

std::vector<Value> plain_values() {
  const auto low = std::numeric_limits<std::int64_t>::min();
  return {Value(std::uint64_t{0}),
          Value(std::numeric_limits<std::uint64_t>::max()),
          Value(std::int64_t{-1}),
          Value(low),
          Value(true),
          Value(false),
          Value(Named{7, ""}),
          Value(Named{-7, "SEVEN"}),
          text(""),
          text("bash"),
          text("a \"quoted\" back\\slash / {}[]:,"),
          Value(List{}),
          Value(List{Value(std::uint64_t{1}), text("x"), Value(List{text("y")})}),
          Value(Fields{}),
          Value(Fields{{"pid", Value(std::uint64_t{3})},
                       {"in", Value(Fields{{"deep", Value(List{Value(std::int64_t{-2}), Value(Named{1, "ONE"})})}})}})};
}

}  // namespace

TEST_CASE("values are written as the tree writes them") {
  for (const auto& value : plain_values()) {
    std::string line = "before";
    CHECK(present::append_json(line, value));
    CHECK(line == "before" + present::to_json(value).dump());
  }
}

TEST_CASE("what needs an escape, and floating point, is left to the tree") {
  for (const auto& value : {text("line\nend"), text("tab\t"), text("\x7f"), text("caf\xc3\xa9"), text("\xff"),
                            Value(0.5), Value(List{text("ok"), text("\x1b[31m")}),
                            Value(Fields{{"comm", text("\xe2\x80\xae")}}), Value(Named{1, "\x01"})}) {
    std::string line;
    CHECK_FALSE(present::append_json(line, value));
  }
}
