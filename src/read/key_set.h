// The keys that a walk has seen, as indices into the flat memory that holds them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "read/place.h"

namespace sonda {

/// A hash set with four bytes for a slot: a million keys cost 8 MB beyond their own memory.
class KeySet {
 public:
  explicit KeySet(std::size_t key_size) : key_size_(key_size), slots_(64) {}

  /// Whether `key` is among those that were added. `keys` is the flat memory that add() was told about.
  bool contains(std::span<const std::byte> key, const std::vector<std::byte>& keys) const {
    return slots_[slot_of(key, keys)] != 0;
  }

  /// Adds the key at `index` of `keys`; it must not be there yet.
  void add(std::size_t index, const std::vector<std::byte>& keys) {
    if (++used_ * 2 > slots_.size()) grow(keys);
    slots_[slot_of(key_at(index, keys), keys)] = static_cast<std::uint32_t>(index + 1);
  }

 private:
  std::span<const std::byte> key_at(std::size_t index, const std::vector<std::byte>& keys) const {
    return std::span(keys).subspan(index * key_size_, key_size_);
  }

  std::size_t slot_of(std::span<const std::byte> key, const std::vector<std::byte>& keys) const {
    const auto mask = slots_.size() - 1;
    auto slot = std::hash<std::string_view>{}(as_text(key))&mask;
    while (slots_[slot] != 0 && as_text(key_at(slots_[slot] - 1, keys)) != as_text(key)) slot = (slot + 1) & mask;
    return slot;
  }

  void grow(const std::vector<std::byte>& keys) {
    std::vector<std::uint32_t> old(slots_.size() * 2);
    old.swap(slots_);
    for (const auto entry : old)
      if (entry != 0) slots_[slot_of(key_at(entry - 1, keys), keys)] = entry;
  }

  std::size_t key_size_, used_ = 0;
  std::vector<std::uint32_t> slots_;  // index + 1; 0: free
};

}  // namespace sonda
