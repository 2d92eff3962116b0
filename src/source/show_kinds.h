// What there is to know of each kind of `@show`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/probe_source.h"

namespace sonda {

struct ShowKind {
  std::string_view word;   ///< as `@show` spells it
  std::string_view takes;  ///< what it is for
  std::uint8_t width;      ///< columns of the terminal that such values take most of the time
  std::string_view unit;   ///< "ns" or "bytes": of the numbers that JSON and CSV have
  std::string_view label;  ///< of an amount: the unit of the field itself, for a histogram: "usecs"
  std::uint64_t factor;    ///< of an amount: how many `unit` are one of the field's; 0 for all others
  bool has_names;          ///< whether numbers go by names: see name_of() in read/show.h
};

/// Lives as long as the program.
const ShowKind& kind_of(Show as) noexcept;

/// All words, in the order of Show.
std::vector<std::string> show_words();

}  // namespace sonda
