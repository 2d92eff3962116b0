// Conditions on records: which they let through, and what they say about mistakes.
#include <array>
#include <vector>

#include "sonda/table.h"
#include "support/catch.h"
#include "support/error_of.h"
#include "typed/condition.h"

using namespace sonda;
using sonda::test::error_of;

namespace {

/// struct { u32 pid; int result; char comm[8]; u64 took; struct { u16 port; } to; u8 flags[2]; unsigned low : 3; }
Schema event_record() {
  return {{{.kind = Kind::structure,
            .name = "struct event",
            .size = 32,
            .fields = {{"pid", 1, 0, 0},
                       {"result", 2, 32, 0},
                       {"comm", 3, 64, 0},
                       {"took", 5, 128, 0},
                       {"to", 6, 192, 0},
                       {"flags", 8, 208, 0},
                       {"low", 1, 224, 3}}},
           {.kind = Kind::unsigned_integer, .name = "u32", .size = 4},
           {.kind = Kind::signed_integer, .name = "int", .size = 4},
           {.kind = Kind::array, .size = 8, .element = 4, .count = 8},
           {.kind = Kind::character, .name = "char", .size = 1},
           {.kind = Kind::unsigned_integer, .name = "u64", .size = 8},
           {.kind = Kind::structure, .name = "struct to", .size = 2, .fields = {{"port", 7, 0, 0}}},
           {.kind = Kind::unsigned_integer, .name = "u16", .size = 2},
           {.kind = Kind::array, .size = 2, .element = 9, .count = 2},
           {.kind = Kind::unsigned_integer, .name = "u8", .size = 1}}};
}

TypedAs took_as_duration() {
  return {[](std::string_view field) { return field == "took" ? std::optional(Show::duration) : std::nullopt; },
          nullptr};
}

bool holds(std::string_view condition) {
  const auto schema = event_record();
  const auto bytes = parse_value("{pid=12, result=-2, comm=cat, took=1500, to={port=80}, flags=[1, 0], low=5}", schema);
  return Condition::parse(condition, schema, took_as_duration()).matches(RecordView(bytes, schema));
}

}  // namespace

TEST_CASE("conditions compare fields as they are shown", "[condition]") {
  const auto* yes =
      GENERATE("", "pid == 12", "pid==0xc", "pid != 13", "result < 0", "result >= -2", "result <= -2",
               "comm == \"cat\"", "comm == cat", "comm ~ \"c*\"", "comm !~ d*", "comm < dog", "took == 1.5 us",
               "took > 1 us and took < 1 ms", "took == 1500", "to.port == 80", "flags[0] == 1", "not flags[1]",
               "flags == [1, 0]", "low == 5", "pid", "comm", "pid == 1 or result == -2", "not (pid == 1)",
               "!(pid == 1) && result", "pid == 1 and pid == 2 or pid == 12", "(pid == 12)", "to == {port=80}");
  CAPTURE(yes);
  CHECK(holds(yes));
  const std::string condition(yes);
  if (!condition.empty()) CHECK_FALSE(holds("not (" + condition + ")"));
}

TEST_CASE("an error by its name is meant above and below 0", "[condition]") {
  const auto schema = event_record();
  const TypedAs as{[](std::string_view field) { return field == "result" ? std::optional(Show::error) : std::nullopt; },
                   nullptr};
  const auto holds = [&](std::string_view condition, std::string_view record) {
    const auto bytes = parse_value(record, schema);
    return Condition::parse(condition, schema, as).matches(RecordView(bytes, schema));
  };
  for (const auto* record : {"{result=-2}", "{result=2}"}) {
    CHECK(holds("result == ENOENT", record));
    CHECK_FALSE(holds("result != ENOENT", record));
    CHECK_FALSE(holds("result == EACCES", record));
  }
  CHECK(holds("result < 0", "{result=-2}"));
  CHECK_FALSE(holds("result < 0", "{result=2}"));
  CHECK_FALSE(holds("result", "{result=0}"));
}

TEST_CASE("and binds more than or", "[condition]") {
  CHECK(holds("pid == 12 or pid == 1 and pid == 2"));
  CHECK_FALSE(holds("(pid == 12 or pid == 1) and pid == 2"));
}

TEST_CASE("what is no condition is shown where it is", "[condition]") {
  struct Row {
    std::string text, cause, hint;
  };
  const auto row = GENERATE(values<Row>({
      {"resul < 0", "there is no such field", "did you mean 'result'?"},
      {"result = 0", "there is no such comparison", "equal is =="},
      {"result <", "expected what it is compared with", ""},
      {"result < x", "expected a whole number from -2147483648 to 2147483647, not 'x'", ""},
      {"result ~ 3", "is not text: ~ compares text", ""},
      {"flags < [1]", "has no order: it can be compared with == and !=", ""},
      {"(pid == 1", "the closing ) is missing", ""},
      {"pid == 1 comm", "expected 'and', 'or' or the end", ""},
      {"pid == 1 and", "expected the name of a field", ""},
      {"flags[2]", "expected a number below 2 and ']'", ""},
      {"pid[0]", "it is not an array", ""},
      {"to.pot == 1", "there is no such field", "did you mean 'port'?"},
      {"comm == \"cat", "the closing \" is missing", ""},
      {"took > 3 weeks", "expected 'and', 'or' or the end", ""},
  }));
  CAPTURE(row.text);
  const auto error = error_of([&] { Condition::parse(row.text, event_record(), took_as_duration()); });
  CHECK(error.exit() == Exit::usage);
  CHECK(error.cause() == row.cause);
  if (!row.hint.empty()) CHECK(error.hint() == row.hint);
  CHECK(error.excerpt().find('^') != std::string::npos);
}

TEST_CASE("a condition that is nested without end is refused", "[condition]") {
  CHECK_THROWS_AS(Condition::parse(std::string(100000, '('), event_record()), Error);
  std::string nots;
  for (int i = 0; i < 50000; ++i) nots += "not ";
  CHECK_THROWS_AS(Condition::parse(nots, event_record()), Error);
}

TEST_CASE("a condition speaks of a key and a value at once, of the first that has the field", "[condition]") {
  const Schema key{{{.kind = Kind::unsigned_integer, .name = "u32", .size = 4}}}, value = event_record();
  const TypedAs as;
  const std::vector<Condition::Part> parts{{key, "key", as}, {value, "value", as}};
  const std::uint32_t seven = 7;
  const auto bytes = parse_value("{pid=12, comm=cat}", value);
  const std::array<RecordView, 2> records{RecordView(object_bytes(seven), key), RecordView(bytes, value)};
  const auto holds_of = [&](std::string_view text) { return Condition::fit(text, parts).value().matches(records); };
  CHECK(holds_of("key == 7 and pid == 12"));
  CHECK_FALSE(holds_of("key == 7 and pid == 13"));
  CHECK(holds_of("key > 7 or comm == cat"));
  const auto unknown = Condition::fit("key == 7 and pit == 12", parts);
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().subject() == "pit");
  CHECK(unknown.error().hint() == "did you mean 'pid'?");
  CHECK_THROWS_AS(Condition::fit("key == x", parts), Error);
}

TEST_CASE("a record that came short matches by the fields that it has", "[condition]") {
  const auto schema = event_record();
  const auto bytes = parse_value("{pid=12, result=-2, comm=cat, took=1500}", schema);
  const auto short_one = std::span(bytes).first(16);  // up to comm
  const auto matches = [&](std::string_view text, std::span<const std::byte> of) {
    return Condition::parse(text, schema).matches(of, schema);
  };
  CHECK(matches("pid == 12 and comm == cat", short_one));
  CHECK_FALSE(matches("pid == 12 and comm == cat", std::span(bytes).first(15)));
  CHECK_FALSE(matches("took == 1500", short_one));
  CHECK_FALSE(matches("not (took == 0)", short_one));
  CHECK(matches("took == 1500", bytes));
}

TEST_CASE("a row of cells matches by the indices of its fields", "[condition]") {
  const auto condition = Condition::parse("result >= 3 and comm ~ \"c*\"", event_record());
  const auto matches = [&](std::int64_t result, const std::string& comm) {
    return condition.matches([&](std::size_t field) { return field == 1 ? Value(result) : Value(comm); });
  };
  CHECK(matches(3, "cat"));
  CHECK_FALSE(matches(2, "cat"));
  CHECK_FALSE(matches(3, "dog"));
}
