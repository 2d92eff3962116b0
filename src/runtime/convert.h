// A value written anew by another layout.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "sonda/schema.h"

namespace sonda {

struct Converted {
  std::vector<std::byte> bytes;  ///< of the new layout; what the old one does not have is zero
  bool fits = true;              ///< false: a number or an array was cut to what there is room for
};

/// Fields of structs go by their name, numbers by their value (the nearest one that fits), arrays by their index.
/// `bytes` holds a value of the layout `before`. Where kinds differ (a number and a struct), nothing is taken over.
Converted convert(std::span<const std::byte> bytes, const Schema& before, const Schema& after);

/// Whether convert() takes anything over.
bool have_in_common(const Schema& before, const Schema& after);

}  // namespace sonda
