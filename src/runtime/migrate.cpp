#include "runtime/migrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "read/map_types.h"
#include "read/place.h"
#include "runtime/map_change.h"
#include "sonda/error.h"

namespace sonda {
namespace {

bool is_copied(const MapSpec& spec) {
  return is_hash(spec.type) || is_array(spec.type) || spec.type == BPF_MAP_TYPE_LPM_TRIE;
}

std::string obstacle_between(const MapSpec& before, const MapSpec& after) {
  if (!is_copied(before) || !is_copied(after))
    return fmt::format("a {} has no entries to copy", map_type_name(is_copied(before) ? after.type : before.type));
  if (is_per_cpu(before.type) && !is_per_cpu(after.type)) return "the values of all CPUs do not make one";
  if (!have_in_common(before.key, after.key)) return "the keys have nothing in common";
  if (!have_in_common(before.value, after.value)) return "the values have nothing in common";
  return {};
}

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

Migration::Migration(const Map& before, const Map& after)
    : before_(before), after_(after), obstacle_(obstacle_between(before.spec(), after.spec())) {}

void Migration::copy(RenewedMap& told) {
  const Table from(before_), to(after_);
  const auto& entries = copied_.emplace(from.snapshot());
  const auto stride = value_stride(after_.spec());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto key = convert(entries.key_bytes(i), before_.spec().key, after_.spec().key);
    std::vector<std::byte> value(stride * value_count(after_.spec()));
    for (std::uint32_t cpu = 0; cpu < entries.cpus(); ++cpu) {
      const auto one = convert(entries.value_bytes(i, cpu), before_.spec().value, after_.spec().value);
      std::ranges::copy(one.bytes, value.begin() + static_cast<std::ptrdiff_t>(stride * cpu));
    }
    // Two keys may have become one: the first has its place, the other is counted.
    const bool taken = !is_array(after_.spec().type) && key.fits && to.find_bytes(key.bytes).has_value();
    if (!key.fits || taken) {
      ++told.left;
      continue;
    }
    try {
      to.update_bytes(key.bytes, value);
      ++told.copied;
    } catch (const Error&) {  // it is full, or an array without this index
      ++told.left;
    }
  }
  told.migrated = true;
}

void Migration::count_late(RenewedMap& told) const {
  if (!copied_) return;
  const auto& then = *copied_;
  const auto now = Table(before_).snapshot();
  std::unordered_map<std::string_view, std::size_t> known;
  for (std::size_t i = 0; i < then.size(); ++i) known.emplace(as_text(then.key_bytes(i)), i);
  std::size_t same = 0;
  for (std::size_t i = 0; i < now.size(); ++i) {
    const auto copied = known.find(as_text(now.key_bytes(i)));
    if (copied == known.end()) continue;
    bool equal = true;
    for (std::uint32_t cpu = 0; cpu < now.cpus(); ++cpu)
      equal = equal && std::ranges::equal(then.value_bytes(copied->second, cpu), now.value_bytes(i, cpu));
    if (equal) ++same;
  }
  told.late = std::max(now.size(), then.size()) - same;
}

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
