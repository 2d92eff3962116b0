// Trying things on the kernel: programs and maps that do nothing, what is to be done where it refuses them, and what is
// mounted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor/check.h"
#include "sonda/link.h"
#include "sonda/loaded_image.h"

namespace sonda::cli::doctor {

/// What a kernel must be and have for something.
struct KernelWish {
  std::string_view since;                 ///< "5.18"; empty: any
  std::vector<std::string_view> options;  ///< CONFIG_ names that are to be y
};

/// Which kernel would have it: a newer one, one with the options that this one has off. `meanwhile` is what to do on
/// this one.
std::string kernel_remedy(const KernelWish& wish, const std::string& meanwhile = {});

/// Whether the running kernel is at least `since`.
bool kernel_is_at_least(std::string_view since);

/// An image with one program, `return 0`, and no map. `license` GPL.
Image empty_program();

/// Loads a program that does nothing and attaches it at `point` (as after `@attach`) for a moment.
Finding attach_for_a_moment(const AttachPoint& point, const KernelWish& wish);
/// The same for what throws Error where the kernel has it not.
Finding tried(const KernelWish& wish, const std::function<Finding()>& attempt);

/// Creates maps like those, and nothing else.
Finding create_maps_for_a_moment(const std::vector<MapSpec>& specs, const KernelWish& wish);

/// Whether a file system of that kind (linux/magic.h) is at `place`.
bool is_mounted(const std::string& place, long magic);
/// Where those of that name ("cgroup2") are mounted.
std::vector<std::string> mounts_of(std::string_view type);

/// A function of this program that a uprobe can be put on without disturbing anybody.
UprobeSpot own_function();
/// This program's file.
std::filesystem::path own_program();

}  // namespace sonda::cli::doctor
