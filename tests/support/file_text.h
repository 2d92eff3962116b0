// Files, read whole.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace sonda::test {

/// Empty if it cannot be read.
inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The fields of /proc/PID/stat from the third on (proc_pid_stat(5)); none if there is no such process. The name before
/// them, in parentheses, may hold anything.
inline std::vector<std::string> process_stat(pid_t pid) {
  const auto text = text_of("/proc/" + std::to_string(pid) + "/stat");
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  return {std::istream_iterator<std::string>(fields), {}};
}

}  // namespace sonda::test
