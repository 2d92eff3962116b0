#include "front/bcc_tools.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <system_error>

#include "base/files.h"
#include "base/text.h"
#include "sonda/error.h"

namespace sonda::front {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_script = 1UL << 20;
constexpr std::string_view suffix = "-bpfcc";
// Debian's packages, and BCC's own "make install".
constexpr std::string_view usual_folders[] = {"/usr/sbin", "/usr/share/bcc/tools", "/usr/local/share/bcc/tools"};

std::string name_of(const fs::path& path) {
  auto name = path.extension() == ".py" ? path.stem().string() : path.filename().string();
  if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  return name;
}

bool may_be_run(const fs::path& path) {
  return ::geteuid() != 0 || untrusted_because(path, TrustedOwners::root_and_sudo_user).empty();
}

bool imports_bcc(std::string_view text) {
  return std::ranges::any_of(split_lines(text), [](std::string_view line) {
    line = trim(line);
    return line.starts_with("from bcc import") || line.starts_with("import bcc") || line.starts_with("from bcc.");
  });
}

/// Whether it is one: by its name, or since it is Python that imports the module.
bool is_tool(const fs::path& path, std::string_view text) {
  if (!text.starts_with("#!")) return false;
  if (path.filename().string().ends_with(suffix)) return true;
  return text.substr(0, text.find('\n')).find("python") != text.npos && imports_bcc(text);
}

/// The first line of the comment that says what it is, behind its own name.
std::string about(const std::string& name, std::string_view text) {
  std::string otherwise;
  for (auto line : split_lines(text)) {
    if (line.starts_with("#!")) continue;
    if (!line.starts_with('#')) break;
    line = trim(line.substr(1));
    if (line.empty() || line.starts_with('@') || line.starts_with("Copyright") || line.starts_with("USAGE") ||
        line.starts_with("Licensed") || line.starts_with("-*-"))
      continue;
    const auto file = line.starts_with(name + ".py") ? name + ".py" : name;
    const auto behind = line.find_first_not_of(" \t-:", file.size());
    if (line.starts_with(file + " ") && behind != line.npos) return std::string(trim(line.substr(behind)));
    if (otherwise.empty()) otherwise = line;
  }
  return otherwise;
}

void add_tools(std::vector<BccTool>& tools, const fs::path& folder) {
  std::error_code failed, none;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    const auto& path = entry->path();
    auto name = name_of(path);
    if (!entry->is_regular_file(none) || !may_be_run(path) ||
        std::ranges::find(tools, name, &BccTool::name) != tools.end())
      continue;
    const auto text = try_read_file(path, largest_script);
    if (!text || !is_tool(path, *text)) continue;
    auto what = about(name, *text);
    tools.push_back({std::move(name), path, std::move(what)});
  }
}

}  // namespace

std::vector<fs::path> tool_folders(const std::vector<std::string>& given) {
  std::vector<fs::path> folders(given.begin(), given.end());
  if (const char* chosen = ::secure_getenv("SONDA_BCC_PATH"); chosen != nullptr)
    for (const auto part : sonda::split(chosen, ':'))
      if (!part.empty()) folders.emplace_back(part);
  folders.insert(folders.end(), std::begin(usual_folders), std::end(usual_folders));
  return folders;
}

std::vector<BccTool> tools_in(const std::vector<fs::path>& folders) {
  std::vector<BccTool> tools;
  for (const auto& folder : folders) add_tools(tools, folder);
  std::ranges::sort(tools, {}, &BccTool::name);
  return tools;
}

BccTool tool_of(const fs::path& path) {
  auto name = name_of(path);
  auto what = about(name, try_read_file(path, largest_script).value_or(""));
  return {std::move(name), path, std::move(what)};
}

fs::path find_tool(const std::string& name, bool is_path, const std::vector<fs::path>& folders) {
  const auto trusted = [](fs::path path) {
    require_trusted(path);
    return path;
  };
  std::error_code none;
  if (is_path || name.find('/') != name.npos) {
    if (fs::exists(name, none)) return trusted(name);
    throw Error(Stage::usage, name, "there is no such file");
  }
  // The usual folders hold other programs, too.
  for (const auto& folder : folders)
    for (const auto& file : {name + std::string(suffix), name, name + ".py"})
      if (fs::is_regular_file(folder / file, none) &&
          is_tool(folder / file, try_read_file(folder / file, largest_script).value_or("")))
        return trusted(folder / file);
  std::vector<std::string> names;
  for (const auto& tool : tools_in(folders)) names.push_back(tool.name);
  throw Error(Stage::usage, name, "there is no such tool of BCC's here",
              names.empty() ? "apt-get install bpfcc-tools installs them; --folder names another folder"
                            : did_you_mean(name, names, "`sonda bcc` without arguments lists them"));
}

}  // namespace sonda::front
