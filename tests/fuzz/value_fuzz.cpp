// Keys, values and conditions of any text: bytes that print as what is typed again, or one error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "typed/condition.h"
#include "typed/parse_value.h"

namespace {

using namespace sonda;

Schema schema() {
  return {{{.kind = Kind::structure,
            .name = "struct all",
            .size = 48,
            .fields = {{"n", 1, 0, 0},
                       {"", 2, 32, 0},
                       {"t", 3, 64, 0},
                       {"b", 1, 128, 3},
                       {"f", 5, 192, 0},
                       {"e", 6, 256, 0},
                       {"l", 7, 288, 0},
                       {"o", 9, 320, 0}}},
           {.kind = Kind::signed_integer, .name = "int", .size = 4},
           {.kind = Kind::union_, .size = 4, .fields = {{"u", 1, 0, 0}, {"c", 4, 0, 0}}},
           {.kind = Kind::array, .size = 8, .element = 4, .count = 8},
           {.kind = Kind::character, .name = "char", .size = 1},
           {.kind = Kind::floating, .name = "double", .size = 8},
           {.kind = Kind::enumeration, .name = "enum e", .size = 4, .values = {{"A", 1}, {"B", -2}}, .is_signed = true},
           {.kind = Kind::array, .size = 4, .element = 8, .count = 2},
           {.kind = Kind::unsigned_integer, .name = "u16", .size = 2},
           {.kind = Kind::bytes, .size = 3}}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Schema all = schema();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool shown = size % 2 != 0;
  const TypedAs as{
      [&](std::string_view field) { return shown && field == "n" ? std::optional(Show::duration) : std::nullopt; },
      nullptr};
  try {
    const auto parsed = parse_value(text, all, as);
    const auto value = RecordView(parsed, all).value();
    const auto bytes = parse_value(to_typed_text(value), all);
    if (to_text(RecordView(bytes, all).value()) != to_text(value)) __builtin_trap();
  } catch (const Error& error) {
    if (error.cause().empty()) __builtin_trap();
  }
  try {
    const std::vector<std::byte> zero(all.size());
    static_cast<void>(Condition::parse(text, all, as).matches(RecordView(zero, all)));
  } catch (const Error& error) {
    if (error.cause().empty()) __builtin_trap();
  }
  return 0;
}
