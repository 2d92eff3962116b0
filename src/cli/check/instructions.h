// What can be told of a program by looking at its instructions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sonda/image.h"

namespace sonda::cli {

/// What the running kernel calls its helpers.
class HelperNames {
 public:
  /// From the kernel's BTF; helpers are known by number only where it has none.
  HelperNames();
  /// The helpers that the program calls ("map_lookup_elem"), each once, in the order of their numbers.
  std::vector<std::string> called(const ProgramSpec& program) const;

 private:
  std::map<int, std::string> names_;
};

}  // namespace sonda::cli
