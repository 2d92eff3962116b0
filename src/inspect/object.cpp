#include "inspect/object.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>

#include "base/text.h"
#include "sonda/error.h"

namespace sonda {
namespace {

int next_id(ObjectKind kind, std::uint32_t after, std::uint32_t* next) {
  switch (kind) {
    case ObjectKind::program:
      return ::bpf_prog_get_next_id(after, next);
    case ObjectKind::map:
      return ::bpf_map_get_next_id(after, next);
    case ObjectKind::link:
      return ::bpf_link_get_next_id(after, next);
  }
  return -EINVAL;
}

int fd_by_id(ObjectKind kind, std::uint32_t id) {
  switch (kind) {
    case ObjectKind::program:
      return ::bpf_prog_get_fd_by_id(id);
    case ObjectKind::map:
      return ::bpf_map_get_fd_by_id(id);
    case ObjectKind::link:
      return ::bpf_link_get_fd_by_id(id);
  }
  return -EINVAL;
}

}  // namespace

std::string_view to_string(ObjectKind kind) noexcept {
  switch (kind) {
    case ObjectKind::program:
      return "program";
    case ObjectKind::map:
      return "map";
    case ObjectKind::link:
      return "link";
  }
  return "object";
}

std::vector<std::uint32_t> object_ids(ObjectKind kind) {
  std::vector<std::uint32_t> ids;
  std::uint32_t id = 0;
  int status = 0;
  while ((status = next_id(kind, id, &id)) == 0) ids.push_back(id);
  if (status == -ENOENT || (status == -EINVAL && kind == ObjectKind::link)) return ids;
  throw system_error(Stage::kernel, fmt::format("BPF {}s", to_string(kind)), "listing them", -status);
}

UniqueFd open_object(ObjectKind kind, std::uint32_t id) {
  const int fd = fd_by_id(kind, id);
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
  const UniqueFd file(::open(fmt::format("/proc/self/fdinfo/{}", fd).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::array<char, 1024> text{};
  const auto got = ::read(file.get(), text.data(), text.size());
  if (got <= 0) return std::nullopt;
  return fdinfo_number({text.data(), static_cast<std::size_t>(got)}, "memlock");
}

}  // namespace sonda
