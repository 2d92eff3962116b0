// The tracepoints of the running kernel.
#pragma once

#include <string>
#include <vector>

#include "attach/here/prototype.h"
#include "kernel/tracefs.h"
#include "sonda/attach_point.h"

namespace sonda {

/// Throws Error(Stage::kernel), with Exit::cannot_run, if this user may not see the tracepoints.
void require_tracepoints(const Tracefs& tracefs);

/// Sorted. ftrace's own records have a folder and numbers, but are no tracepoints: they are left out.
std::vector<std::string> tracepoint_categories(const Tracefs& tracefs);

/// The names in one category, sorted; none if there is no such category.
std::vector<std::string> tracepoints_in(const Tracefs& tracefs, const std::string& category);

/// All whose category and whose name match (fnmatch(3)), sorted by category and name.
std::vector<Tracepoint> matching_tracepoints(const Tracefs& tracefs, const Tracepoint& patterns);

/// The fields of its record; none if tracefs does not tell them.
Prototype fields_of(const Tracefs& tracefs, const Tracepoint& point);

/// The names that raw tracepoints are attached by, sorted: from BTF, or where the kernel does not tell its types from
/// tracefs. Throws Error(Stage::kernel), with Exit::cannot_run, if neither is there.
std::vector<std::string> raw_tracepoint_names();

}  // namespace sonda
