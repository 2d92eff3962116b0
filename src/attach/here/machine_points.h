// Attach points that are neither in the kernel's code nor in a binary: counters, network interfaces, cgroups.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attach/here/points_here.h"

namespace sonda {

/// The points of "software", "hardware", "xdp", "tc", "socket" or "cgroup" that match, as PointsHere::find() says.
std::vector<PointHere> points_of_machine(std::string_view kind, const std::string& pattern);

}  // namespace sonda
