#include "runtime/carry_variables.h"

#include <algorithm>

#include "runtime/map_change.h"
#include "sonda/error.h"
#include "sonda/table.h"

namespace sonda {
namespace {

std::vector<std::byte> value_of(const Map& map) {
  constexpr std::uint32_t only = 0;
  auto bytes = Table(map).find_bytes(object_bytes(only));
  if (!bytes) throw Error(Stage::read, map.spec().name, "the probe's variables cannot be read");
  return std::move(*bytes);
}

const std::vector<Field>& variables_of(const MapSpec& spec) { return spec.value.types.front().fields; }

bool is_same(const MapSpec& before, const Field& was, const MapSpec& after, const Field& is) {
  return was.name == is.name &&
         schema_change(part_of(before.value, was.type), part_of(after.value, is.type), "").empty();
}

}  // namespace

CarriedVariables::CarriedVariables(const LoadedImage& before, const Map& after) : after_(after) {
  for (const auto& map : before.maps()) {
    if (map->spec().holds != Holds::variables) continue;
    for (const auto& was : variables_of(map->spec()))
      for (const auto& is : variables_of(after.spec()))
        if (is_same(map->spec(), was, after.spec(), is))
          places_.push_back({.from = map.get(),
                             .at = was.bit_offset / 8,
                             .to = is.bit_offset / 8,
                             .size = after.spec().value.types.at(is.type).size,
                             .copied = {}});
  }
}

void CarriedVariables::copy(RenewedMap& told) {
  auto value = value_of(after_);
  for (auto& place : places_) {
    const auto all = value_of(*place.from);
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(place.at);
    place.copied.assign(begin, begin + static_cast<std::ptrdiff_t>(place.size));
    std::ranges::copy(place.copied, value.begin() + static_cast<std::ptrdiff_t>(place.to));
  }
  constexpr std::uint32_t only = 0;
  Table(after_).update_bytes(object_bytes(only), value);
  told.migrated = true;
  told.copied = places_.size();
}

void CarriedVariables::count_late(RenewedMap& told) const {
  for (const auto& place : places_) {
    const auto all = value_of(*place.from);
    const auto now = std::span(all).subspan(place.at, place.size);
    if (!std::ranges::equal(now, place.copied)) ++told.late;
  }
}

}  // namespace sonda
