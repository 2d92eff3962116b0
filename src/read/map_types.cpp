#include "read/map_types.h"

#include <bpf/libbpf.h>

#include <algorithm>

#include "sonda/error.h"
#include "sonda/table.h"

namespace sonda {
namespace {

// Kinds of maps that are newer than Debian 12's headers.
constexpr std::uint32_t cgroup_local_storage = 32, arena = 33;

}  // namespace

std::string map_type_name(std::uint32_t type) {
  const char* name = libbpf_bpf_map_type_str(static_cast<bpf_map_type>(type));
  return name != nullptr ? name : "type " + std::to_string(type);
}

std::string kind_name(const MapSpec& spec) {
  switch (spec.holds) {
    case Holds::variables:
      return "variables";
    case Holds::constants:
      return "constants";
    case Holds::entries:
      break;
  }
  return map_type_name(spec.type);
}

bool is_hash(std::uint32_t type) {
  return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_PERCPU_HASH ||
         type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

bool can_be_full(std::uint32_t type) {
  return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_HASH_OF_MAPS ||
         type == BPF_MAP_TYPE_LPM_TRIE;
}

bool is_array(std::uint32_t type) { return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY; }

bool is_slots(std::uint32_t type) { return type == BPF_MAP_TYPE_PROG_ARRAY || type == BPF_MAP_TYPE_ARRAY_OF_MAPS; }

bool is_per_cpu(std::uint32_t type) {
  return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
         type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

bool is_buffer(const MapSpec& spec) {
  return spec.type == BPF_MAP_TYPE_RINGBUF || spec.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

bool has_entries(std::uint32_t type) {
  constexpr std::uint32_t without[] = {BPF_MAP_TYPE_UNSPEC,
                                       BPF_MAP_TYPE_PERF_EVENT_ARRAY,
                                       BPF_MAP_TYPE_CGROUP_ARRAY,
                                       BPF_MAP_TYPE_QUEUE,
                                       BPF_MAP_TYPE_STACK,
                                       BPF_MAP_TYPE_STRUCT_OPS,
                                       BPF_MAP_TYPE_RINGBUF,
                                       BPF_MAP_TYPE_USER_RINGBUF,
                                       BPF_MAP_TYPE_BLOOM_FILTER,
                                       cgroup_local_storage,
                                       arena};
  return !is_local_storage(type) && std::ranges::find(without, type) == std::end(without);
}

// Of sockets it tells the cookie, which takes 8 bytes; BCC's maps of sockets have room for 4.
bool is_readable(const MapSpec& spec) {
  const bool holds_sockets = spec.type == BPF_MAP_TYPE_SOCKMAP || spec.type == BPF_MAP_TYPE_SOCKHASH;
  if (holds_sockets && spec.value_size != sizeof(std::uint64_t)) return false;
  return has_entries(spec.type) && spec.type != BPF_MAP_TYPE_XSKMAP;
}

bool is_local_storage(std::uint32_t type) {
  return type == BPF_MAP_TYPE_SK_STORAGE || type == BPF_MAP_TYPE_INODE_STORAGE || type == BPF_MAP_TYPE_TASK_STORAGE;
}

std::size_t value_stride(const MapSpec& spec) {
  return is_per_cpu(spec.type) ? (std::size_t{spec.value_size} + 7) / 8 * 8 : spec.value_size;
}

std::uint32_t value_count(const MapSpec& spec) { return is_per_cpu(spec.type) ? possible_cpus() : 1; }

std::uint32_t possible_cpus() {
  const int count = libbpf_num_possible_cpus();
  if (count <= 0) throw system_error(Stage::read, "/sys/devices/system/cpu/possible", "counting CPUs", -count);
  return static_cast<std::uint32_t>(count);
}

}  // namespace sonda
