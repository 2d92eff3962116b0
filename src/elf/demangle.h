// C++ names as people write them.
#pragma once

#include <string>

namespace sonda {

/// A C++ name as its source has it; any other name as it is.
std::string demangle(const std::string& name);

}  // namespace sonda
