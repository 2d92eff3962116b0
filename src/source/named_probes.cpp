// Probes that have a name: those in the folders where probes are looked for.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/locations.h"
#include "base/text.h"
#include "sonda/probe_source.h"

namespace sonda {
namespace {

namespace fs = std::filesystem;

std::string_view without_comment_marks(std::string_view line) {
  line = trim(line);
  if (line.ends_with("*/")) line.remove_suffix(2);
  line.remove_prefix(std::min(line.find_first_not_of("/*"), line.size()));
  return trim(line);
}

/// Of the comment that `text` begins with, the first line that says something; empty if it begins otherwise.
std::string_view first_comment_line(std::string_view text) {
  const auto start = trim(text);
  if (!start.starts_with("//") && !start.starts_with("/*")) return {};
  for (const auto line : split_lines(start.substr(0, start.starts_with("/*") ? start.find("*/") : start.npos)))
    if (const auto said = without_comment_marks(line); !said.empty()) return said;
  return {};
}

}  // namespace

// Nothing is asked of a file that others may have put there for root to read.
std::string NamedProbe::about() const {
  if (!untrusted_because(path, TrustedOwners::root_and_sudo_user).empty()) return {};
  const auto text = try_read_file(path, largest_probe);
  if (!text) return {};
  auto line = first_comment_line(*text);
  if (const auto own_name = path.filename().string() + ":"; line.starts_with(own_name))
    line = trim(line.substr(own_name.size()));
  return std::string(line);
}

std::vector<SearchFolder> probe_search_path() {
  std::vector<SearchFolder> folders;
  if (const char* chosen = ::secure_getenv("SONDA_PROBE_PATH"); chosen != nullptr)
    for (const auto part : split(chosen, ':'))
      if (!part.empty()) folders.push_back({part, "SONDA_PROBE_PATH"});
  if (const auto config = user_config()) folders.push_back({*config / "probes", "user configuration"});
  folders.push_back({installed_probes(), "installed"});
  if (auto tree = build_tree_probes()) folders.push_back({std::move(*tree), "build tree"});
  folders.push_back({installed_examples(), "example"});
  return folders;
}

std::vector<NamedProbe> named_probes(const std::vector<SearchFolder>& folders) {
  std::vector<NamedProbe> probes;
  for (const auto& one : folders) {
    const auto before = probes.size();
    std::error_code failed;
    for (fs::directory_iterator entry(one.folder, failed), end; !failed && entry != end; entry.increment(failed)) {
      const auto& path = entry->path();
      const auto name = path.stem().string();
      if (path.extension() == ".c" && std::ranges::find(probes, name, &NamedProbe::name) == probes.end())
        probes.push_back({name, path, one.origin});
    }
    std::sort(probes.begin() + static_cast<std::ptrdiff_t>(before), probes.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
  }
  return probes;
}

}  // namespace sonda
