// Inline functions of the kernel's headers, which BTF does not know: found by name in a file of such, and written
// again.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "headers/c_names.h"

namespace sonda {

/// The functions of one file: each begins with `static` and ends with its body's closing brace.
class FunctionLibrary {
 public:
  explicit FunctionLibrary(std::string text);
  FunctionLibrary(const FunctionLibrary&) = delete;  // the views point into its own text
  FunctionLibrary& operator=(const FunctionLibrary&) = delete;

  /// Those functions that `names` holds, and all that they call, each before its first use; without those in `defined`.
  std::vector<std::string_view> closure(const NameSet& names, const NameSet& defined) const;
  /// The whole function.
  std::string_view definition(std::string_view name) const { return functions_.at(name); }

 private:
  std::string text_;
  std::unordered_map<std::string_view, std::string_view> functions_;
};

}  // namespace sonda
