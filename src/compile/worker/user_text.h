// The user's text beside what the compiler was given.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compile/line_map.h"

namespace sonda {

/// The texts are borrowed.
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
