#include "bcc/shared_maps.h"

#include <mutex>

#include "sonda/map_pool.h"

namespace sonda::bcc {
namespace {

/// One for the process, as BCC's Python wants it: it has no object that would hold several modules together.
struct Shared {
  std::mutex mutex;
  MapPool pool;
};

Shared& shared() {
  static Shared all;
  return all;
}

}  // namespace

std::vector<MapSpec> public_maps() {
  auto& all = shared();
  const std::lock_guard lock(all.mutex);
  return all.pool.specs();
}

LoadedImage::MapSource shared_map_source() {
  return [](const MapSpec& spec, const MakeMap& make) {
    auto& all = shared();
    const std::lock_guard lock(all.mutex);
    if (!spec.pin.empty()) return all.pool.pinned_at(spec.pin, spec, make);
    switch (spec.linkage) {
      case Linkage::imported:
        return all.pool.imported(spec);
      case Linkage::exported:
        return all.pool.shared(spec, make);
      case Linkage::own:
        break;
    }
    return make();
  };
}

}  // namespace sonda::bcc
