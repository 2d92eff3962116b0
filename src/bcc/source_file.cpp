#include "bcc/source_file.h"

#include <algorithm>
#include <set>

#include "base/files.h"
#include "sonda/probe_source.h"

namespace sonda::bcc {
namespace {

constexpr std::string_view suffix = ".c";

/// What stands between quotes and ends in the suffix.
void add_quoted(std::set<std::string>& names, std::string_view script) {
  for (const char quote : {'"', '\''}) {
    const auto end = std::string(suffix) + quote;
    for (auto at = script.find(end); at != script.npos; at = script.find(end, at + 1)) {
      const auto begin = script.find_last_of("\"'\n", at);
      if (begin != script.npos && script[begin] == quote)
        names.emplace(script.substr(begin + 1, at + suffix.size() - begin - 1));
    }
  }
}

/// Nothing if they are the same.
std::vector<std::uint32_t> lines_behind(std::string_view before, std::string_view file) {
  if (before.empty()) return {};
  const auto count = [](std::string_view text) { return static_cast<std::uint32_t>(std::ranges::count(text, '\n')); };
  std::vector<std::uint32_t> lines(count(before), 1);
  for (std::uint32_t line = 1; line <= count(file) + 1; ++line) lines.push_back(line);
  return lines;
}

}  // namespace

std::optional<SourceFile> source_file_of(std::string_view text, const std::filesystem::path& script,
                                         std::string_view script_text, const std::vector<std::string>& command_line) {
  std::set<std::string> names;
  add_quoted(names, script_text);
  for (const auto& word : command_line)
    if (word.ends_with(suffix)) names.insert(word);
  for (const auto& name : names) {
    for (const auto& path : {std::filesystem::path(name), script.parent_path() / name}) {
      const auto file = try_read_file(path, largest_probe);
      if (file && !file->empty() && text.ends_with(*file))
        return SourceFile{path, lines_behind(text.substr(0, text.size() - file->size()), *file)};
    }
  }
  return std::nullopt;
}

}  // namespace sonda::bcc
