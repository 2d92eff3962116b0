// Maps that are shared, imported or pinned.
#include "sonda/map_pool.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "image/schema_from_btf.h"
#include "kernel/libbpf.h"
#include "read/map_types.h"
#include "sonda/error.h"

namespace sonda {
namespace {

/// What two maps must have in common to be used as one.
struct MapLayout {
  std::uint32_t type = 0, key_size = 0, value_size = 0;
  std::uint32_t max_entries = 0;  ///< 0: whatever the other has
  std::string key, value;         ///< as C would declare them; empty if nothing describes them
};

/// A schema without BTF is made up from the size, and says nothing that another could contradict.
MapLayout layout_of(const MapSpec& spec) {
  return {.type = spec.type,
          .key_size = spec.key_size,
          .value_size = spec.value_size,
          .max_entries = spec.max_entries,
          .key = spec.btf_key_type != 0 ? describe(spec.key) : std::string(),
          .value = spec.btf_value_type != 0 ? describe(spec.value) : std::string()};
}

/// Of a map in the kernel, with the types that it was described by when it was made.
MapLayout layout_of(const UniqueFd& map) {
  bpf_map_info info{};
  __u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(map.get(), &info, &size) != 0) return {};
  MapLayout layout{
      .type = info.type, .key_size = info.key_size, .value_size = info.value_size, .max_entries = info.max_entries};
  if (info.btf_id == 0) return layout;
  const BtfPointer types(btf__load_from_kernel_by_id(info.btf_id));
  if (!types) return layout;
  if (info.btf_key_type_id != 0) layout.key = describe(schema_from_btf(*types, info.btf_key_type_id));
  if (info.btf_value_type_id != 0) layout.value = describe(schema_from_btf(*types, info.btf_value_type_id));
  return layout;
}

bool same_declaration(const std::string& a, const std::string& b) { return a.empty() || b.empty() || a == b; }

bool same_size(const MapLayout& a, const MapLayout& b) {
  return a.max_entries == 0 || b.max_entries == 0 || a.max_entries == b.max_entries;
}

/// Declarations are compared where both have one.
bool operator==(const MapLayout& a, const MapLayout& b) {
  return a.type == b.type && a.key_size == b.key_size && a.value_size == b.value_size && same_size(a, b) &&
         same_declaration(a.key, b.key) && same_declaration(a.value, b.value);
}

std::string declared(const std::string& text, std::uint32_t size) {
  return text.empty() ? fmt::format("{} bytes", size) : text;
}

/// "hash of 1024: struct key_t { u32 pid; } -> u64".
std::string describe(const MapLayout& layout) {
  const char* type = libbpf_bpf_map_type_str(static_cast<bpf_map_type>(layout.type));
  const auto size = layout.max_entries == 0 ? "any size" : std::to_string(layout.max_entries);
  return fmt::format("{} of {}: {} -> {}", type != nullptr ? type : "map", size, declared(layout.key, layout.key_size),
                     declared(layout.value, layout.value_size));
}

UniqueFd duplicate(const UniqueFd& fd, const std::string& name) {
  UniqueFd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) throw system_error(Stage::load, name, "cannot share the map", errno);
  return copy;
}

void require_same(const MapSpec& wanted, const MapLayout& there, std::string_view which) {
  const auto ours = layout_of(wanted);
  if (ours == there) return;
  throw Error(Stage::load, wanted.name, fmt::format("the {} map of this name has another layout", which),
              which == "pinned" ? "give it another name, or remove the pinned one's file"
                                : "give it another name, or declare it alike in both files")
      .with_excerpt(fmt::format("  this one: {}\n  the other: {}", describe(ours), describe(there)));
}

/// Whether the kernel makes no such map, for want of a size: one that is pinned can be opened.
bool can_only_be_opened(const MapSpec& spec) {
  if (spec.max_entries != 0 || spec.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY) return false;
  return !is_local_storage(spec.type) || (spec.flags & BPF_F_NO_PREALLOC) == 0;
}

/// What is pinned there; none, with errno, if nothing is, or it cannot be opened. Throws if it is another map, or none.
UniqueFd open_pinned(const std::filesystem::path& file, const MapSpec& spec) {
  UniqueFd there(bpf_obj_get(file.c_str()));
  if (!there) return there;
  std::error_code unknown;
  const auto link = std::filesystem::path("/proc/self/fd") / std::to_string(there.get());
  if (const auto kind = std::filesystem::read_symlink(link, unknown); !unknown && kind != "anon_inode:bpf-map")
    throw Error(Stage::load, spec.name, fmt::format("what is pinned at {} is no map", file.string()),
                "name another file, or remove that one");
  require_same(spec, layout_of(there), "pinned");
  return there;
}

UniqueFd open_without_size(const std::filesystem::path& file, const MapSpec& spec) {
  auto there = open_pinned(file, spec);
  if (there) return there;
  if (errno != ENOENT) throw system_error(Stage::load, file.string(), "cannot open the pinned map", errno);
  throw Error(Stage::load, spec.name,
              fmt::format("its size is 0, which opens the map that is pinned at {}, and nothing is pinned there",
                          file.string()),
              "run first what pins it, or give it a size");
}

/// Makes the folder, for its owner alone, if it is not there. Throws if it is not in a BPF file system.
void require_bpf_folder(const std::filesystem::path& folder) {
  auto existing = folder;
  std::error_code none;
  while (!std::filesystem::exists(existing, none) && existing.has_parent_path() && existing != existing.parent_path())
    existing = existing.parent_path();
  struct statfs status{};
  if (::statfs(existing.c_str(), &status) != 0 || status.f_type != BPF_FS_MAGIC)
    throw Error(Stage::load, folder.string(), "maps can be pinned in a BPF file system only, and this is in none",
                "mount one: mount -t bpf bpf /sys/fs/bpf");
  std::error_code failed;
  const bool made = std::filesystem::create_directories(folder, failed);
  if (failed) throw system_error(Stage::load, folder.string(), "cannot make the folder", failed.value());
  if (made) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
}

}  // namespace

const UniqueFd* MapPool::find(const MapSpec& spec) const {
  const auto known = std::ranges::find(specs_, spec.name, &MapSpec::name);
  if (known == specs_.end()) return nullptr;
  require_same(spec, layout_of(*known), "shared");
  return &maps_[static_cast<std::size_t>(known - specs_.begin())];
}

UniqueFd MapPool::shared(const MapSpec& spec, const MakeMap& make) {
  if (const auto* there = find(spec)) return duplicate(*there, spec.name);
  auto made = make();
  maps_.push_back(duplicate(made, spec.name));
  specs_.push_back(spec);
  return made;
}

UniqueFd MapPool::imported(const MapSpec& spec) const {
  if (const auto* there = find(spec)) return duplicate(*there, spec.name);
  throw Error(Stage::load, spec.name,
              "the map is another file's, and none of the files before this one makes it public",
              fmt::format("name the file that has BPF_TABLE_PUBLIC(..., {}, ...) before this one", spec.name));
}

UniqueFd MapPool::pinned(const MapSpec& spec, const MakeMap& make) {
  if (pins_.empty()) return make();
  if (spec.name.empty() || spec.name.find('/') != spec.name.npos)
    throw Error(Stage::load, spec.name, "a map of this name cannot be pinned");
  return pinned_at(pins_ / spec.name, spec, make);
}

UniqueFd MapPool::pinned_at(const std::filesystem::path& file, const MapSpec& spec, const MakeMap& make) {
  if (can_only_be_opened(spec)) return open_without_size(file, spec);
  if (pins_.empty()) return make();
  require_bpf_folder(file.parent_path());
  if (auto there = open_pinned(file, spec)) return there;
  if (errno != ENOENT) throw system_error(Stage::load, file.string(), "cannot open the pinned map", errno);
  auto made = make();
  if (bpf_obj_pin(made.get(), file.c_str()) != 0)
    throw system_error(Stage::load, file.string(), "cannot pin the map", errno);
  made_pins_.push_back(file);
  return made;
}

void MapPool::undo_since(Mark mark) noexcept {
  specs_.erase(specs_.begin() + static_cast<std::ptrdiff_t>(mark.shared), specs_.end());
  maps_.erase(maps_.begin() + static_cast<std::ptrdiff_t>(mark.shared), maps_.end());
  for (; made_pins_.size() > mark.pinned; made_pins_.pop_back()) ::unlink(made_pins_.back().c_str());
}

}  // namespace sonda
