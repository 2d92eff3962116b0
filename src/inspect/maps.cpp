#include "inspect/maps.h"

#include <linux/bpf.h>

#include <unordered_set>

#include "inspect/object.h"

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

}  // namespace

std::vector<ListedMap> MapList::read(bool refresh_memory) {
  std::vector<ListedMap> result;
  std::unordered_set<std::uint32_t> present;
  for (const auto id : object_ids(ObjectKind::map)) {
    auto found = known_.find(id);
    if (found == known_.end() || refresh_memory) {
      const auto fd = open_object(ObjectKind::map, id);
      bpf_map_info info{};
      if (!fd || !ask_about(fd.get(), info)) continue;
      found = known_.insert_or_assign(id, Known{facts_of(info), locked_memory(fd.get())}).first;
    }
    present.insert(id);
    result.push_back({&found->second.facts, found->second.memory});
  }
  std::erase_if(known_, [&](const auto& entry) { return !present.contains(entry.first); });
  return result;
}

}  // namespace sonda
