// What of a map changed, in words, and its values by another layout.

#include "runtime/map_change.h"
#include "sonda/table.h"
#include "support/catch.h"

namespace sonda::test {
namespace {

Type number(std::uint32_t size, bool is_signed = false) {
  return {.kind = is_signed ? Kind::signed_integer : Kind::unsigned_integer,
          .name = (is_signed ? "s" : "u") + std::to_string(size * 8),
          .size = size};
}

/// A struct of such fields, one after the other without padding.
Schema record(const std::vector<std::pair<std::string, Type>>& fields) {
  Schema schema;
  schema.types.push_back({.kind = Kind::structure, .name = "struct record"});
  for (const auto& [name, type] : fields) {
    auto& all = schema.types.front();
    all.fields.push_back(
        {.name = name, .type = static_cast<std::uint32_t>(schema.types.size()), .bit_offset = all.size * 8});
    all.size += type.size;
    schema.types.push_back(type);
  }
  return schema;
}

Schema scalar(const Type& type) { return {{type}}; }

template <class To, class From>
To converted(From value, const Type& before, const Type& after, bool* fits = nullptr) {
  const auto result = convert(object_bytes(value), scalar(before), scalar(after));
  if (fits != nullptr) *fits = result.fits;
  return from_bytes<To>(result.bytes);
}

MapSpec map_of(std::uint32_t type, const Schema& key, const Schema& value, std::uint32_t entries = 64) {
  MapSpec spec;
  spec.type = type;
  spec.key = key;
  spec.value = value;
  spec.key_size = key.size();
  spec.value_size = value.size();
  spec.max_entries = entries;
  spec.btf_key_type = spec.btf_value_type = 1;
  return spec;
}

}  // namespace

TEST_CASE("a change of a map is told by field") {
  const auto key = record({{"pid", number(4)}, {"cpu", number(8)}});
  const auto count = scalar(number(8));
  const auto before = map_of(BPF_MAP_TYPE_HASH, key, count);
  const auto change = [&](const MapSpec& after) { return map_change(before, after); };
  CHECK(change(before).empty());
  CHECK(change(map_of(BPF_MAP_TYPE_HASH, record({{"pid", number(4)}, {"cpu", number(4)}}), count)) ==
        "key: field cpu u64 -> u32");
  CHECK(change(map_of(BPF_MAP_TYPE_HASH, record({{"pid", number(4)}}), count)) == "key: field cpu is gone");
  CHECK(change(map_of(BPF_MAP_TYPE_HASH, record({{"tid", number(4)}, {"cpu", number(8)}}), count)) ==
        "key: field pid is gone, field tid is new");
  CHECK(change(map_of(BPF_MAP_TYPE_HASH, record({{"cpu", number(8)}, {"pid", number(4)}}), count)) ==
        "key: fields have moved");
  CHECK(change(map_of(BPF_MAP_TYPE_HASH, key, scalar(number(8, true)))) == "value: u64 -> s64");
  CHECK(change(map_of(BPF_MAP_TYPE_LRU_HASH, key, count)) == "type hash -> lru_hash");
  CHECK(change(map_of(BPF_MAP_TYPE_HASH, key, count, 128)) == "max_entries 64 -> 128");
  // Another name for the same type is no change.
  auto renamed = key;
  renamed.types.front().name = "struct other";
  renamed.types[1].name = "unsigned int";
  CHECK(change(map_of(BPF_MAP_TYPE_HASH, renamed, count)).empty());
}

TEST_CASE("numbers keep their value, or become the nearest that fits") {
  bool fits = false;
  CHECK(converted<std::uint64_t>(std::uint32_t{7}, number(4), number(8), &fits) == 7);
  CHECK(fits);
  CHECK(converted<std::uint8_t>(std::uint32_t{300}, number(4), number(1), &fits) == 255);
  CHECK_FALSE(fits);
  CHECK(converted<std::int64_t>(std::int16_t{-3}, number(2, true), number(8, true), &fits) == -3);
  CHECK(fits);
  CHECK(converted<std::int8_t>(std::int32_t{-300}, number(4, true), number(1, true), &fits) == -128);
  CHECK_FALSE(fits);
  CHECK(converted<std::uint32_t>(std::int32_t{-1}, number(4, true), number(4), &fits) == 0);
  CHECK_FALSE(fits);
  CHECK(converted<std::int32_t>(std::uint32_t{0xffffffff}, number(4), number(4, true), &fits) == 0x7fffffff);
  CHECK_FALSE(fits);
  CHECK(converted<std::int64_t>(std::uint64_t{1} << 63, number(8), number(8, true), &fits) == INT64_MAX);
  CHECK_FALSE(fits);
}

TEST_CASE("fields go by their name, what is new is zero") {
  const auto before = record({{"a", number(4)}, {"b", number(2)}}),
             after = record({{"b", number(8)}, {"c", number(4)}});
  const std::vector<std::byte> bytes{std::byte{1}, std::byte{0}, std::byte{0},
                                     std::byte{0}, std::byte{5}, std::byte{1}};
  const auto result = convert(bytes, before, after);
  REQUIRE(result.bytes.size() == 12);
  CHECK(from_bytes<std::uint64_t>(result.bytes) == 261);
  CHECK(from_bytes<std::uint32_t>(std::span(result.bytes).subspan(8)) == 0);
  CHECK(result.fits);
  CHECK(have_in_common(before, after));
  CHECK_FALSE(have_in_common(before, record({{"c", number(4)}})));
  CHECK_FALSE(have_in_common(before, scalar(number(4))));
}

TEST_CASE("bit fields and texts are taken over, too") {
  auto before = record({{"flags", number(4)}}), after = record({{"flags", number(4)}});
  before.types.front().fields = {{.name = "low", .type = 1, .bit_offset = 0, .bit_size = 3},
                                 {.name = "high", .type = 1, .bit_offset = 3, .bit_size = 9}};
  after.types.front().fields = {{.name = "high", .type = 1, .bit_offset = 0, .bit_size = 5},
                                {.name = "low", .type = 1, .bit_offset = 20, .bit_size = 3}};
  const std::uint32_t bits = 6 | 17U << 3;
  const auto result = convert(object_bytes(bits), before, after);
  CHECK(from_bytes<std::uint32_t>(result.bytes) == (17 | 6U << 20));
  CHECK(schema_change(before, after, "value") == "value: field high has 9 bits -> 5");

  const Type character{.kind = Kind::character, .name = "char", .size = 1};
  const Schema long_text{{{.kind = Kind::array, .size = 8, .element = 1, .count = 8}, character}};
  const Schema short_text{{{.kind = Kind::array, .size = 4, .element = 1, .count = 4}, character}};
  const std::array<char, 8> text{"abcdefg"};
  const auto cut = convert(object_bytes(text), long_text, short_text);
  CHECK(std::string(reinterpret_cast<const char*>(cut.bytes.data())) == "abc");
  CHECK_FALSE(cut.fits);
}

}  // namespace sonda::test
