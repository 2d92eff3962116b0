// What a function in a C text takes, and what it speaks of, without a compiler.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonda {

/// A type as it is written: "struct file", "unsigned long", without qualifiers, its pointers counted.
struct WrittenType {
  std::string name;
  std::size_t pointers = 0;
  bool operator==(const WrittenType&) const = default;
};

struct FunctionSignature {
  std::vector<WrittenType> parameters;
  std::vector<std::string_view> body_names;  ///< each name in the body, as often as it is there; borrowed from the text
};

/// Of the definition of `function` in the text; nothing if there is none, as where a macro makes it.
std::optional<FunctionSignature> signature_of(std::string_view text, std::string_view function);

}  // namespace sonda
