// The headers that libbcc carries inside and includes before every probe.
#pragma once

#include <string_view>
#include <vector>

namespace sonda {

/// Their texts; they live as long as the process.
std::vector<std::string_view> bcc_headers();

}  // namespace sonda
