// What stands between the head and the checksum of an image file; and its key alone, so that keys can be stored, sent
// and hashed.
#pragma once

#include <cstddef>
#include <span>
#include <string>
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

/// Appends the key; parse_key takes it back. Two keys give the same bytes only if they are equal.
void serialize_key(Writer& writer, const ImageKey& key);
/// Throws the reader's Error if the bytes are not a key.
ImageKey parse_key(Reader& reader);

/// 32 hexadecimal digits out of the key's bytes. Equal names do not prove equal keys: compare the keys too.
std::string hash_name(const ImageKey& key);
std::string hash_name(std::span<const std::byte> key);

}  // namespace sonda
