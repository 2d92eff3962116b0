// The values of a probe's variables, taken over when its edit has others beside them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sonda/loaded_image.h"
#include "sonda/map.h"
#include "sonda/reload.h"

namespace sonda {

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
