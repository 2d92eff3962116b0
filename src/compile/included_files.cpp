// The files beside a probe that it includes with quotes.
#include "compile/included_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/files.h"
#include "base/text.h"

namespace sonda {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 64, largest_file = 1UL << 20;

/// NAME of a line `#include "NAME"`; empty for any other line.
std::string_view quoted_name(std::string_view line) {
  line = trim(line);
  if (!line.starts_with('#')) return {};
  line = trim(line.substr(1));
  if (!line.starts_with("include")) return {};
  line = trim(line.substr(7));
  if (!line.starts_with('"')) return {};
  const auto end = line.find('"', 1);
  return end == line.npos ? std::string_view() : line.substr(1, end - 1);
}

bool is_plain(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.size() < 200 &&
         std::ranges::all_of(name, [](char c) { return is_name_character(c) || c == '.' || c == '-' || c == '+'; });
}

/// Reads what is beside the probe and is meant to be included; nothing if there is no such file.
std::optional<std::string> read_beside(const fs::path& folder, const std::string& shown, std::string_view name) {
  const auto path = folder / name;
  std::error_code failed;
  if (!fs::exists(fs::symlink_status(path, failed))) return std::nullopt;
  require_trusted(path);
  const auto real = fs::canonical(path, failed);
  if (failed || real.parent_path() != fs::canonical(folder, failed))
    throw Error(Stage::source, shown, "it is not in truth in the probe's own folder",
                "a probe includes with quotes only files beside it");
  return read_file(path, Stage::source, largest_file);
}

}  // namespace

std::vector<std::string> quoted_includes(std::string_view text) {
  std::vector<std::string> names;
  for (const auto line : split_lines(text))
    if (const auto name = quoted_name(line); is_plain(name)) names.emplace_back(name);
  return names;
}

std::vector<IncludedFile> included_files(const ProbeSource& source) {
  std::vector<IncludedFile> files;
  if (source.path().empty()) return files;
  const auto folder = source.path().parent_path(), as_shown = fs::path(source.name()).parent_path();
  const auto add_those_of = [&](const std::string& text) {
    for (const auto& name : quoted_includes(text)) {
      if (std::ranges::find(files, name, &IncludedFile::name) != files.end()) continue;
      auto found = read_beside(folder, (as_shown / name).string(), name);
      if (!found) continue;
      if (files.size() == most_files)
        throw Error(Stage::source, source.name(), fmt::format("it includes more than {} files", most_files));
      files.push_back({name, std::move(*found)});
    }
  };
  add_those_of(source.text());
  for (std::size_t i = 0; i < files.size(); ++i) add_those_of(std::string(files[i].text));
  return files;
}

}  // namespace sonda
