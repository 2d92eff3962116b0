#include "cli/shell/history.h"

#include <algorithm>

#include "base/locations.h"
#include "base/text.h"

namespace sonda::shell {
namespace {

constexpr auto file_name = "history";

/// The user's state folder; what it stands in is made.
std::optional<std::filesystem::path> state_folder() {
  const auto folder = user_state();
  std::error_code ignored;
  if (folder) std::filesystem::create_directories(folder->parent_path(), ignored);
  return folder;
}

}  // namespace

ShellHistory::ShellHistory(Trace trace)
    : folder_(FileCache::open(
          state_folder(),
          {.folder = "shell", .what = "history", .most_files = 1, .most_bytes = most_lines * (longest_line + 1)},
          std::move(trace))) {}

std::vector<std::string> ShellHistory::lines() const {
  std::vector<std::string> lines;
  if (!folder_) return lines;
  const auto text = folder_->find(file_name, [](std::span<const std::byte> bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  });
  if (!text) return lines;
  for (const auto line : split_lines(*text))
    if (!line.empty() && line.size() <= longest_line) lines.emplace_back(line);
  return lines;
}

void ShellHistory::add(std::string_view line) {
  if (trim(line).empty() || line.size() > longest_line || line.find('\n') != line.npos) return;
  if (fresh_.empty() || fresh_.back() != line) fresh_.emplace_back(line);
}

void ShellHistory::store() noexcept {
  if (!folder_ || fresh_.empty()) return;
  try {
    auto all = lines();
    std::ranges::move(fresh_, std::back_inserter(all));
    fresh_.clear();
    const auto from = all.size() > most_lines ? all.size() - most_lines : 0;
    std::string text;
    for (auto i = from; i < all.size(); ++i) text += all[i] + '\n';
    folder_->store(file_name, std::as_bytes(std::span(text)));
  } catch (const std::exception&) {
    fresh_.clear();  // a history that cannot be kept is no reason to fail
  }
}

}  // namespace sonda::shell
