// How the kernel is set: sysctls, limits and mounts, as far as they matter to BPF.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor/check.h"

namespace sonda::cli::doctor {

std::vector<Check> setting_checks(const std::string& section);

/// Whether a file system of that kind (linux/magic.h) is at `place`.
bool is_mounted(const std::string& place, long magic);
/// Where those of that name ("cgroup2") are mounted.
std::vector<std::string> mounts_of(std::string_view type);

}  // namespace sonda::cli::doctor
