// What fields of a text's maps and events stand for, where that can be told.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sonda/image.h"

namespace sonda::cli {

/// `@show FIELD as KIND`.
struct FieldShow {
  std::string field, kind;
  bool operator==(const FieldShow&) const = default;
};

/// By how fields are called, how large they are and what the text puts into them; only kinds that leave no doubt.
/// `in_kernel`: all that the text attaches is the kernel's, and so are the addresses that it takes of registers.
std::vector<FieldShow> shows_of(const Image& image, std::string_view text, bool in_kernel);

}  // namespace sonda::cli
