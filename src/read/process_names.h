// The names of processes, also of those that were seen before they ended.
#pragma once

#include <sys/types.h>

#include <string>
#include <unordered_map>

namespace sonda {

class ProcessNames {
 public:
  /// The name that /proc shows for `pid`; the last one seen if it is gone; "<PID>" if it never was seen. Raw bytes.
  std::string find(pid_t pid);

 private:
  std::unordered_map<pid_t, std::string> seen_;
};

}  // namespace sonda
