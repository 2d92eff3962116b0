// Entries of a map taken over into another one whose layout differs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sonda/map.h"
#include "sonda/reload.h"

namespace sonda {

/// Copies from `before` to `after`, which is empty, what both have: fields by their name, numbers by their value. A
/// number that does not fit becomes the nearest that does; in a key, the entry is left out.
class Migration {
 public:
  /// Both are borrowed.
  Migration(const Map& before, const Map& after);
  ~Migration();
  Migration(Migration&&) noexcept;
  Migration& operator=(Migration&&) = delete;

  /// Why nothing can be copied; empty if something can.
  const std::string& obstacle() const noexcept { return obstacle_; }
  /// Throws Error(Stage::read).
  void copy(RenewedMap& told);
  /// To be called when no program changes `before` any more: counts what changed since copy().
  void count_late(RenewedMap& told) const;

 private:
  struct Copied;
  const Map& before_;
  const Map& after_;
  std::string obstacle_;
  std::unique_ptr<Copied> copied_;
};

}  // namespace sonda
