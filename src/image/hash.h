// A hash against accidents, not against attackers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sonda {

/// FNV-1a, 64 bits. Another `seed` gives another hash of the same bytes.
constexpr std::uint64_t fnv1a(std::span<const std::byte> bytes, std::uint64_t seed = 0xcbf29ce484222325) {
  auto hash = seed;
  for (const auto byte : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
  return hash;
}

}  // namespace sonda
