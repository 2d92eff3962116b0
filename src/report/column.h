// What a report is made of: columns, declared once, and cells. Header, rows, JSON keys and CSV names all come from
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sonda::report {

enum class Format : unsigned char { text, json, csv };

enum class Align : unsigned char { left, right };

/// A set of formats, for Column::in.
struct Formats {
  bool text = true, json = true, csv = true;
  constexpr bool has(Format format) const noexcept {
    return format == Format::text ? text : format == Format::json ? json : csv;
  }
};
inline constexpr Formats everywhere{};
inline constexpr Formats text_only{.text = true, .json = false, .csv = false};
inline constexpr Formats json_only{.text = false, .json = true, .csv = false};
inline constexpr Formats data_only{.text = false, .json = true, .csv = true};

struct Column {
  std::string header;     ///< as the text table shows it
  std::string key;        ///< the JSON key and the CSV name
  std::size_t width = 0;  ///< at least so many columns of the terminal; the last column is not padded
  Align align = Align::left;
  Formats in = everywhere;
  std::string unit{};  ///< of its numbers where they have none beside them, "ns"; CSV has it in the name
};

/// One cell. Text is untrusted bytes: each format makes it harmless in its own way. Nothing is "-" in a text table,
/// null in JSON, empty in CSV.
using Cell = std::variant<std::monostate, std::string, std::int64_t, std::uint64_t, double, bool>;

/// A row: one cell for each column, also for those that the format leaves out.
using Row = std::vector<Cell>;

/// Named values that are not a row, e.g. a total.
using Fields = std::vector<std::pair<std::string, Cell>>;

}  // namespace sonda::report
