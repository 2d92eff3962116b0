#include "compile/identity.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace sonda {

std::string file_identity(const std::filesystem::path& path) {
  std::error_code none;
  const auto real = std::filesystem::canonical(path, none);
  struct stat status{};
  if (none || ::stat(real.c_str(), &status) != 0) return path.string();
  return fmt::format("{} {} {}.{:09}", real.string(), status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

std::string compiler_identity(const std::filesystem::path& worker) {
  return fmt::format("{}; {}", file_identity(SONDA_LIBBCC), file_identity(worker));
}

}  // namespace sonda
