// One map, from its description into the kernel.
#pragma once

#include <string>
#include <string_view>

#include "sonda/error.h"
#include "sonda/fd.h"
#include "sonda/image.h"

namespace sonda {

/// `name` as the kernel takes it for maps and programs: at most 15 of its letters, others replaced by '_'.
std::string kernel_name(std::string_view name);

bool is_map_of_maps(const MapSpec& spec);

/// The error for an EPERM of bpf(2).
Error missing_privilege(std::string subject);

/// Creates the map. `btf_fd` and `inner_fd` are borrowed; -1 if there are none. On return `spec` has the figures that
/// the kernel was given: a perf event array without a size gets one entry for each CPU that there may be. Throws
/// Error(Stage::load) with the map's name and figures.
UniqueFd create_map(MapSpec& spec, int btf_fd, int inner_fd);

}  // namespace sonda
