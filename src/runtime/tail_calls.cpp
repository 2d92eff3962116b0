#include "runtime/tail_calls.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "runtime/create_map.h"
#include "runtime/guess_kind.h"
#include "sonda/error.h"

namespace sonda {
namespace {

bool uses(const Image& image, const ProgramSpec& program, std::string_view map) {
  return std::ranges::any_of(program.maps, [&](const auto& use) { return image.maps.at(use.map).name == map; });
}

/// What a program that jumps through `map` is loaded as; nothing if none of those that do is known yet.
const ProgramKind* kind_of_callers(const Kinds& kinds, const Image& image, std::string_view map) {
  for (const auto& [function, kind] : kinds)
    if (uses(image, image.program(function), map)) return &kind;
  return nullptr;
}

/// The program array. Throws if it is none, or if it has no such slot.
const Map& array_of(const LoadedImage& loaded, const TailCall& call) {
  const auto where = to_string(call.at);
  const auto& map = loaded.map(call.map);
  if (map.spec().type != BPF_MAP_TYPE_PROG_ARRAY)
    throw Error(Stage::load, where, fmt::format("{} is no program array", call.map),
                fmt::format("declare it with BPF_PROG_ARRAY({}, SIZE)", call.map));
  if (call.index >= map.spec().max_entries)
    throw Error(Stage::load, where,
                fmt::format("{} has no slot {}: it has {}", call.map, call.index, map.spec().max_entries));
  return map;
}

}  // namespace

void add_called_functions(Kinds& kinds, const Image& image, const std::vector<TailCall>& calls) {
  for (const auto& call : calls)
    if (!is_inner_map(image, call)) image.program(call.function);  // says which there are
  bool changed = true;
  while (changed) {
    changed = false;
    for (const auto& call : calls) {
      if (kinds.contains(call.function) || is_inner_map(image, call)) continue;
      const auto* kind = kind_of_callers(kinds, image, call.map);
      if (kind == nullptr) continue;
      kinds.emplace(call.function, *kind);
      changed = true;
    }
  }
  for (const auto& call : calls)
    if (!kinds.contains(call.function) && !is_inner_map(image, call))
      kinds.emplace(call.function, guess_kind(image, image.program(call.function)));
}

void fill_slot(const LoadedImage& loaded, const TailCall& call, const Program& program) {
  const auto where = to_string(call.at);
  const auto& map = array_of(loaded, call);
  const __u32 index = call.index;
  const __u32 fd = static_cast<__u32>(program.fd());
  if (bpf_map_update_elem(map.fd(), &index, &fd, BPF_ANY) == 0) return;
  if (errno == EINVAL)
    throw Error(Stage::load, where, fmt::format("{} cannot stand beside the others in {}", call.function, call.map),
                "all programs in a program array, and those that jump through it, must be of one type");
  throw system_error(Stage::load, where, "the kernel refuses the program in this slot", errno);
}

bool is_inner_map(const Image& image, const TailCall& call) {
  const auto map = std::ranges::find(image.maps, call.map, &MapSpec::name);
  return map != image.maps.end() && is_map_of_maps(*map);
}

void fill_with_map(const LoadedImage& loaded, const TailCall& call) {
  const auto& outer = loaded.map(call.map);
  const auto& inner = loaded.map(call.function);
  const __u32 index = call.index;
  const int fd = inner.fd();
  const auto where = to_string(call.at);
  if (outer.spec().key_size != sizeof index)
    throw Error(Stage::load, where, fmt::format("the keys of {} are no numbers of 4 bytes", call.map));
  if (bpf_map_update_elem(outer.fd(), &index, &fd, BPF_ANY) == 0) return;
  if (errno == EINVAL)
    throw Error(Stage::load, where, fmt::format("{} is not like the maps that {} holds", call.function, call.map),
                fmt::format("they must be like {}", outer.spec().inner));
  throw system_error(Stage::load, where, fmt::format("the kernel refuses {} in this slot", call.function), errno);
}

bool empty_slot(const LoadedImage& loaded, const TailCall& call) {
  const __u32 index = call.index;
  if (bpf_map_delete_elem(array_of(loaded, call).fd(), &index) == 0) return true;
  if (errno == ENOENT) return false;
  throw system_error(Stage::load, call.map, fmt::format("cannot empty slot {}", index), errno);
}

}  // namespace sonda
