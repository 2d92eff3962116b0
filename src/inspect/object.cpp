#include "inspect/object.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>

#include "base/files.h"
#include "base/text.h"
#include "sonda/error.h"

namespace sonda {
namespace {

struct Kind {
  std::string_view name;
  int (*next)(std::uint32_t after, std::uint32_t* next);
  int (*open)(std::uint32_t id);
};

const Kind& kind_of(ObjectKind kind) noexcept {
  static constexpr std::array kinds{Kind{"program", ::bpf_prog_get_next_id, ::bpf_prog_get_fd_by_id},
                                    Kind{"map", ::bpf_map_get_next_id, ::bpf_map_get_fd_by_id},
                                    Kind{"link", ::bpf_link_get_next_id, ::bpf_link_get_fd_by_id}};
  return kinds.at(static_cast<std::size_t>(kind));
}

}  // namespace

std::string_view to_string(ObjectKind kind) noexcept { return kind_of(kind).name; }

std::vector<std::uint32_t> object_ids(ObjectKind kind) {
  std::vector<std::uint32_t> ids;
  std::uint32_t id = 0;
  int status = 0;
  while ((status = kind_of(kind).next(id, &id)) == 0) ids.push_back(id);
  if (status == -ENOENT || (status == -EINVAL && kind == ObjectKind::link)) return ids;
  throw system_error(Stage::kernel, fmt::format("BPF {}s", to_string(kind)), "listing them", -status);
}

UniqueFd open_object(ObjectKind kind, std::uint32_t id) {
  const int fd = kind_of(kind).open(id);
  if (fd >= 0) return UniqueFd(fd);
  // A link whose program is being detached is no more to be had, either.
  if (fd == -ENOENT || fd == -EAGAIN) return {};
  throw system_error(Stage::kernel, fmt::format("BPF {} {}", to_string(kind), id), "opening it", -fd);
}

bool ask_about(int fd, void* info, std::uint32_t size) { return ::bpf_obj_get_info_by_fd(fd, info, &size) == 0; }

std::optional<std::uint64_t> fdinfo_number(std::string_view text, std::string_view name) {
  for (const auto line : split_lines(text)) {
    if (!line.starts_with(name) || line.size() == name.size() || line[name.size()] != ':') continue;
    return parse_u64(trim(line.substr(name.size() + 1)));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> locked_memory(int fd) {
  return fdinfo_number(try_read_file(fmt::format("/proc/self/fdinfo/{}", fd)).value_or(""), "memlock");
}

}  // namespace sonda
