#include "runtime/migrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "read/map_types.h"
#include "runtime/convert.h"
#include "sonda/error.h"
#include "sonda/table.h"

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

}  // namespace

/// The entries as they were copied.
struct Migration::Copied {
  Snapshot entries;
};

Migration::Migration(const Map& before, const Map& after)
    : before_(before), after_(after), obstacle_(obstacle_between(before.spec(), after.spec())) {}
Migration::~Migration() = default;
Migration::Migration(Migration&&) noexcept = default;

void Migration::copy(RenewedMap& told) {
  const Table from(before_), to(after_);
  copied_ = std::make_unique<Copied>(from.snapshot());
  const auto& entries = copied_->entries;
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
  const auto& then = copied_->entries;
  const auto now = Table(before_).snapshot();
  const auto text = [](std::span<const std::byte> bytes) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  std::unordered_map<std::string_view, std::size_t> known;
  for (std::size_t i = 0; i < then.size(); ++i) known.emplace(text(then.key_bytes(i)), i);
  std::size_t same = 0;
  for (std::size_t i = 0; i < now.size(); ++i) {
    const auto copied = known.find(text(now.key_bytes(i)));
    if (copied == known.end()) continue;
    bool equal = true;
    for (std::uint32_t cpu = 0; cpu < now.cpus(); ++cpu)
      equal = equal && std::ranges::equal(then.value_bytes(copied->second, cpu), now.value_bytes(i, cpu));
    if (equal) ++same;
  }
  told.late = std::max(now.size(), then.size()) - same;
}

}  // namespace sonda
