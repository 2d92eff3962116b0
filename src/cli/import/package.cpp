#include "cli/import/package.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "base/files.h"
#include "base/text.h"

namespace sonda::cli {
namespace {

/// What the package manager says of the version that is installed.
std::string version_of(std::string_view package, std::string_view status) {
  bool is_it = false;
  constexpr std::string_view name = "Package: ", version = "Version: ";
  for (const auto line : split_lines(status)) {
    if (line.starts_with(name)) is_it = line.substr(name.size()) == package;
    if (is_it && line.starts_with(version)) return std::string(line.substr(version.size()));
  }
  return {};
}

}  // namespace

std::string package_of(const std::filesystem::path& file) {
  const std::filesystem::path records = "/var/lib/dpkg";
  for (const std::string_view package : {"bpfcc-tools", "bcc-tools"}) {
    const auto files = try_read_file(records / "info" / (std::string(package) + ".list"));
    if (!files) continue;
    const auto lines = split_lines(*files);
    if (std::ranges::find(lines, file.string()) == lines.end()) continue;
    const auto version = version_of(package, try_read_file(records / "status").value_or(""));
    return std::string(package) + (version.empty() ? "" : " " + version);
  }
  return {};
}

}  // namespace sonda::cli
