// Scripts and values that BCC's Python hands over. Up to the first NUL it is a script, behind it a text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bcc/script_lines.h"
#include "bcc/value_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sonda;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(all.find('\0'), size);
  const auto script = all.substr(0, end), text = all.substr(std::min(end + 1, size));
  const auto lines = bcc::lines_in_script(text, script);
  bcc::with_script_lines(script, "t", lines);
  // struct { u32 a; char b[4]; union { u8 c; u64 d[2]; }; u64 e : 3, f : 60; }
  const Schema schema{
      .types = {{.kind = Kind::structure,
                 .size = 32,
                 .fields = {{"a", 1, 0, 0}, {"b", 2, 32, 0}, {"", 4, 64, 0}, {"e", 7, 192, 3}, {"f", 7, 195, 60}}},
                {.kind = Kind::unsigned_integer, .size = 4},
                {.kind = Kind::array, .size = 4, .element = 3, .count = 4},
                {.kind = Kind::character, .size = 1},
                {.kind = Kind::union_, .size = 16, .fields = {{"c", 5, 0, 0}, {"d", 6, 0, 0}}},
                {.kind = Kind::unsigned_integer, .size = 1},
                {.kind = Kind::array, .size = 16, .element = 7, .count = 2},
                {.kind = Kind::unsigned_integer, .size = 8}}};
  if (const auto value = bcc::parse_value_text(schema, text)) {
    // What is behind a NUL in a text is not written.
    const auto written = bcc::value_text(schema, *value);
    const auto again = bcc::parse_value_text(schema, written);
    if (!again || bcc::value_text(schema, *again) != written) __builtin_trap();
  }
  return 0;
}
