// What this process may do.
#include "kernel/privilege.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "sonda/error.h"

namespace sonda {
namespace {

bool holds(std::uint64_t set, Capability capability) { return (set >> static_cast<unsigned>(capability) & 1) != 0; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

Error missing(const std::vector<Capability>& capabilities) {
  std::vector<std::string> names;
  for (const auto capability : capabilities) names.emplace_back(to_string(capability));
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return Error(
             Stage::kernel, "privileges",
             fmt::format("{} {} missing: run it with sudo, or once: sudo setcap {}+ep {}", join(names, " and "),
                         names.size() == 1 ? "is" : "are", lower(join(names, ",")), error ? "FILE" : program.string()))
      .with_exit(Exit::cannot_run);
}

// PROC_USER_INIT_INO, PROC_PID_INIT_INO and PROC_CGROUP_INIT_INO of the kernel.
constexpr std::uint32_t first_user = 0xeffffffd, first_pid = 0xeffffffc, first_cgroup = 0xeffffffb;

std::optional<bool> in_namespace(const char* kind, std::uint32_t number) {
  std::error_code failed;
  const auto link = std::filesystem::read_symlink(fmt::format("/proc/self/ns/{}", kind), failed);
  if (failed) return std::nullopt;
  return link.string() == fmt::format("{}:[{}]", kind, number);
}

}  // namespace

std::string_view to_string(Capability capability) noexcept {
  static constexpr std::pair<Capability, std::string_view> names[] = {
      {Capability::chown, "CAP_CHOWN"},
      {Capability::dac_override, "CAP_DAC_OVERRIDE"},
      {Capability::dac_read_search, "CAP_DAC_READ_SEARCH"},
      {Capability::checkpoint_restore, "CAP_CHECKPOINT_RESTORE"},
      {Capability::net_admin, "CAP_NET_ADMIN"},
      {Capability::net_raw, "CAP_NET_RAW"},
      {Capability::sys_ptrace, "CAP_SYS_PTRACE"},
      {Capability::sys_admin, "CAP_SYS_ADMIN"},
      {Capability::sys_resource, "CAP_SYS_RESOURCE"},
      {Capability::syslog, "CAP_SYSLOG"},
      {Capability::perfmon, "CAP_PERFMON"},
      {Capability::bpf, "CAP_BPF"}};
  const auto* found = std::ranges::find(names, capability, &std::pair<Capability, std::string_view>::first);
  return found == std::end(names) ? "a capability" : found->second;
}

std::optional<std::uint64_t> parse_effective_capabilities(std::string_view status) {
  constexpr std::string_view field = "CapEff:";
  for (const auto line : split_lines(status)) {
    if (!line.starts_with(field)) continue;
    const auto digits = trim(line.substr(field.size()));
    std::uint64_t set = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), set, 16);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return set;
  }
  return std::nullopt;
}

std::uint64_t effective_capabilities() {
  const auto set = parse_effective_capabilities(read_file("/proc/self/status", Stage::kernel));
  if (!set) throw Error(Stage::kernel, "/proc/self/status", "does not tell the capabilities of this process");
  return *set;
}

bool keep_capabilities(std::uint64_t set) noexcept {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> halves{};
  if (::syscall(SYS_capget, &header, halves.data()) != 0) return false;
  for (auto& half : halves) {
    const auto mask = static_cast<std::uint32_t>(set);
    half = {.effective = half.effective & mask, .permitted = half.permitted & mask, .inheritable = 0};
    set >>= 32;
  }
  return ::syscall(SYS_capset, &header, halves.data()) == 0;
}

std::vector<Capability> missing_capabilities(std::uint64_t effective, const std::vector<Capability>& needed) {
  std::vector<Capability> result;
  for (const auto capability : needed) {
    const bool included =
        (capability == Capability::bpf || capability == Capability::perfmon) && holds(effective, Capability::sys_admin);
    if (!included && !holds(effective, capability)) result.push_back(capability);
  }
  return result;
}

bool has_capability(Capability capability) {
  return missing_capabilities(effective_capabilities(), {capability}).empty();
}

void require_capabilities(const std::vector<Capability>& needed) {
  const auto lacking = missing_capabilities(effective_capabilities(), needed);
  if (!lacking.empty()) throw missing(lacking);
}

// The first user namespace maps every user to itself.
bool in_user_namespace() {
  const auto map = try_read_file("/proc/self/uid_map");
  if (!map) return false;
  std::vector<std::string_view> fields;
  for (const auto part : split(trim(*map), ' '))
    if (!trim(part).empty()) fields.push_back(trim(part));
  return fields != std::vector<std::string_view>{"0", "0", "4294967295"};
}

std::optional<bool> in_first_user_namespace() { return in_namespace("user", first_user); }
std::optional<bool> in_first_pid_namespace() { return in_namespace("pid", first_pid); }
std::optional<bool> in_first_cgroup_namespace() { return in_namespace("cgroup", first_cgroup); }

void require_bpf_privilege() {
  require_capabilities({Capability::bpf, Capability::perfmon});
  if (in_user_namespace())
    throw Error(Stage::kernel, "privileges",
                "this process is in a user namespace, where the kernel refuses BPF: run it outside of the container")
        .with_exit(Exit::cannot_run);
}

}  // namespace sonda
