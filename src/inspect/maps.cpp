#include "inspect/maps.h"

#include <linux/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <unordered_set>

#include "inspect/object.h"
#include "read/batch.h"
#include "read/map_types.h"
#include "read/map_window.h"
#include "sonda/error.h"

namespace sonda {
namespace {

MapFacts facts_of(const bpf_map_info& info) {
  return {.id = info.id,
          .type = info.type,
          .name = object_name(info.name),
          .key_size = info.key_size,
          .value_size = info.value_size,
          .max_entries = info.max_entries,
          .flags = info.map_flags,
          .btf = info.btf_id,
          .key_type = info.btf_key_type_id,
          .value_type = info.btf_value_type_id};
}

constexpr std::size_t most_counted = 16384;  // entries of one map at a time

/// The position at the beginning of a page of a ring buffer.
std::optional<std::uint64_t> position_at(int fd, std::size_t page) {
  const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const MapWindow window(fd, page * size, size);
  if (!window.mapped()) return std::nullopt;
  return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(window.bytes().data()), __ATOMIC_ACQUIRE);
}

/// Bytes that were written and not yet read. Where reading is up to stands on the first page, writing on the second.
Fill ring_fill(int fd, const MapFacts& map) {
  const auto read = position_at(fd, 0);
  const auto written = position_at(fd, 1);
  if (!read || !written || *written < *read) return {};
  return {std::min<std::uint64_t>(*written - *read, map.max_entries), Fill::Certainty::exact};
}

Fill walked_fill(const Map& map) {
  Entries entries(map.spec());
  entries.most = most_counted;
  if (!read_in_batches(map, Take::copy, entries)) read_key_by_key(map, entries);
  if (!entries.cut) return {entries.count, entries.complete ? Fill::Certainty::exact : Fill::Certainty::at_least};
  const auto buckets = std::bit_ceil(map.spec().max_entries);
  if (entries.buckets_seen == 0 || entries.buckets_seen > buckets) return {entries.count, Fill::Certainty::at_least};
  const auto share = static_cast<double>(entries.buckets_seen) / buckets;
  const auto estimate = static_cast<std::uint64_t>(static_cast<double>(entries.count) / share);
  return {std::min<std::uint64_t>(estimate, map.spec().max_entries), Fill::Certainty::about};
}

}  // namespace

std::vector<ListedMap> MapList::read(bool refresh_memory) {
  std::vector<ListedMap> result;
  const auto ids = object_ids(ObjectKind::map);
  for (const auto id : ids) {
    auto found = known_.find(id);
    if (found == known_.end() || refresh_memory) {
      const auto fd = open_object(ObjectKind::map, id);
      bpf_map_info info{};
      if (!fd || !ask_about(fd.get(), info)) continue;
      found = known_.insert_or_assign(id, Known{facts_of(info), locked_memory(fd.get())}).first;
    }
    result.push_back({&found->second.facts, found->second.memory});
  }
  std::erase_if(known_, [&](const auto& entry) { return !std::ranges::binary_search(ids, entry.first); });
  return result;
}

MapSpec spec_of(const MapFacts& map) {
  MapSpec spec;
  spec.name = map.name;
  spec.type = map.type;
  spec.key_size = map.key_size;
  spec.value_size = map.value_size;
  spec.max_entries = map.max_entries;
  spec.flags = map.flags;
  return spec;
}

std::optional<Fill> count_fill(const MapFacts& map) {
  if (is_array(map.type)) return Fill{map.max_entries, Fill::Certainty::exact};
  const bool is_ring = map.type == BPF_MAP_TYPE_RINGBUF;
  if (!is_ring && !is_readable(spec_of(map))) return Fill{};
  try {
    auto fd = open_object(ObjectKind::map, map.id);
    if (!fd) return std::nullopt;
    return is_ring ? ring_fill(fd.get(), map) : walked_fill(Map(spec_of(map), std::move(fd)));
  } catch (const Error&) {
    return Fill{};  // of this kind the kernel does not tell
  }
}

void FillCounter::refresh(const std::vector<ListedMap>& maps, Clock::duration budget, bool all) {
  std::unordered_set<std::uint32_t> present;
  std::vector<std::pair<Clock::time_point, const MapFacts*>> due;
  const auto begin = Clock::now();
  for (const auto& map : maps) {
    present.insert(map.facts->id);
    const auto known = known_.find(map.facts->id);
    if (known == known_.end() || known->second.due <= begin || all)
      due.emplace_back(known == known_.end() ? Clock::time_point{} : known->second.due, map.facts);
  }
  std::erase_if(known_, [&](const auto& entry) { return !present.contains(entry.first); });
  std::ranges::sort(due, {}, [](const auto& each) { return each.first; });
  for (const auto& [when, map] : due) {
    const auto start = Clock::now();
    if (!all && start - begin > budget) return;
    const auto fill = count_fill(*map);
    const auto end = Clock::now();
    known_.insert_or_assign(map->id, Known{fill.value_or(Fill{}), end, end + 100 * (end - start)});
  }
}

Fill FillCounter::find(std::uint32_t map) const {
  constexpr auto fresh = std::chrono::seconds(5);
  const auto known = known_.find(map);
  if (known == known_.end()) return {};
  auto fill = known->second.fill;
  if (fill.certainty == Fill::Certainty::exact && Clock::now() - known->second.counted > fresh)
    fill.certainty = Fill::Certainty::about;
  return fill;
}

}  // namespace sonda
