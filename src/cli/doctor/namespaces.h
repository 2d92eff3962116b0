// Which of the kernel's namespaces this process is in, and what a privilege is worth there.
#pragma once

#include <optional>
#include <string>

#include "kernel/privilege.h"

namespace sonda::cli::doctor {

/// Whether this process is in the namespace of that kind that the machine began with; nothing if the kernel does not
/// tell.
std::optional<bool> in_first_user_namespace();
std::optional<bool> in_first_pid_namespace();
std::optional<bool> in_first_cgroup_namespace();

/// Whether this process has the capability, and it counts for the machine rather than for a user namespace.
bool counts(Capability capability);

/// How to get a privilege that is missing here.
std::string as_root();

}  // namespace sonda::cli::doctor
