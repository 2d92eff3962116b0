#include "front/command.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/stop.h"
#include "sonda/error.h"

namespace sonda::front {
namespace {

/// What happens in the child: it stops by itself when its program is loaded, since it is traced.
[[noreturn]] void become(char* const* words, int failure, int input) {
  if (input >= 0) ::dup2(input, STDIN_FILENO);
  restore_signals();
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  ::execvp(words[0], words);
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(failure, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

Command::Command(const std::vector<std::string>& words, int input) {
  std::vector<std::string> own = words;
  std::vector<char*> pointers;
  pointers.reserve(own.size() + 1);
  for (auto& word : own) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw system_error(Stage::usage, words[0], "cannot start it", errno);
  const UniqueFd failure(ends[0]);
  UniqueFd report(ends[1]);
  pid_ = ::fork();
  if (pid_ < 0) throw system_error(Stage::usage, words[0], "cannot start it", errno);
  if (pid_ == 0) become(pointers.data(), report.get(), input);
  report.reset();

  int state = 0;
  while (::waitpid(pid_, &state, 0) < 0 && errno == EINTR) {
  }
  if (!WIFSTOPPED(state)) {
    waiting_ = false;
    status_ = 127;
    int error = 0;
    if (::read(failure.get(), &error, sizeof error) != sizeof error) error = ECHILD;
    throw system_error(Stage::usage, words[0], "cannot start it", error);
  }
  ::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_EXITKILL);
  pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd_) throw system_error(Stage::usage, words[0], "cannot watch it", errno);
}

Command::~Command() {
  if (!waiting_) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Command::release() {
  if (::ptrace(PTRACE_DETACH, pid_, nullptr, nullptr) != 0)
    throw system_error(Stage::usage, "the command", "cannot let it run", errno);
  waiting_ = false;
}

std::optional<int> Command::status() {
  if (status_) return status_;
  int state = 0;
  if (::waitpid(pid_, &state, WNOHANG) != pid_) return std::nullopt;
  status_ = WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
  return status_;
}

}  // namespace sonda::front
