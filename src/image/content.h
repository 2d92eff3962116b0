// What stands between the head and the checksum of an image file.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "image/bytes.h"
#include "sonda/image.h"

namespace sonda {

/// No image has more instructions in all.
inline constexpr std::size_t most_instructions = 1'000'000;

void write_content(Writer& writer, const Image& image);
/// Throws the reader's Error unless everything in it is consistent.
Image read_content(Reader& reader);

/// Puts head and checksum around a content.
std::vector<std::byte> seal(std::span<const std::byte> content);

}  // namespace sonda
