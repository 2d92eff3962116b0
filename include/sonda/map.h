// A map in the kernel.
#pragma once

#include <utility>

#include "sonda/fd.h"
#include "sonda/image.h"

namespace sonda {

/// A map in the kernel. Owns its descriptor; the map lives until nothing holds it.
class Map {
 public:
  Map(MapSpec spec, UniqueFd fd) : spec_(std::move(spec)), fd_(std::move(fd)) {}
  const MapSpec& spec() const noexcept { return spec_; }
  /// Borrowed; valid as long as this object.
  int fd() const noexcept { return fd_.get(); }

 private:
  friend class LoadedImage;
  /// The same map as another image of the probe describes it; what the kernel was told of its size stays.
  void describe(MapSpec spec) {
    spec.max_entries = spec_.max_entries;
    spec_ = std::move(spec);
  }

  MapSpec spec_;
  UniqueFd fd_;
};

}  // namespace sonda
