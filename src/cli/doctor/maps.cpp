// Kinds of maps, each created and let go.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "cli/doctor/check.h"
#include "cli/doctor/trial.h"
#include "kernel/libbpf.h"
#include "sonda/error.h"

namespace sonda::cli::doctor {
namespace {

constexpr std::uint32_t word = sizeof(std::uint32_t), wide = sizeof(std::uint64_t);

MapSpec map_of(std::uint32_t type, std::uint32_t key, std::uint32_t value, std::uint32_t entries,
               std::uint32_t flags = 0) {
  return {.name = "sonda_doctor",
          .type = type,
          .key_size = key,
          .value_size = value,
          .max_entries = entries,
          .flags = flags};
}

/// A map of maps needs another one that shows how the inner ones look.
Finding check_map_of_maps() {
  auto inner = map_of(BPF_MAP_TYPE_ARRAY, word, wide, 1), outer = map_of(BPF_MAP_TYPE_ARRAY_OF_MAPS, word, word, 1);
  inner.name = outer.inner = "sonda_inner";
  return create_maps_for_a_moment({inner, outer}, {});
}

/// Data that belongs to a task: the kernel wants to know its type.
Finding check_local_storage() {
  return tried({.since = "5.11", .options = {"CONFIG_DEBUG_INFO_BTF"}}, [] {
    const BtfPointer types(::btf__new_empty());
    const int key = ::btf__add_int(types.get(), "int", word, BTF_INT_SIGNED);
    const int value = ::btf__add_int(types.get(), "u64", wide, 0);
    Image image;
    image.maps = {map_of(BPF_MAP_TYPE_TASK_STORAGE, word, wide, 0, BPF_F_NO_PREALLOC)};
    image.maps[0].btf_key_type = static_cast<std::uint32_t>(key);
    image.maps[0].btf_value_type = static_cast<std::uint32_t>(value);
    std::uint32_t size = 0;
    const auto* bytes = static_cast<const std::byte*>(::btf__raw_data(types.get(), &size));
    image.btf.assign(bytes, bytes + size);
    const LoadedImage loaded(std::move(image));
    return ok();
  });
}

Finding check_batches() {
  return tried({.since = "5.6"}, [] {
    Image image;
    image.maps = {map_of(BPF_MAP_TYPE_HASH, word, wide, 2)};
    const LoadedImage loaded(std::move(image));
    const std::uint32_t keys[] = {1, 2};
    const std::uint64_t values[] = {1, 2};
    std::uint32_t count = 2;
    if (::bpf_map_update_batch(loaded.maps().front()->fd(), keys, values, &count, nullptr) != 0)
      throw system_error(Stage::read, "batch", "maps are read entry by entry, which is slower", errno);
    return ok();
  });
}

}  // namespace

std::vector<Check> map_checks() {
  const std::string section = "maps";
  const auto like = [](const MapSpec& spec, const KernelWish& wish) {
    return [=] { return create_maps_for_a_moment({spec}, wish); };
  };
  const auto page = static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE));
  constexpr std::uint32_t most_frames = 127, bloom_filter = 30;  // BPF_MAP_TYPE_BLOOM_FILTER
  const std::uint32_t prefix_key = wide;                         // a length and an IPv4 address
  std::vector<Check> checks{
      {"hash", section, "BPF_HASH", like(map_of(BPF_MAP_TYPE_HASH, word, wide, 1), {})},
      {"array", section, "BPF_ARRAY, BPF_HISTOGRAM", like(map_of(BPF_MAP_TYPE_ARRAY, word, wide, 1), {})},
      {"per-cpu", section, "BPF_PERCPU_HASH, BPF_PERCPU_ARRAY",
       like(map_of(BPF_MAP_TYPE_PERCPU_HASH, word, wide, 1), {})},
      {"lru", section, "BPF_TABLE(\"lru_hash\", ...)", like(map_of(BPF_MAP_TYPE_LRU_HASH, word, wide, 1), {})},
      {"ring-buffer", section, "BPF_RINGBUF_OUTPUT", like(map_of(BPF_MAP_TYPE_RINGBUF, 0, 0, page), {.since = "5.8"})},
      {"perf-buffer", section, "BPF_PERF_OUTPUT", like(map_of(BPF_MAP_TYPE_PERF_EVENT_ARRAY, word, word, 0), {})},
      {"stack-trace", section, "BPF_STACK_TRACE",
       like(map_of(BPF_MAP_TYPE_STACK_TRACE, word, wide * most_frames, 1), {.options = {"CONFIG_PERF_EVENTS"}})},
      {"queue", section, "BPF_QUEUE, BPF_STACK", like(map_of(BPF_MAP_TYPE_QUEUE, 0, wide, 1), {.since = "4.20"})},
      {"prefix-tree", section, "BPF_LPM_TRIE",
       like(map_of(BPF_MAP_TYPE_LPM_TRIE, prefix_key, wide, 1, BPF_F_NO_PREALLOC), {})},
      {"bloom-filter", section, "BPF_MAP_TYPE_BLOOM_FILTER",
       like(map_of(bloom_filter, 0, word, 16), {.since = "5.16"})},
      {"map-of-maps", section, "BPF_ARRAY_OF_MAPS, BPF_HASH_OF_MAPS", check_map_of_maps},
      {"task-storage", section, "data that belongs to a task", check_local_storage},
      {"batch", section, "many entries are read with one call", check_batches},
  };
  for (auto& check : checks) {
    check.wants = Wants::bpf;
    check.brief = true;
    check.needed = check.id == "hash" || check.id == "array" || check.id == "per-cpu" || check.id == "ring-buffer";
  }
  return checks;
}

}  // namespace sonda::cli::doctor
