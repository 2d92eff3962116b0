// The attach points in programs and libraries.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attach/here/points_here.h"

namespace sonda {

/// The points of "uprobe", "uretprobe" or "usdt" that match, as PointsHere::find() says.
std::vector<PointHere> points_of_binary(std::string_view kind, const std::string& pattern, pid_t pid);

}  // namespace sonda
