// The user's text beside what the compiler was given: which line or place of the one came from which of the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sonda {

/// BCC rewrites a probe before it compiles it: it puts lines before functions and after their opening braces, and
/// changes lines that use maps. For each line of `rewritten` (index 0 is line 1) gives the line of `original` that it
/// came from, counted from 1: lines that are the same in both are anchors, those between them are matched from the end.
std::vector<std::uint32_t> map_lines(std::string_view original, std::string_view rewritten);

/// A place in a text: line and byte in it, both from 1; 0 where that is not known.
struct TextPlace {
  std::uint32_t line = 0, column = 0;
  bool operator==(const TextPlace&) const = default;
};

/// Where the word at a place of `rewritten` stands in `original`; for one that BCC wrote, where the words begin that it
/// replaced. Never a place behind the end of a line.
TextPlace original_place(std::string_view original, std::string_view rewritten, TextPlace place);

/// The two texts of one probe, which are borrowed.
class UserText {
 public:
  /// `rewritten` is what BCC made of `source`, the text of the probe called `name`.
  UserText(std::string name, std::string_view source, std::string_view rewritten);

  const std::string& name() const noexcept { return name_; }
  /// Where a place of the compiler's text stands in the user's. A column means something only where BCC left the line
  /// as it was; else it is 0. Nothing known gives line 0.
  TextPlace written(TextPlace compiled) const;
  /// A line, from 1; empty if there is no such line.
  std::string_view line(std::uint32_t number) const;

 private:
  std::string name_;
  std::vector<std::uint32_t> lines_;
  std::vector<std::string_view> source_, rewritten_;
};

}  // namespace sonda
