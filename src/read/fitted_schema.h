// Records that are shorter than their type, or that end in an array of as many elements as came.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sonda/schema.h"

namespace sonda {

/// Whether a record of `size` bytes is another than its type says: cut short, or with a flexible array at its end.
bool needs_fitting(const Schema& schema, std::size_t size);

struct FittedSchema {
  Schema schema;                     ///< of no more bytes than there are
  std::vector<std::string> missing;  ///< fields that did not come, "a" or "a.b"
};

/// The part of `schema` that `size` bytes hold: of arrays the elements that are there, of structs the fields.
FittedSchema fitted(const Schema& schema, std::size_t size);

}  // namespace sonda
