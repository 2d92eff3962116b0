// Which of the kernel's namespaces this process is in.
#pragma once

#include <optional>

namespace sonda {

/// Whether this process is in the namespace of that kind that the machine began with; nothing if the kernel does not
/// tell.
std::optional<bool> in_first_user_namespace();
std::optional<bool> in_first_pid_namespace();
std::optional<bool> in_first_cgroup_namespace();

}  // namespace sonda
