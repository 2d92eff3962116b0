// Names of files, short enough to read.
#pragma once

#include <string_view>

namespace sonda {

/// The last part of a path; "[vdso]" and the like as they are.
std::string_view file_part(std::string_view path);

}  // namespace sonda
