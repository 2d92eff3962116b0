// C++ structs against schemas.

#include "sonda/error.h"
#include "sonda/layout.h"
#include "support/catch.h"
#include "unit/image_samples.h"

using namespace sonda;
using sonda::test::Contains;

namespace demo {
struct Value {
  std::uint64_t ts;
  std::uint32_t cpu;
  std::uint32_t __pad1;
};
struct Shuffled {
  std::uint64_t ts;
  std::uint32_t other;
  std::uint32_t cpu;
};
struct Wide {
  std::uint64_t ts;
  std::uint64_t cpu;
};
struct Long {
  std::uint64_t ts;
  std::uint32_t cpu;
  std::uint32_t padding;
  std::uint64_t more;
};
struct OnlyTs {
  std::uint64_t ts;
  std::uint64_t padding;
};
}  // namespace demo

SONDA_LAYOUT(demo::Value, ts, cpu);
SONDA_LAYOUT(demo::Shuffled, ts, cpu);
SONDA_LAYOUT(demo::Wide, ts, cpu);
SONDA_LAYOUT(demo::Long, ts, cpu);
SONDA_LAYOUT(demo::OnlyTs, ts, padding);

namespace {

// struct value_t { u64 ts; u32 cpu; u32 _pad; }
Schema value_schema() {
  return {{{.kind = Kind::structure,
            .name = "struct value_t",
            .size = 16,
            .fields = {{"ts", 1, 0, 0}, {"cpu", 2, 64, 0}, {"_pad", 2, 96, 0}}},
           {.kind = Kind::unsigned_integer, .name = "u64", .size = 8},
           {.kind = Kind::unsigned_integer, .name = "u32", .size = 4}}};
}

template <class T>
std::string difference(const Schema& schema) {
  try {
    require_layout<T>(schema, "counts", "value");
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::read);
    CHECK(error.subject() == "counts");
    return error.cause();
  }
  return "none";
}

}  // namespace

TEST_CASE("a struct with the same fields may be bound") { CHECK(difference<demo::Value>(value_schema()) == "none"); }

TEST_CASE("each difference of a struct is named") {
  CHECK(difference<demo::Shuffled>(value_schema()) ==
        "value: field 'cpu' is u32 at 8 in the probe, 4 bytes at 12 in the program");
  CHECK(difference<demo::Wide>(value_schema()) ==
        "value: field 'cpu' is u32 at 8 in the probe, 8 bytes at 8 in the program");
  CHECK(difference<demo::Long>(value_schema()) == "value: struct value_t has 16 bytes in the probe, 24 in the program");

  auto more = value_schema();
  more.types[0].fields[2].name = "flags";
  CHECK(difference<demo::Value>(more) == "value: field 'flags' is u32 at 12 in the probe, missing in the program");
  auto fewer = value_schema();
  fewer.types[0].fields.erase(fewer.types[0].fields.begin() + 1);
  CHECK(difference<demo::Value>(fewer) == "value: field 'cpu' is not in the probe, 4 bytes at 8 in the program");
  auto bits = value_schema();
  bits.types[0].fields[1].bit_size = 5;
  CHECK_THAT(difference<demo::Value>(bits), Contains("'cpu' is a bit field (u32 : 5 at bit 64) in the probe"));
}

TEST_CASE("the hint shows the probe's declaration") {
  try {
    require_layout<demo::Wide>(value_schema(), "counts", "value");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.hint() == "the probe has: struct value_t { u64 ts; u32 cpu; u32 _pad; }");
  }
}

TEST_CASE("padding needs no partner, a bound field called padding neither") {
  auto schema = value_schema();
  schema.types[0].fields = {{"ts", 1, 0, 0}};
  CHECK(difference<demo::OnlyTs>(schema) == "none");
  schema = value_schema();
  schema.types[0].fields[2].name = "padded";
  CHECK_THAT(difference<demo::Value>(schema), Contains("'padded'"));
}

TEST_CASE("a field of an anonymous struct or union is bound by its own name") {
  auto schema = value_schema();
  schema.types.push_back({.kind = Kind::union_, .size = 8, .fields = {{"cpu", 2, 0, 0}, {"_pad0", 1, 0, 0}}});
  schema.types[0].fields = {{"ts", 1, 0, 0}, {"", 3, 64, 0}};
  CHECK(difference<demo::Value>(schema) == "none");
  // Another name for bytes that are bound already need not be bound too.
  schema.types[3].fields[1] = {"cpu_as_seen", 2, 0, 0};
  CHECK(difference<demo::Value>(schema) == "none");
  schema.types[3].fields[1] = {"whole", 1, 0, 0};
  CHECK_THAT(difference<demo::Value>(schema), Contains("'whole' is u64 at 8 in the probe, missing"));
}

TEST_CASE("numbers bind to what has their size and is no struct") {
  CHECK(difference<std::uint64_t>(plain_integer(8, "u64")) == "none");
  CHECK(difference<double>(plain_integer(8, "u64")) == "none");
  CHECK(difference<std::uint32_t>(plain_integer(8, "u64")) ==
        "value: u64 of 8 bytes in the probe, a number of 4 bytes in the program");
  CHECK(difference<std::uint64_t>(Schema{}) == "value: nothing in the probe, a number of 8 bytes in the program");

  Schema wrapped{{{.kind = Kind::structure, .name = "struct one", .size = 8, .fields = {{"n", 1, 0, 0}}},
                  {.kind = Kind::unsigned_integer, .name = "u64", .size = 8}}};
  CHECK(difference<std::uint64_t>(wrapped) ==
        "value: struct one of 8 bytes in the probe, a number of 8 bytes in the program");
  CHECK(difference<demo::Value>(plain_integer(8, "u64")) ==
        "value: u64 of 8 bytes in the probe, a struct of 16 bytes in the program");
  CHECK_THAT(difference<demo::Value>(plain_bytes(16)), Contains("bytes[16]"));
}
