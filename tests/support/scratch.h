// Things a test sets up and that are gone when it ends: a folder, variables of the environment, other processes.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace sonda::test {

/// An empty folder that is removed with all it holds.
class ScratchFolder {
 public:
  ScratchFolder() {
    auto name = (std::filesystem::canonical(std::filesystem::temp_directory_path()) / "sonda-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::filesystem::filesystem_error(name, {errno, std::system_category()});
    path_ = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  /// Writes a file, with the folders on the way to it; returns its path.
  std::filesystem::path write(const std::filesystem::path& name, std::string_view text) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  std::filesystem::path path_;
};

/// A variable of the environment that has a value (or, with nothing, none) for a while.
class ScopedVariable {
 public:
  ScopedVariable(std::string name, std::optional<std::string> value) : name_(std::move(name)) {
    if (const char* before = std::getenv(name_.c_str()); before != nullptr) before_ = before;
    set(value);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() { set(before_); }

 private:
  void set(const std::optional<std::string>& value) const {
    if (value)
      ::setenv(name_.c_str(), value->c_str(), 1);
    else
      ::unsetenv(name_.c_str());
  }
  std::string name_;
  std::optional<std::string> before_;
};

/// Runs `body`, which gives an exit status, in a child process; returns what waitpid(2) tells about it.
template <class Body>
int status_of_child(Body body) {
  const auto child = ::fork();
  if (child == 0) {
    try {
      ::_exit(body());
    } catch (...) {
      ::_exit(99);
    }
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

/// The same for the exit status alone; -1 if a signal ended the child.
template <class Body>
int exit_of_child(Body body) {
  const int status = status_of_child(std::move(body));
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Runs `body`, which is given a number from 0 on and tells whether all went well, in so many processes at once; how
/// many of them told so.
template <class Body>
int succeed_at_once(int processes, Body body) {
  std::vector<pid_t> children;
  for (int number = 0; number < processes; ++number) {
    const auto child = ::fork();
    if (child == 0) ::_exit(body(number) ? 0 : 1);
    children.push_back(child);
  }
  int succeeded = 0;
  for (const auto child : children) {
    int status = -1;
    if (child > 0 && ::waitpid(child, &status, 0) == child && status == 0) ++succeeded;
  }
  return succeeded;
}

}  // namespace sonda::test
