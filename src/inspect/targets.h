// The functions of the kernel that programs are made for, by their numbers in its type information.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace sonda {

class TargetNames {
 public:
  /// The name of type `type` of the type information `object`, without the kernel's own prefixes for hooks and
  /// tracepoints; empty if it cannot be found. Finding one takes some 10 ms the first time, so all are remembered.
  const std::string& find(std::uint32_t object, std::uint32_t type);

 private:
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> known_;
};

}  // namespace sonda
