// Files of BPF file systems that programs are pinned to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sonda {

/// The paths at which program `id`, or a link to it, is pinned in the BPF file systems that are mounted here. Looks at
/// no more than some thousand files.
std::vector<std::string> find_pins(std::uint32_t program);

}  // namespace sonda
