#include "runtime/create_map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <system_error>

#include "read/map_types.h"

namespace sonda {
namespace {

// Beyond this the C enumeration of types has no values, in any kernel so far.
constexpr std::uint32_t type_limit = 64;

bool is_ring_buffer(const MapSpec& spec) { return spec.type == BPF_MAP_TYPE_RINGBUF; }

/// Types whose values the kernel itself takes apart: they cannot do without a description.
bool needs_btf(const MapSpec& spec) { return is_local_storage(spec.type) || spec.type == BPF_MAP_TYPE_STRUCT_OPS; }

void check_ring_buffer(const MapSpec& spec) {
  const auto page = static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE));
  if (std::has_single_bit(spec.max_entries) && spec.max_entries % page == 0) return;
  const auto next = std::max(page, spec.max_entries > 1U << 30 ? 1U << 31 : std::bit_ceil(spec.max_entries));
  throw Error(
      Stage::load, spec.name,
      fmt::format("a ring buffer of {} bytes is not possible: its size must be a power of two and a multiple of "
                  "the page size, {}",
                  spec.max_entries, page),
      fmt::format("the next possible size is {} bytes", next));
}

/// A large array is read in an instant through a mapping; programs do with it as with any other.
std::uint32_t mapped_if_large(const MapSpec& spec) {
  constexpr std::uint32_t large = 1U << 16;
  const bool mapped = spec.type == BPF_MAP_TYPE_ARRAY && spec.max_entries >= large && spec.holds == Holds::entries;
  return mapped ? static_cast<std::uint32_t>(BPF_F_MMAPABLE) : 0U;
}

int try_create(const MapSpec& spec, int btf_fd, int inner_fd, std::uint32_t more_flags = 0) {
  bpf_map_create_opts options{};
  options.sz = sizeof options;
  options.map_flags = spec.flags | more_flags;
  if (inner_fd >= 0) options.inner_map_fd = static_cast<__u32>(inner_fd);
  if (btf_fd >= 0) {
    options.btf_fd = static_cast<__u32>(btf_fd);
    options.btf_key_type_id = spec.btf_key_type;
    options.btf_value_type_id = spec.btf_value_type;
  }
  // A ring buffer's value is what its events are, not what the map holds.
  const bool sizeless = is_ring_buffer(spec);
  return bpf_map_create(static_cast<bpf_map_type>(spec.type), kernel_name(spec.name).c_str(),
                        sizeless ? 0 : spec.key_size, sizeless ? 0 : spec.value_size, spec.max_entries, &options);
}

std::string figures(const MapSpec& spec) {
  std::string text = fmt::format("{}, key {} bytes, value {} bytes, {} entries", map_type_name(spec.type),
                                 spec.key_size, spec.value_size, spec.max_entries);
  if (spec.flags != 0) text += fmt::format(", flags 0x{:x}", spec.flags);
  return text;
}

/// Which figure of a map the kernel does not take: the one with another in whose place it would take it. Empty if it is
/// not one alone.
std::string refused_figure(const MapSpec& spec, int inner_fd) {
  const auto takes = [&](std::uint32_t MapSpec::* figure, std::initializer_list<std::uint32_t> others) {
    return std::ranges::any_of(others, [&](std::uint32_t other) {
      auto changed = spec;
      changed.*figure = other;
      return spec.*figure != other && UniqueFd(try_create(changed, -1, inner_fd));
    });
  };
  if (takes(&MapSpec::max_entries, {1, 0})) return fmt::format("{} entries", spec.max_entries);
  if (takes(&MapSpec::value_size, {8, 4, 0})) return fmt::format("values of {} bytes", spec.value_size);
  if (takes(&MapSpec::key_size, {4, 8, 0})) return fmt::format("keys of {} bytes", spec.key_size);
  if (takes(&MapSpec::flags, {0})) return fmt::format("the flags 0x{:x}", spec.flags);
  return {};
}

Error no_such_type(const MapSpec& spec) {
  return Error(Stage::load, spec.name, fmt::format("this kernel has no such maps: {}", map_type_name(spec.type)),
               "use another type of map, or a newer kernel")
      .with_exit(Exit::cannot_run);
}

Error refused(const MapSpec& spec, int error, int inner_fd) {
  const auto what = figures(spec);
  if (error == EPERM || error == EACCES) return missing_privilege(spec.name);
  if (is_about_the_moment(error)) return system_error(Stage::load, spec.name, "cannot make the map", error);
  const int known = libbpf_probe_bpf_map_type(static_cast<bpf_map_type>(spec.type), nullptr);
  if (known == 0 || known == -EOPNOTSUPP) return no_such_type(spec);
  const auto figure = refused_figure(spec, inner_fd);
  const auto which = figure.empty() ? std::string() : fmt::format(", because of {}", figure);
  switch (error) {
    case ENOMEM:
      return Error(Stage::load, spec.name, fmt::format("the kernel has no memory for this map ({}){}", what, which),
                   "give it fewer entries: // @map NAME max_entries=N");
    case E2BIG:
      return Error(Stage::load, spec.name, fmt::format("the map is larger than the kernel allows ({}){}", what, which),
                   "give it fewer entries, or smaller keys and values");
    case EINVAL:
      return Error(Stage::load, spec.name,
                   fmt::format("the kernel does not take these figures for a map ({}){}", what, which),
                   spec.max_entries == 0 ? "it needs at least one entry" : "compare sizes and flags with its type");
    default:
      return Error(
          Stage::load, spec.name,
          fmt::format("the kernel refuses this map ({}){}: {}", what, which, std::generic_category().message(error)));
  }
}

/// Gives variables and constants their first value.
void fill(const MapSpec& spec, int fd) {
  const std::uint32_t key = 0;
  if (bpf_map_update_elem(fd, &key, spec.initial.data(), BPF_ANY) != 0)
    throw system_error(Stage::load, spec.name, "cannot give the probe's variables their first values", errno);
  if (spec.holds == Holds::constants && bpf_map_freeze(fd) != 0)
    throw system_error(Stage::load, spec.name, "cannot make the probe's constants constant", errno);
}

}  // namespace

std::string kernel_name(std::string_view name) {
  std::string result(name.substr(0, BPF_OBJ_NAME_LEN - 1));
  const auto is_valid = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  std::replace_if(result.begin(), result.end(), [&](char c) { return !is_valid(c); }, '_');
  return result;
}

bool is_map_of_maps(const MapSpec& spec) {
  return spec.type == BPF_MAP_TYPE_ARRAY_OF_MAPS || spec.type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

Error missing_privilege(std::string subject) {
  return Error(Stage::load, std::move(subject),
               "the kernel does not let this user load BPF: CAP_BPF and CAP_PERFMON are missing",
               "run it as root (sudo); before Linux 5.8 CAP_SYS_ADMIN is needed, and before 5.11 a limit of locked "
               "memory that is high enough (ulimit -l)")
      .with_exit(Exit::cannot_run);
}

UniqueFd create_map(MapSpec& spec, int btf_fd, int inner_fd) {
  if (spec.type >= type_limit) throw no_such_type(spec);
  if (is_ring_buffer(spec)) check_ring_buffer(spec);
  if (spec.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY && spec.max_entries == 0)
    spec.max_entries = static_cast<std::uint32_t>(std::max(1, libbpf_num_possible_cpus()));

  const bool describes = btf_fd >= 0 && (spec.btf_key_type != 0 || spec.btf_value_type != 0) && !is_ring_buffer(spec);
  if (needs_btf(spec) && !describes)
    throw Error(Stage::load, spec.name,
                fmt::format("such a map ({}) needs type information that this kernel takes", map_type_name(spec.type)),
                "the kernel must be built with CONFIG_DEBUG_INFO_BTF");
  int fd = try_create(spec, describes ? btf_fd : -1, inner_fd, mapped_if_large(spec));
  if (fd < 0 && mapped_if_large(spec) != 0) fd = try_create(spec, describes ? btf_fd : -1, inner_fd);
  // Many types of maps take no description of their entries, which types depends on the kernel.
  if (fd < 0 && describes && !needs_btf(spec)) fd = try_create(spec, -1, inner_fd);
  if (fd < 0) throw refused(spec, -fd, inner_fd);
  UniqueFd map(fd);
  if (spec.holds != Holds::entries) fill(spec, map.get());
  return map;
}

}  // namespace sonda
