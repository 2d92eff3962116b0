#include "cli/doctor/mounts.h"

#include <sys/vfs.h>

#include "base/files.h"
#include "base/text.h"

namespace sonda::cli::doctor {

bool is_mounted(const std::string& place, long magic) {
  struct statfs about{};
  return ::statfs(place.c_str(), &about) == 0 && about.f_type == magic;
}

std::vector<std::string> mounts_of(std::string_view type) {
  std::vector<std::string> places;
  const auto mounts = try_read_file("/proc/self/mounts").value_or("");
  for (const auto line : split_lines(mounts)) {
    const auto words = split(line, ' ');
    if (words.size() > 2 && words[2] == type) places.emplace_back(words[1]);
  }
  return places;
}

}  // namespace sonda::cli::doctor
