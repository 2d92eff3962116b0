#include "present/probe_maps.h"

namespace sonda::present {

bool is_shared(const ProbeSource& source, const Image& image, const std::string& map) {
  const auto* option = source.map_option(map);
  return image.map(map).linkage != Linkage::own || (option != nullptr && option->shared);
}

bool is_pinned(const ProbeSource& source, const MapSpec& spec) {
  const auto* option = source.map_option(spec.name);
  return !spec.pin.empty() || (option != nullptr && option->pinned);
}

}  // namespace sonda::present
