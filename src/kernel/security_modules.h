// What the running kernel tells of its security, whether or not securityfs is mounted.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sonda {

/// The text of the file `name` of securityfs; nothing if the kernel has none or the lack of privilege keeps it back.
std::optional<std::string> read_security_file(const std::string& name);

/// The security modules that are switched on, in the kernel's order ("lockdown", "apparmor", "bpf"); nothing if that
/// cannot be known.
std::optional<std::vector<std::string>> security_modules();

}  // namespace sonda
