// Text turned into the bytes of a key or a value: the inverse of to_text() and, for fields with an `@show`, of show().
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "read/show.h"
#include "sonda/record.h"
#include "sonda/schema.h"
#include "typed/text_cursor.h"

namespace sonda {

/// How the fields of a record are shown, and so typed.
struct TypedAs {
  /// By the name of a field, or "" for a record that is no struct; empty: as they are.
  std::function<std::optional<Show>(std::string_view field)> shown;
  ShowResources* resources = nullptr;  ///< where the kernel's functions and the time of day are looked up; borrowed
};

/// The bytes that `text` stands for. Blanks around it do not count.
///
/// Numbers are decimal or begin with 0x, 0o or 0b; enumerators go by name or number. Text is bare or in quotes, with
/// the escapes that are printed; bare inside braces it ends at a comma or a closing brace. A struct is {a=1, b=2}, {1,
/// 2} in the order of its fields, or, where it is not inside another, its fields parted by blanks, as columns show
/// them; what is not named is zero. An array is [1, 2]; what is missing is zero. What an `@show` prints is read back:
/// addresses, "12.3 us", "1.2 MiB", a time of day (the last one), a function of the kernel; or else the plain number,
/// but for addresses.
///
/// Throws Error(Stage::usage) which says what was expected, with a caret at the place.
std::vector<std::byte> parse_value(std::string_view text, const Schema& schema, const TypedAs& as = {});
/// The same for what begins at `cursor`, which is moved behind it: bare text ends at a blank there.
std::vector<std::byte> parse_value(TextCursor& cursor, const Schema& schema, const TypedAs& as = {});

/// The same for all that is left behind the cursor, blanks around it apart.
std::vector<std::byte> parse_value_alone(TextCursor& cursor, const Schema& schema, const TypedAs& as = {});

/// The same for an element of a list: bare text ends at a comma or a closing bracket.
std::vector<std::byte> parse_value_in_brackets(TextCursor& cursor, const Schema& schema, const TypedAs& as = {});

/// The values of `cpus` CPUs, each on `stride` bytes: one that is written for all, or a list of them, [1, 2]. Of a
/// value that is a list itself, and in general, a list for CPUs can be written cpus[..., ...].
std::vector<std::byte> parse_cpu_values(std::string_view text, const Schema& schema, std::uint32_t cpus,
                                        std::size_t stride, const TypedAs& as = {});
std::vector<std::byte> parse_cpu_values(TextCursor& cursor, const Schema& schema, std::uint32_t cpus,
                                        std::size_t stride, const TypedAs& as = {});

/// The value so that parse_value() reads back the same: to_text(), with quotes where text would be taken apart.
std::string to_typed_text(const Value& value);

}  // namespace sonda
