// BPF programs, maps, links and type information of the whole machine, by the kernel's numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/fd.h"

namespace sonda {

enum class ObjectKind : std::uint8_t { program, map, link };

/// "program", "map", "link".
std::string_view to_string(ObjectKind kind) noexcept;

/// The numbers of all that there are now, ascending. Throws Error(Stage::kernel) if the kernel refuses; a kernel
/// without links (before 5.8) has none.
std::vector<std::uint32_t> object_ids(ObjectKind kind);

/// Empty if it is gone. The object lives as long as the descriptor does, so let go of it soon.
/// Throws Error(Stage::kernel) if the kernel refuses.
UniqueFd open_object(ObjectKind kind, std::uint32_t id);

/// What the kernel tells of the object at `fd` in `info`, a struct bpf_*_info whose pointers the caller has set. False
/// if it does not.
bool ask_about(int fd, void* info, std::uint32_t size);
template <class Info>
bool ask_about(int fd, Info& info) {
  return ask_about(fd, &info, sizeof info);
}

/// A name as the kernel keeps it: at most 15 bytes, perhaps without an end.
template <std::size_t size>
std::string object_name(const char (&bytes)[size]) {
  const std::string_view whole(bytes, size);
  return std::string(whole.substr(0, whole.find('\0')));
}

/// Kernel memory that our own descriptor of a program or map accounts for, in bytes ("memlock"); nothing if it does not
/// tell.
std::optional<std::uint64_t> locked_memory(int fd);

/// The number behind `NAME:` in the text of a file of /proc/PID/fdinfo.
std::optional<std::uint64_t> fdinfo_number(std::string_view text, std::string_view name);

}  // namespace sonda
