// Records of every kind of type, decoded from bytes that are written out by hand.
#include <array>
#include <cstring>
#include <initializer_list>

#include "read/alike_keys.h"
#include "sonda/error.h"
#include "sonda/record.h"
#include "support/catch.h"
#include "unit/schema_samples.h"

using namespace sonda;
using namespace sonda::test;

namespace {

Bytes bytes(std::initializer_list<int> numbers) {
  Bytes result;
  for (const int number : numbers) result.push_back(static_cast<std::byte>(number));
  return result;
}

Type one_union(std::uint32_t size, std::vector<Field> fields, std::string name = "union demo") {
  return {.kind = Kind::union_, .name = std::move(name), .size = size, .fields = std::move(fields)};
}

std::string text_of(const Bytes& data, const Schema& schema) { return to_text(RecordView(data, schema).value()); }

std::string cause_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::read);
    return error.cause() + "|" + error.hint();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("integers of every size keep their sign", "[record]") {
  struct Row {
    Type type;
    Bytes data;
    std::string text;
  };
  const auto row = GENERATE(values<Row>({
      {integer(1), bytes({0xff}), "255"},
      {signed_integer(1), bytes({0xff}), "-1"},
      {integer(2), bytes({0x34, 0x12}), "4660"},
      {signed_integer(2), bytes({0x00, 0x80}), "-32768"},
      {integer(4), bytes({0xff, 0xff, 0xff, 0xff}), "4294967295"},
      {signed_integer(4), bytes({0xff, 0xff, 0xff, 0xff}), "-1"},
      {integer(8), bytes({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), "18446744073709551615"},
      {signed_integer(8), bytes({0, 0, 0, 0, 0, 0, 0, 0x80}), "-9223372036854775808"},
      {integer(16), bytes({1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0}), "0xf0000000000000000000000000000201"},
      {{.kind = Kind::boolean, .name = "bool", .size = 1}, bytes({0}), "false"},
      {{.kind = Kind::boolean, .name = "bool", .size = 1}, bytes({2}), "true"},
      {{.kind = Kind::pointer, .name = "void *", .size = 8}, bytes({0, 0x10, 0, 0, 0, 0, 0, 0}), "4096"},
      {character(), bytes({'R'}), "R"},
      {character(), bytes({0}), ""},
      {{.kind = Kind::bytes, .size = 3}, bytes({0xde, 0x00, 0x0f}), "de000f"},
  }));
  CHECK(text_of(row.data, {{row.type}}) == row.text);
}

TEST_CASE("numbers are given as asked for", "[record]") {
  const Schema minus{{signed_integer(4)}};
  const auto data = bytes({0xfe, 0xff, 0xff, 0xff});
  CHECK(RecordView(data, minus).i64() == -2);
  CHECK(RecordView(data, minus).u64() == 0xfffffffffffffffeULL);
  const Schema plain{{integer(4)}};
  CHECK(RecordView(data, plain).i64() == 0xfffffffeLL);
  CHECK(RecordView(data, plain).value() == Value(std::uint64_t{0xfffffffe}));
  CHECK(RecordView(data, minus).value() == Value(std::int64_t{-2}));
  const Schema real{{{.kind = Kind::floating, .name = "double", .size = 8}}};
  CHECK(RecordView(bytes_of(2.5), real).value() == Value(2.5));
  CHECK_THROWS_AS(RecordView(bytes_of(2.5), real).u64(), Error);
  CHECK(text_of(bytes_of(-0.5F), {{{.kind = Kind::floating, .name = "float", .size = 4}}}) == "-0.5");
}

TEST_CASE("enumerations have names where the declaration has", "[record]") {
  const Type small{.kind = Kind::enumeration,
                   .name = "enum state",
                   .size = 4,
                   .values = {{"IDLE", 0}, {"FAILED", -1}},
                   .is_signed = true};
  const auto minus_one = bytes({0xff, 0xff, 0xff, 0xff});
  CHECK(RecordView(minus_one, {{small}}).value() == Value(Named{-1, "FAILED"}));
  CHECK(text_of(bytes({0, 0, 0, 0}), {{small}}) == "IDLE");
  CHECK(text_of(bytes({7, 0, 0, 0}), {{small}}) == "7");
  Type plain = small;
  plain.is_signed = false;
  plain.values = {{"ALL", 0xffffffffLL}};
  CHECK(RecordView(minus_one, {{plain}}).value() == Value(Named{0xffffffffLL, "ALL"}));
  const Type large{.kind = Kind::enumeration, .name = "enum big", .size = 8, .values = {{"HIGH", 1LL << 40}}};
  CHECK(text_of(bytes({0, 0, 0, 0, 0, 1, 0, 0}), {{large}}) == "HIGH");
}

TEST_CASE("an array of char is text, an array of u8 is numbers", "[record]") {
  const Schema text{{array(1, 6, 6), character()}};
  const auto data = bytes({'c', 'd', '\n', 0, 'x', 'y'});
  CHECK(RecordView(data, text).text() == "cd\n");
  CHECK(text_of(data, text) == "cd\\n");
  const auto full = bytes({'a', 'b', 'c', 'd', 'e', 'f'});
  CHECK(RecordView(full, text).text() == "abcdef");
  const Schema numbers{{array(1, 6, 6), integer(1)}};
  CHECK(text_of(data, numbers) == "[99, 100, 10, 0, 120, 121]");
  CHECK(RecordView(data, numbers)[3].u64() == 0);
  CHECK(cause_of([&] { RecordView(data, numbers).text(); }).find("not text") != std::string::npos);
  CHECK(cause_of([&] { RecordView(data, numbers)[6]; }).find("6 elements") != std::string::npos);
}

TEST_CASE("what is told of a record is all that its fields hold, and nothing else", "[record]") {
  const auto told = [](const Bytes& data, const Schema& schema) {
    const auto text = told_bytes(data, schema);
    Bytes result;
    for (const char c : text) result.push_back(static_cast<std::byte>(c));
    return result;
  };
  const Schema padded{{structure(8, {{"a", 1, 0}, {"b", 2, 32}}), integer(1), integer(4)}};
  CHECK(told(bytes({1, 9, 9, 9, 2, 3, 4, 5}), padded) == bytes({1, 0, 0, 0, 2, 3, 4, 5}));
  const Schema bits{{structure(4, {{"a", 1, 0, 3}, {"b", 1, 10, 9}}), integer(4)}};
  CHECK(told(bytes({0xff, 0xff, 0xff, 0xff}), bits) == bytes({0x07, 0xfc, 0x07, 0}));
  const Schema text{{array(1, 4, 4), character()}};
  CHECK(told(bytes({'a', 0, 'x', 'y'}), text) == bytes({'a', 0, 0, 0}));
  CHECK(told(bytes({'a', 'b', 'c', 'd'}), text) == bytes({'a', 'b', 'c', 'd'}));
  const Schema several{{array(1, 2, 8), structure(4, {{"a", 2, 0}, {"b", 2, 16}}), integer(1)}};
  CHECK(told(bytes({1, 9, 2, 9, 3, 9, 4, 9}), several) == bytes({1, 0, 2, 0, 3, 0, 4, 0}));
  const Schema either{{one_union(4, {{"a", 1, 0}, {"b", 2, 0}}), integer(1), integer(4)}};
  CHECK(told(bytes({1, 2, 3, 4}), either) == bytes({1, 2, 3, 4}));
}

TEST_CASE("arrays have as many dimensions as their declaration", "[record]") {
  const Schema matrix{{array(1, 2, 6), array(2, 3, 3), integer(1)}};
  const auto data = bytes({1, 2, 3, 4, 5, 6});
  CHECK(text_of(data, matrix) == "[[1, 2, 3], [4, 5, 6]]");
  CHECK(RecordView(data, matrix)[1][2].u64() == 6);
  const Schema names{{array(1, 2, 8), array(2, 4, 4), character()}};
  CHECK(text_of(bytes({'a', 0, 'x', 'x', 'b', 'c', 'd', 'e'}), names) == "[a, bcde]");
  const Schema none{{structure(4, {{"a", 1, 0, 0}, {"tail", 2, 32, 0}}), integer(4), array(1, 0, 0)}};
  CHECK(text_of(bytes({1, 0, 0, 0}), none) == "{a=1, tail=[]}");
}

TEST_CASE("bit fields cross bytes and keep their sign", "[record]") {
  struct Fields {
    unsigned a : 3;
    int b : 7;
    unsigned c : 22;
    unsigned long d : 61;
    long e : 2;
  };
  const Fields object{5, -3, 0x2aaaaa, 0x1234567890abcdefUL & ((1UL << 61) - 1), -2};
  const Schema schema{
      {structure(16, {{"a", 1, 0, 3}, {"b", 2, 3, 7}, {"c", 1, 10, 22}, {"d", 3, 64, 61}, {"e", 4, 125, 2}}),
       integer(4), signed_integer(4), integer(8), signed_integer(8)}};
  const auto data = bytes_of(object);
  const RecordView view(data, schema);
  CHECK(view["a"].u64() == 5);
  CHECK(view["b"].i64() == -3);
  CHECK(view["c"].u64() == 0x2aaaaa);
  CHECK(view["d"].u64() == object.d);
  CHECK(view["e"].i64() == -2);
  CHECK(to_text(view.value()).starts_with("{a=5, b=-3, c=2796202, d="));
  const Schema odd{{structure(9, {{"n", 1, 5, 64}}), integer(8)}};
  CHECK(RecordView(bytes({0xe0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f}), odd)["n"].u64() == ~0ULL);
}

TEST_CASE("fields are found through anonymous structs and unions", "[record]") {
  const Schema schema{{structure(16, {{"pid", 3, 0, 0}, {"", 1, 32, 0}, {"named", 2, 64, 0}}),
                       one_union(4, {{"whole", 3, 0, 0}, {"", 4, 0, 0}}, ""),
                       one_union(8, {{"x", 5, 0, 0}, {"y", 3, 0, 0}}), integer(4),
                       structure(4, {{"low", 6, 0, 0}, {"high", 6, 16, 0}}, ""), integer(8), integer(2)}};
  const auto data = bytes({9, 0, 0, 0, 0x01, 0x00, 0x02, 0x00, 7, 0, 0, 0, 1, 0, 0, 0});
  const RecordView view(data, schema);
  CHECK(view["whole"].u64() == 0x20001);
  CHECK(view["high"].u64() == 2);
  CHECK(view["named"]["y"].u64() == 7);
  CHECK(to_text(view.value()) == "{pid=9, whole=131073, low=1, high=2, named={x=4294967303, y=7}}");
  CHECK(cause_of([&] { view["hight"]; }) == "has no field 'hight'|its fields are: pid, whole, low, high, named");
  CHECK(cause_of([&] { view[""]; }).find("has no field ''") == 0);
  CHECK(cause_of([&] { view["pid"]["x"]; }).find("not a struct") != std::string::npos);
  CHECK(cause_of([&] { view.u64(); }).find("not a number") != std::string::npos);
  CHECK(cause_of([&] { view[0]; }).find("not an array") != std::string::npos);
}

TEST_CASE("too few bytes and no description are errors", "[record]") {
  const Schema schema{{integer(8)}};
  const auto four = bytes({1, 2, 3, 4});
  CHECK(cause_of([&] { RecordView(four, schema); }) == "needs 8 bytes, but there are 4|");
  const Schema none;
  CHECK(cause_of([&] { RecordView(four, none); }).find("no description") != std::string::npos);
  const auto more = bytes({1, 0, 0, 0, 0, 0, 0, 0, 9, 9});
  CHECK(RecordView(more, schema).u64() == 1);
}

TEST_CASE("descriptions that contradict themselves are errors, not crashes", "[record]") {
  const auto four = bytes({1, 2, 3, 4});
  const Schema beyond{{structure(4, {{"x", 1, 16, 0}}), integer(4)}};
  CHECK_THROWS_AS(RecordView(four, beyond)["x"], Error);
  CHECK_THROWS_AS(RecordView(four, beyond).value(), Error);
  const Schema bits{{structure(4, {{"x", 1, 30, 8}}), integer(4)}};
  CHECK_THROWS_AS(RecordView(four, bits)["x"], Error);
  const Schema missing{{structure(4, {{"x", 7, 0, 0}})}};
  CHECK_THROWS_AS(RecordView(four, missing).value(), Error);
  const Schema endless{{structure(4, {{"x", 0, 0, 0}})}};
  CHECK_THROWS_AS(RecordView(four, endless).value(), Error);
  const Schema longer{{array(1, 1000, 4), integer(1)}};
  CHECK_THROWS_AS(RecordView(four, longer).value(), Error);
}

TEST_CASE("nesting as deep as a description may be is decoded, deeper is refused", "[record]") {
  const auto nested = [](std::uint32_t levels) {
    Schema schema;
    for (std::uint32_t i = 0; i + 1 < levels; ++i)
      schema.types.push_back(structure(4, {{i % 2 == 0 ? "in" : "", i + 1, 0, 0}}, i % 2 == 0 ? "struct outer" : ""));
    schema.types.push_back(integer(4));
    return schema;
  };
  const auto four = bytes({1, 0, 0, 0});
  const auto deep = nested(60);
  CHECK_NOTHROW(validate(deep));
  CHECK(to_text(RecordView(four, deep).value()).find("=1") != std::string::npos);
  for (const std::uint32_t levels : {100U, 100000U}) {
    const auto deeper = nested(levels);
    CHECK_THROWS_AS(validate(deeper), Error);
    CHECK_THROWS_AS(RecordView(four, deeper).value(), Error);
  }
  // Each union doubles the values: forty levels of them would be a million million.
  Schema doubling;
  for (std::uint32_t i = 0; i < 40; ++i)
    doubling.types.push_back(one_union(4, {{"a", i + 1, 0, 0}, {"b", i + 1, 0, 0}}));
  doubling.types.push_back(integer(4));
  CHECK_THROWS_AS(validate(doubling), Error);
}
