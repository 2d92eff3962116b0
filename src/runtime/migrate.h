// Entries of a map, and values of variables, taken over when the layout is another one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sonda/loaded_image.h"
#include "sonda/map.h"
#include "sonda/reload.h"
#include "sonda/table.h"

namespace sonda {

/// Copies from `before` to `after`, which is empty, what both have: fields by their name, numbers by their value. A
/// number that does not fit becomes the nearest that does; in a key, the entry is left out.
class Migration {
 public:
  /// Both are borrowed.
  Migration(const Map& before, const Map& after);

  /// Why nothing can be copied; empty if something can.
  const std::string& obstacle() const noexcept { return obstacle_; }
  /// Throws Error(Stage::read).
  void copy(RenewedMap& told);
  /// To be called when no program changes `before` any more: counts what changed since copy().
  void count_late(RenewedMap& told) const;

 private:
  const Map& before_;
  const Map& after_;
  std::string obstacle_;
  std::optional<Snapshot> copied_;  ///< the entries as they were then
};

/// Gives the variables of `after` the values that variables of the same name and type have in `before`, in whichever
/// section; the others keep what the edit gives them. Constants are the edit's.
class CarriedVariables {
 public:
  /// `after` is variables in the making. Both are borrowed.
  CarriedVariables(const LoadedImage& before, const Map& after);

  /// Copies; `told` learns how many variables there were to be found. Throws Error(Stage::read).
  void copy(RenewedMap& told);
  /// To be called when no program changes `before` any more: counts the variables that changed since copy().
  void count_late(RenewedMap& told) const;

 private:
  struct Place {
    const Map* from;
    std::size_t at, to, size;  ///< bytes
    std::vector<std::byte> copied;
  };

  const Map& after_;
  std::vector<Place> places_;
};

}  // namespace sonda
