// An image's key as bytes: unambiguous, so that keys can be stored, sent and hashed.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "image/bytes.h"
#include "sonda/image.h"

namespace sonda {

/// Appends the key; parse_key takes it back. Two keys give the same bytes only if they are equal.
void serialize_key(Writer& writer, const ImageKey& key);
/// Throws the reader's Error if the bytes are not a key.
ImageKey parse_key(Reader& reader);

/// 32 hexadecimal digits out of the key's bytes. Equal names do not prove equal keys: compare the keys too.
std::string hash_name(const ImageKey& key);
std::string hash_name(std::span<const std::byte> key);

}  // namespace sonda
