#include "cli/bcc/bcc.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/escape.h"
#include "base/locations.h"
#include "base/stop.h"
#include "front/bcc_tools.h"
#include "front/command_line.h"
#include "sonda/error.h"

namespace sonda::cli {
namespace {

namespace fs = std::filesystem;

void require_library() {
  std::error_code none;
  const auto library = bcc_library_folder() / "libbcc.so.0";
  if (!fs::exists(library, none))
    throw Error(Stage::usage, library.string(), "the library for BCC's Python is not there", "install Sonda whole");
}

[[noreturn]] void become(const std::vector<std::string>& words) {
  std::vector<char*> raw;
  raw.reserve(words.size() + 1);
  for (const auto& word : words) raw.push_back(const_cast<char*>(word.c_str()));
  raw.push_back(nullptr);
  restore_signals();
  ::execv(raw.front(), raw.data());
  throw system_error(Stage::usage, words.front(), "cannot start it", errno);
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

void list_tools(front::Run& run, const std::vector<fs::path>& folders) {
  const auto tools = front::tools_in(folders);
  if (tools.empty())
    throw Error(Stage::usage, "bcc", "there are no tools of BCC's here",
                "apt-get install bpfcc-tools installs them; --folder names another folder");
  std::size_t width = 0;
  for (const auto& tool : tools) width = std::max(width, escaped_width(tool.name));
  std::string lines;
  for (const auto& tool : tools) {
    const auto name = escape_for_terminal(tool.name);
    lines +=
        tool.about.empty() ? name + "\n" : fmt::format("{:<{}}  {}\n", name, width, escape_for_terminal(tool.about));
  }
  run.output().write(lines);
}

}  // namespace

void declare(front::CommandLine& line, BccOptions& options) {
  line.flag("--python", options.is_path, "the tool is a Python file, and not looked for by its name");
  line.flag("--env", options.environment, "print what to export so that scripts started elsewhere use Sonda, too");
  line.texts("--folder", "DIR", options.folders, "look for tools in this folder, too (also SONDA_BCC_PATH)");
  line.footer(
      "  sonda bcc                        list BCC's tools on this machine\n"
      "  sonda bcc opensnoop -p 4711      run one; what follows its name is its own\n"
      "  sonda bcc --python my_tool.py    run a script\n"
      "  eval \"$(sonda bcc --env)\"        scripts that are started from here use Sonda");
}

std::size_t own_words(const std::vector<std::string>& words) {
  std::size_t count = 0;
  while (count < words.size() && words[count].starts_with('-')) count += words[count] == "--folder" ? 2 : 1;
  return std::min(count, words.size());
}

void run_bcc(front::Run& run, const BccOptions& options) {
  const auto folders = front::tool_folders(options.folders);
  require_library();
  if (options.environment) {
    run.output().write(
        fmt::format("export {0}={1}${{{0}:+:${0}}}\n", front::bcc_library_path, quoted(bcc_library_folder().string())));
    return;
  }
  if (options.words.empty()) return list_tools(run, folders);
  auto words = front::interpreter_of(front::find_tool(options.words.front(), options.is_path, folders));
  if (words.size() > 1) front::require_bcc_module(words.front());
  words.insert(words.end(), options.words.begin() + 1, options.words.end());
  run.explain(fmt::format("library: {}", bcc_library_folder().string()));
  front::prepare_for_bcc(bcc_library_folder());
  become(words);
}

}  // namespace sonda::cli
