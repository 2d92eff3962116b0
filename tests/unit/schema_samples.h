// Types to make schemas of, and objects as the bytes that such a schema describes.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "sonda/schema.h"

namespace sonda::test {

using Bytes = std::vector<std::byte>;

inline Type integer(std::uint32_t size) { return {.kind = Kind::unsigned_integer, .name = "unsigned", .size = size}; }
inline Type signed_integer(std::uint32_t size) { return {.kind = Kind::signed_integer, .name = "int", .size = size}; }
inline Type character() { return {.kind = Kind::character, .name = "char", .size = 1}; }
inline Type array(std::uint32_t element, std::uint32_t count, std::uint32_t size) {
  return {.kind = Kind::array, .size = size, .element = element, .count = count};
}
inline Type structure(std::uint32_t size, std::vector<Field> fields, std::string name = "struct demo") {
  return {.kind = Kind::structure, .name = std::move(name), .size = size, .fields = std::move(fields)};
}

template <class T>
Bytes bytes_of(const T& object) {
  Bytes bytes(sizeof object);
  std::memcpy(bytes.data(), &object, sizeof object);
  return bytes;
}

}  // namespace sonda::test
