// Which of the kernel's file systems are mounted, and where.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sonda::cli::doctor {

/// Whether a file system of that kind (linux/magic.h) is at `place`.
bool is_mounted(const std::string& place, long magic);

/// Where those of that name ("cgroup2") are mounted.
std::vector<std::string> mounts_of(std::string_view type);

}  // namespace sonda::cli::doctor
