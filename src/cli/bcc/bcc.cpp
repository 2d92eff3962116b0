#include "cli/bcc/bcc.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/escape.h"
#include "base/files.h"
#include "base/locations.h"
#include "base/stop.h"
#include "base/text.h"
#include "cli/bcc/tools.h"
#include "front/command_line.h"
#include "kernel/tracefs.h"
#include "sonda/error.h"

namespace sonda::cli {
namespace {

namespace fs = std::filesystem;

// The one whose module Debian's package brings.
constexpr auto debians_python = "/usr/bin/python3";
constexpr auto library_path = "LD_LIBRARY_PATH";

/// What the first line of a script names; the script itself is behind it.
std::vector<std::string> interpreter_of(const fs::path& script) {
  constexpr std::size_t largest_script = 4UL << 20;
  const auto text = read_file(script, Stage::usage, largest_script);
  if (!text.starts_with("#!")) return {debians_python, script.string()};
  const auto first = trim(std::string_view(text).substr(2, text.find('\n') - 2));
  const auto program = first.substr(0, first.find_first_of(" \t"));
  const auto argument = trim(first.substr(program.size()));
  std::error_code none;
  if (first.find("python") == first.npos) {
    if (::access(script.c_str(), X_OK) == 0) return {script.string()};
    throw Error(Stage::usage, script.string(), "it is no Python program, and cannot be started itself");
  }
  // `env python3` may be another Python, which knows no module of Debian's.
  if (program.ends_with("/env") || !fs::exists(program, none)) return {debians_python, script.string()};
  if (argument.empty()) return {std::string(program), script.string()};
  return {std::string(program), std::string(argument), script.string()};
}

bool has_usual_module() {
  std::error_code none;
  return fs::exists("/usr/lib/python3/dist-packages/bcc/__init__.py", none);
}

/// Asks that Python itself. For those that are not Debian's, or for a module that is somewhere else.
bool finds_module(const std::string& python) {
  constexpr auto question = "import importlib.util as u, sys; sys.exit(0 if u.find_spec('bcc') else 1)";
  std::array<char*, 4> words{const_cast<char*>(python.c_str()), const_cast<char*>("-c"), const_cast<char*>(question),
                             nullptr};
  pid_t child = -1;
  if (::posix_spawn(&child, python.c_str(), nullptr, nullptr, words.data(), ::environ) != 0) return false;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void require_module(const std::string& python) {
  if ((python == debians_python && has_usual_module()) || finds_module(python)) return;
  std::error_code none;
  if (!fs::exists(python, none))
    throw Error(Stage::usage, python, "there is no Python here", "apt-get install python3-bpfcc")
        .with_exit(Exit::cannot_run);
  throw Error(Stage::usage, "bcc", fmt::format("{} has no module of this name", python),
              "apt-get install python3-bpfcc; the kernel's headers are not needed")
      .with_exit(Exit::cannot_run);
}

std::string with_our_library() {
  const char* before = ::secure_getenv(library_path);
  const auto ours = bcc_library_folder().string();
  return before == nullptr || *before == '\0' ? ours : fmt::format("{}:{}", ours, before);
}

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
  const auto tools = tools_in(folders);
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
  const auto folders = tool_folders(options.folders);
  require_library();
  if (options.environment) {
    run.output().write(
        fmt::format("export {0}={1}${{{0}:+:${0}}}\n", library_path, quoted(bcc_library_folder().string())));
    return;
  }
  if (options.words.empty()) return list_tools(run, folders);
  auto words = interpreter_of(find_tool(options.words.front(), options.is_path, folders));
  if (words.size() > 1) require_module(words.front());
  words.insert(words.end(), options.words.begin() + 1, options.words.end());
  run.explain(fmt::format("library: {}", bcc_library_folder().string()));
  ::setenv(library_path, with_our_library().c_str(), 1);
  mount_for_tracing_privately();
  become(words);
}

}  // namespace sonda::cli
