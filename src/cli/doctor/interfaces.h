// The network interfaces of this network namespace, and what their drivers can.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sonda::cli::doctor {

struct Interface {
  std::string name;
  std::string driver;              ///< "?" if the kernel does not tell
  std::optional<bool> native_xdp;  ///< nothing where the kernel does not tell (before Linux 6.3)
};

/// Asks only; nothing is attached.
std::vector<Interface> interfaces();

}  // namespace sonda::cli::doctor
