// In which order the files of one run are compiled.
#pragma once

#include <string>
#include <vector>

namespace sonda::cli {

/// The files, those that use other files' maps (BPF_TABLE("extern", ...)) behind the others; else as they are given.
/// One that cannot be read stays among the others: opening it will say why.
std::vector<std::string> exporters_first(std::vector<std::string> files);

}  // namespace sonda::cli
