// A list of kernel symbols as short as libbcc's questions.
#pragma once

#include <filesystem>

namespace sonda {

/// libbcc asks the kernel's symbols whether there is a bpf_probe_read_kernel and a bpf_probe_read_user, and sorts all
/// of them (more than 100 000) anew for each call that a probe makes: 50 ms each. From Linux 5.5 on the answer is
/// known, so this process, in a mount namespace of its own, is shown a list of these two, which is kept in `folder`.
/// Only for a process that has one thread. Where the kernel refuses, libbcc is just slower.
void shorten_kallsyms(const std::filesystem::path& folder);

}  // namespace sonda
