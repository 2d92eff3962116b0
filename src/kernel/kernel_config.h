// How the running kernel was configured.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonda {

/// The text of the running kernel's .config, from /proc/config.gz or /boot; nothing if neither is there.
std::optional<std::string> kernel_config();

/// What `config` says of the option `name` (CONFIG_...): "y", "m" or its value; "n" if it is off.
std::string config_value(std::string_view config, std::string_view name);

/// The `-D` flags by which the kernel's build shows the options `names` (CONFIG_...) of `config` to C: 1 for y, and
/// NAME_MODULE as 1 for m.
std::vector<std::string> config_flags(std::string_view config, const std::vector<std::string_view>& names);

}  // namespace sonda
