#include "support/target_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "support/file_text.h"
#include "support/patience.h"

namespace sonda::test {
namespace {

void require(bool condition, const std::string& what) {
  if (!condition) throw std::runtime_error(what);
}

struct Pipe {
  UniqueFd read, write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  require(::pipe2(ends.data(), O_CLOEXEC) == 0, "pipe2 failed");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

pid_t spawn(const std::string& program, std::vector<std::string> words, int in, int out) {
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  require(error == 0, "cannot start " + program + ": " + std::generic_category().message(error));
  return pid;
}

}  // namespace

TargetProcess::TargetProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  auto in = make_pipe(), out = make_pipe();
  std::vector<std::string> words{program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  pid_ = spawn(program.string(), words, in.read.get(), out.write.get());
  to_ = std::move(in.write);
  from_ = std::move(out.read);
}

TargetProcess::~TargetProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::string TargetProcess::line() {
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != buffer_.npos) {
      auto text = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return text;
    }
    pollfd waiting{.fd = from_.get(), .events = POLLIN, .revents = 0};
    require(::poll(&waiting, 1, patience_ms()) == 1, "the target program says nothing");
    std::array<char, 4096> bytes{};
    const auto got = ::read(from_.get(), bytes.data(), bytes.size());
    require(got > 0, "the target program ended");
    buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

void TargetProcess::go_on() { require(::write(to_.get(), "\n", 1) == 1, "cannot write to the target program"); }

int TargetProcess::wait() {
  int status = 0;
  require(::waitpid(pid_, &status, 0) == pid_, "waitpid failed");
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<std::string> TargetProcess::stat() const {
  auto fields = process_stat(pid_);
  require(!fields.empty(), "cannot read /proc/PID/stat");
  return fields;
}

void TargetProcess::settle() const {
  for (int i = 0; i < patience_ms(); ++i) {
    if (stat().at(0) == "S") return;
    ::usleep(1000);
  }
  require(false, "the target program does not come to rest");
}

long TargetProcess::minor_faults() const { return std::stol(stat().at(7)); }

}  // namespace sonda::test
