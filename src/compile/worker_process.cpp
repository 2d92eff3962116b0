#include "compile/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "base/stop.h"
#include "sonda/error.h"
#include "sonda/fd.h"

namespace sonda {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t answer_limit = 256UL << 20;

struct Pipe {
  UniqueFd read_end, write_end;
};

/// For the request. A socket, because writing to one that nobody reads can be told not to raise SIGPIPE.
Pipe make_channel() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw system_error(Stage::compile, "the worker", "cannot make a socket", errno);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw system_error(Stage::compile, "the worker", "cannot make a pipe", errno);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// A child that is ended and reaped when this goes, whatever happens.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }
  /// Its wait status.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

pid_t spawn(const std::filesystem::path& program, int request, int answer, int chatter) {
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, request, 0);
  posix_spawn_file_actions_adddup2(&actions, answer, 1);
  posix_spawn_file_actions_adddup2(&actions, chatter, 2);
  posix_spawnattr_t attributes{};
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  // The environment decides how libbcc compiles (ARCH, BCC_*, TMPDIR, CPATH): none of ours reaches it.
  std::string name = program.string();
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", language = "LC_ALL=C";
  std::array<char*, 2> arguments{name.data(), nullptr};
  std::array<char*, 3> environment{path.data(), language.data(), nullptr};
  pid_t pid = -1;
  const int error = posix_spawn(&pid, name.c_str(), &actions, &attributes, arguments.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw system_error(Stage::compile, program.string(), "cannot start the compile worker", error);
  return pid;
}

void throw_if_stopped() {
  if (stop_signal() == 0) return;
  throw Error(Stage::compile, "the worker", fmt::format("interrupted by {}", ::strsignal(stop_signal())))
      .with_exit(Exit::interrupted);
}

/// The conversation: sends the request and takes the answer at the same time, so that neither pipe can stop the other.
class Exchange {
 public:
  Exchange(UniqueFd to, UniqueFd from, std::span<const std::byte> request, std::chrono::seconds timeout)
      : to_(std::move(to)), from_(std::move(from)), request_(request), timeout_(timeout) {
    ::fcntl(to_.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(from_.get(), F_SETFL, O_NONBLOCK);
  }

  /// The answer, once the worker has closed its end.
  std::vector<std::byte> run() {
    while (from_) {
      wait();
      if (to_) send();
      receive();
    }
    return std::move(answer_);
  }

 private:
  void wait() {
    throw_if_stopped();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    if (left <= 0)
      throw Error(Stage::compile, "the worker",
                  fmt::format("gave no answer within {} s and was ended", timeout_.count()),
                  "the machine may be busy; try again, or allow more time");
    std::array<pollfd, 2> waiting{{{from_.get(), POLLIN, 0}, {to_.get(), POLLOUT, 0}}};
    // In slices, so that a signal which another thread took is noticed.
    ::poll(waiting.data(), waiting.size(), static_cast<int>(std::min<long>(left, 200)));
  }

  void send() {
    const auto written = ::send(to_.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
    if (written > 0) request_ = request_.subspan(static_cast<std::size_t>(written));
    // A worker that reads no more is noticed by its answer.
    if (request_.empty() || (written < 0 && errno != EAGAIN && errno != EINTR)) to_.reset();
  }

  void receive() {
    std::array<std::byte, 65536> part{};
    const auto got = ::read(from_.get(), part.data(), part.size());
    if (got == 0) return from_.reset();
    if (got < 0) {
      if (errno == EINTR || errno == EAGAIN) return;
      throw system_error(Stage::compile, "the worker", "cannot read its answer", errno);
    }
    answer_.insert(answer_.end(), part.begin(), part.begin() + got);
    if (answer_.size() > answer_limit) throw Error(Stage::compile, "the worker", "its answer is too long");
  }

  UniqueFd to_, from_;
  std::span<const std::byte> request_;
  std::chrono::seconds timeout_;
  Clock::time_point deadline_ = Clock::now() + timeout_;
  std::vector<std::byte> answer_;
};

std::string read_chatter(int fd) {
  ::lseek(fd, 0, SEEK_SET);
  return read_all(fd, "the worker's messages", Stage::compile);
}

}  // namespace

WorkerOutput run_worker(const std::filesystem::path& program, std::span<const std::byte> request,
                        std::chrono::seconds timeout) {
  auto to = make_channel(), from = make_pipe();
  const UniqueFd chatter(::memfd_create("sonda-compile", MFD_CLOEXEC));
  if (!chatter) throw system_error(Stage::compile, "the worker", "cannot make room for its messages", errno);

  Child child(spawn(program, to.read_end.get(), from.write_end.get(), chatter.get()));
  to.read_end.reset();
  from.write_end.reset();
  WorkerOutput output{Exchange(std::move(to.write_end), std::move(from.read_end), request, timeout).run(), {}, 0};

  const int status = child.wait();
  output.chatter = read_chatter(chatter.get());
  throw_if_stopped();
  if (WIFSIGNALED(status))
    throw Error(Stage::compile, "the worker",
                fmt::format("ended by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status))),
                "-v shows what it printed last")
        .with_details(output.chatter);
  output.status = WEXITSTATUS(status);
  return output;
}

}  // namespace sonda
