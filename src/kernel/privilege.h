// What this process may do, and which of the kernel's namespaces it is in.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sonda {

/// Those of capabilities(7) that matter here, by their numbers.
enum class Capability {
  chown = 0,
  dac_override = 1,
  dac_read_search = 2,
  net_admin = 12,
  net_raw = 13,
  sys_ptrace = 19,
  sys_admin = 21,
  sys_resource = 24,
  syslog = 34,
  perfmon = 38,
  bpf = 39,
  checkpoint_restore = 40
};

/// "CAP_BPF" etc.
std::string_view to_string(Capability capability) noexcept;

/// Whether this process has `capability` in effect. CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON, as in the kernel.
bool has_capability(Capability capability);

/// The set of effective capabilities, a bit for each number, that the text of /proc/PID/status tells; nothing if it
/// does not.
std::optional<std::uint64_t> parse_effective_capabilities(std::string_view status);

/// The set of this process's effective capabilities. Throws Error(Stage::kernel).
std::uint64_t effective_capabilities();

/// Takes from the calling thread all capabilities but those in `set`, for good; it gains none. False, with errno, if
/// the kernel refuses.
bool keep_capabilities(std::uint64_t set) noexcept;

/// Those of `needed` that the set `effective` lacks.
std::vector<Capability> missing_capabilities(std::uint64_t effective, const std::vector<Capability>& needed);

/// Whether this process is in a user namespace other than the machine's first.
bool in_user_namespace();

/// Whether this process is in the namespace of that kind that the machine began with; nothing if the kernel does not
/// tell.
std::optional<bool> in_first_user_namespace();
std::optional<bool> in_first_pid_namespace();
std::optional<bool> in_first_cgroup_namespace();

/// Throws Error(Stage::kernel) with Exit::cannot_run: one line that names what of `needed` is missing and how to get
/// it.
void require_capabilities(const std::vector<Capability>& needed);

/// The same for what loading and attaching programs needs, CAP_BPF and CAP_PERFMON; also says so in a user namespace,
/// where the capabilities that a process has do not count for BPF.
void require_bpf_privilege();

}  // namespace sonda
