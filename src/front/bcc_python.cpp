// Which Python runs a tool of BCC's.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/files.h"
#include "base/text.h"
#include "front/bcc_tools.h"
#include "kernel/tracefs.h"
#include "sonda/error.h"

namespace sonda::front {
namespace {

namespace fs = std::filesystem;

// The one whose module Debian's package brings.
constexpr auto debians_python = "/usr/bin/python3";

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

}  // namespace

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

void prepare_for_bcc(const fs::path& folder) {
  const char* before = ::secure_getenv(bcc_library_path);
  const auto more = before == nullptr || *before == '\0' ? std::string() : fmt::format(":{}", before);
  ::setenv(bcc_library_path, (folder.string() + more).c_str(), 1);
  mount_for_tracing_privately();
}

void require_bcc_module(const std::string& python) {
  if ((python == debians_python && has_usual_module()) || finds_module(python)) return;
  std::error_code none;
  if (!fs::exists(python, none))
    throw Error(Stage::usage, python, "there is no Python here", "apt-get install python3-bpfcc")
        .with_exit(Exit::cannot_run);
  throw Error(Stage::usage, "bcc", fmt::format("{} has no module of this name", python),
              "apt-get install python3-bpfcc; the kernel's headers are not needed")
      .with_exit(Exit::cannot_run);
}

}  // namespace sonda::front
