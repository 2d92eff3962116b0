#include "compile/map_options.h"

#include <fmt/format.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <bit>

#include "sonda/error.h"

namespace sonda {

bool is_shared(const ProbeSource& source, const MapSpec& map) {
  const auto* option = source.map_option(map.name);
  return map.linkage != Linkage::own || (option != nullptr && option->shared);
}

bool is_pinned(const ProbeSource& source, const MapSpec& map) {
  const auto* option = source.map_option(map.name);
  return !map.pin.empty() || (option != nullptr && option->pinned);
}

std::uint32_t room_for_events(std::uint32_t size) {
  constexpr std::uint64_t events = 100'000, usual = 16U << 20, most = 64U << 20;
  const std::uint64_t each = (std::uint64_t{size} + 7) / 8 * 8 + BPF_RINGBUF_HDR_SZ;
  return static_cast<std::uint32_t>(
      std::min(most, std::max(std::bit_ceil(events * each), std::min(usual, std::bit_ceil(2 * events * each)))));
}

void apply_map_options(Image& image, const ProbeSource& source, const CompileOptions& options) {
  for (const auto& option : source.map_options()) {
    const auto found = std::find_if(image.maps.begin(), image.maps.end(),
                                    [&](const MapSpec& spec) { return spec.name == option.map; });
    if (found == image.maps.end())
      throw Error(Stage::source, to_string(option.at), fmt::format("@map: the probe has no map '{}'", option.map));
    if (option.max_entries) found->max_entries = *option.max_entries;
  }
  for (const auto& hidden : source.hidden_maps())
    if (std::ranges::find(image.maps, hidden.map, &MapSpec::name) == image.maps.end())
      throw Error(Stage::source, to_string(hidden.at), fmt::format("@hide: the probe has no map '{}'", hidden.map));
  const auto page = static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE));
  for (const auto& [name, pages] : options.ring_pages)
    for (auto& map : image.maps)
      if (map.name == name && map.type == BPF_MAP_TYPE_RINGBUF) map.max_entries = pages * page;
  if (!options.large_rings) return;
  for (auto& map : image.maps) {
    const auto is_given = [&](const auto& given) { return given.first == map.name; };
    if (map.type == BPF_MAP_TYPE_RINGBUF && !is_shared(source, map) && !is_pinned(source, map) &&
        std::ranges::none_of(options.ring_pages, is_given))
      map.max_entries = std::max(map.max_entries, room_for_events(map.event.size()));
  }
}

}  // namespace sonda
