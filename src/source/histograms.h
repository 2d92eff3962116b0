// Which maps a probe declares as histograms: the kernel knows only hashes and arrays.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sonda {

/// The names in BPF_HISTOGRAM(NAME, ...) and BPF_TABLE("histogram", KEY, VALUE, NAME, ...).
std::vector<std::string> find_histograms(std::string_view text);

}  // namespace sonda
