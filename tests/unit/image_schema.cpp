// Schemas: what is refused, and how they read as C.

#include "image/check_schema.h"
#include "sonda/error.h"
#include "sonda/schema.h"
#include "support/catch.h"
#include "unit/image_samples.h"

using namespace sonda;
using sonda::test::Contains;

namespace {

std::string fault(const Schema& schema) { return schema_fault(schema).value_or("none"); }

// The sample with one thing changed.
template <class Change>
std::string fault_after(Change change) {
  auto schema = test::sample_schema();
  change(schema.types);
  return fault(schema);
}

// types[0] is an array of `count` of types[1], and so on down to one integer.
Schema nested_arrays(std::size_t depth, std::uint32_t count) {
  Schema schema;
  for (std::uint32_t i = 1; i <= depth; ++i)
    schema.types.push_back({.kind = Kind::array, .size = 1, .element = i, .count = count});
  schema.types.push_back({.kind = Kind::unsigned_integer, .size = 1});
  return schema;
}

}  // namespace

TEST_CASE("plain schemas are valid and have their size") {
  for (const std::uint32_t size : {1U, 2U, 4U, 8U}) {
    const auto schema = plain_integer(size, "count");
    CHECK(schema.size() == size);
    CHECK(schema.types[0].kind == Kind::unsigned_integer);
    CHECK(schema.types[0].name == "count");
    CHECK_NOTHROW(validate(schema));
  }
  CHECK(plain_integer(3).types.at(0).kind == Kind::bytes);
  CHECK(plain_integer(3).size() == 3);
  CHECK(plain_bytes(100).size() == 100);
  CHECK_NOTHROW(validate(plain_bytes(100)));
  CHECK(plain_bytes(0).empty());
  CHECK_NOTHROW(validate(Schema{}));
}

TEST_CASE("a schema reads as the C declaration") {
  CHECK(describe(test::sample_schema()) ==
        "struct key_t { u32 pid; char comm[16]; enum color c; u8 low : 3; struct { s64 n; }; void *p; }");
  CHECK(describe(plain_integer(8, "u64")) == "u64");
  CHECK(describe(plain_integer(4)) == "u32");
  CHECK(describe(plain_bytes(12)) == "bytes[12]");
  CHECK(describe(Schema{}) == "nothing");
  CHECK(describe(nested_arrays(2, 1)) == "u8[1][1]");
}

TEST_CASE("a declaration without end is cut") {
  Schema schema;
  for (std::uint32_t i = 1; i <= 6; ++i)
    schema.types.push_back({.kind = Kind::union_, .size = 1, .fields = std::vector<Field>(15, Field{"", i, 0, 0})});
  schema.types.push_back({.kind = Kind::union_, .name = "union u", .size = 1});
  REQUIRE(fault(schema) == "none");
  CHECK_THAT(describe(schema), Contains("..."));
  CHECK(describe(schema).size() < 20'000);
}

TEST_CASE("a consistent schema is valid") { CHECK(fault(test::sample_schema()) == "none"); }

TEST_CASE("an inconsistent schema is refused with the reason") {
  using Types = std::vector<Type>;
  CHECK_THAT(fault_after([](Types& t) { t[0].fields[0].type = 9; }), Contains("a type that is not there"));
  CHECK_THAT(fault_after([](Types& t) { t[2].element = 0xffffffff; }), Contains("a type that is not there"));
  CHECK_THAT(fault_after([](Types& t) { t[6].fields[0].type = 0; }), Contains("contains itself"));
  CHECK_THAT(fault_after([](Types& t) { t[2].element = 2; }), Contains("contains itself"));
  CHECK_THAT(fault_after([](Types& t) { t[0].size = 47; }), Contains("'p' beyond its end"));
  CHECK_THAT(fault_after([](Types& t) { t[0].fields[5].bit_offset = 0xfffffff8; }), Contains("'p' beyond its end"));
  CHECK_THAT(fault_after([](Types& t) { t[0].fields[0].bit_offset = 1; }), Contains("between two bytes"));
  CHECK_THAT(fault_after([](Types& t) { t[0].fields[3].bit_size = 9; }), Contains("of 9 bits"));
  CHECK_THAT(fault_after([](Types& t) { t[0].fields[5].bit_size = 3; }), Contains("of 3 bits"));
  CHECK_THAT(fault_after([](Types& t) { t[0].fields[0].name.clear(); }), Contains("without a name"));
  CHECK_THAT(fault_after([](Types& t) { t[2].count = 15; }), Contains("16 bytes but 15 elements of 1"));
  CHECK_THAT(fault_after([](Types& t) { t[2].count = 0x80000000; }), Contains("too many elements"));
  CHECK_THAT(fault_after([](Types& t) { t[1].size = 3; }), Contains("cannot have 3 bytes"));
  CHECK_THAT(fault_after([](Types& t) { t[1].size = 16; }), Contains("cannot have 16 bytes"));
  CHECK_THAT(fault_after([](Types& t) { t[3].size = 2; }), Contains("cannot have 2 bytes"));
  CHECK_THAT(fault_after([](Types& t) { t[0].size = largest_type + 1; }), Contains("too large"));
  CHECK_THAT(fault_after([](Types& t) { t[1].fields = t[6].fields; }), Contains("cannot have fields"));
  CHECK_THAT(fault_after([](Types& t) { t[8].element = 1; }), Contains("cannot have elements"));
  CHECK_THAT(fault_after([](Types& t) { t[1].values = t[4].values; }), Contains("cannot have enumerators"));
  CHECK_THAT(fault_after([](Types& t) { t[1].kind = Kind{77}; }), Contains("cannot have 4 bytes"));
}

TEST_CASE("validate throws what is wrong as a cache error") {
  auto schema = test::sample_schema();
  schema.types[6].fields[0].type = 0;
  try {
    validate(schema);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::cache);
    CHECK_THAT(error.cause(), Contains("contains itself"));
  }
}

TEST_CASE("nesting and the number of decoded values are bounded") {
  CHECK(fault(nested_arrays(deepest_type - 1, 1)) == "none");
  CHECK_THAT(fault(nested_arrays(deepest_type, 1)), Contains("nested too deep"));
  CHECK_THAT(fault(nested_arrays(100'000, 1)), Contains("nested too deep"));

  // Structs that hold the next one 1000 times in the same byte: few types, no end of values.
  Schema schema;
  for (std::uint32_t i = 1; i <= 20; ++i)
    schema.types.push_back(
        {.kind = Kind::union_, .size = 1, .fields = std::vector<Field>(1000, Field{"again", i, 0, 0})});
  schema.types.push_back({.kind = Kind::unsigned_integer, .size = 1});
  CHECK_THAT(fault(schema), Contains("too many values"));

  const Schema empties{{{.kind = Kind::array, .element = 1, .count = 1'000'000}, {.kind = Kind::structure}}};
  CHECK_THAT(fault(empties), Contains("elements of no size"));
}
