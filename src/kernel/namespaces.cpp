#include "kernel/namespaces.h"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>

namespace sonda {
namespace {

// PROC_USER_INIT_INO, PROC_PID_INIT_INO and PROC_CGROUP_INIT_INO of the kernel.
constexpr std::uint32_t first_user = 0xeffffffd, first_pid = 0xeffffffc, first_cgroup = 0xeffffffb;

std::optional<bool> in_namespace(const char* kind, std::uint32_t number) {
  std::error_code failed;
  const auto link = std::filesystem::read_symlink(fmt::format("/proc/self/ns/{}", kind), failed);
  if (failed) return std::nullopt;
  return link.string() == fmt::format("{}:[{}]", kind, number);
}

}  // namespace

std::optional<bool> in_first_user_namespace() { return in_namespace("user", first_user); }
std::optional<bool> in_first_pid_namespace() { return in_namespace("pid", first_pid); }
std::optional<bool> in_first_cgroup_namespace() { return in_namespace("cgroup", first_cgroup); }

}  // namespace sonda
