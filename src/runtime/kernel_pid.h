// Process ids as programs in the kernel see them.
#pragma once

#include <sys/types.h>

#include <optional>

namespace sonda {

/// By what bpf_get_current_pid_tgid() knows the process or thread that is called `pid` here: in a PID namespace of its
/// own, as in a container, that is another number. Nothing if there is no such process, or if the kernel does not tell
/// (before Linux 6.1, or without iterators).
std::optional<pid_t> kernel_pid(pid_t pid);

}  // namespace sonda
