// What the attach points of the network share.
#pragma once

#include <linux/bpf.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/privilege.h"
#include "sonda/error.h"

namespace sonda {

/// The network interfaces in the network namespace of this thread.
std::vector<std::string> interface_names();

/// The number of the network interface `name`, in the network namespace of this thread. Throws Error(Stage::attach)
/// with those that there are in the hint.
int interface_index(const std::string& name, const std::string& subject);

/// Where the hierarchy of cgroup v2 can be seen; nothing if it is not mounted.
std::optional<std::filesystem::path> cgroup_mount();

/// The error for `error_number`: where it says that a privilege is missing, and `needed` is, that one is named, with
/// Exit::cannot_run; anything else gets the system's words after `doing`.
Error network_error(std::string subject, std::string_view doing, int error_number,
                    Capability needed = Capability::net_admin);

/// Whether this process lacks CAP_NET_ADMIN to load programs of that type (CAP_SYS_ADMIN will do as well).
bool lacks_net_admin(bpf_prog_type type);

}  // namespace sonda
