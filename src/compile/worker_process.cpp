#include "compile/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

/// As exec wants them. Borrows them.
std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// LLVM takes and gives back so much memory that the page faults of it are felt: the C library shall take it in large
// pieces, in huge pages where the kernel has them, and keep it.
constexpr const char* memory =
    "GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.top_pad=67108864:glibc.malloc.trim_threshold=1073741824:"
    "glibc.malloc.mmap_threshold=1073741824";

pid_t spawn(const std::filesystem::path& program, std::vector<std::string> arguments, int request, int answer,
            int chatter) {
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
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGXFSZ}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  // The environment decides how libbcc compiles (ARCH, BCC_*, TMPDIR, CPATH): none of ours reaches it.
  arguments.insert(arguments.begin(), program.string());
  std::vector<std::string> environment{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", memory};
  const auto name = arguments.front();
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, name.c_str(), &actions, &attributes, pointers(arguments).data(), pointers(environment).data());
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
  Exchange(UniqueFd to, UniqueFd from, std::span<const std::byte> request, std::chrono::milliseconds timeout)
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
                  fmt::format("gave no answer within {} s and was ended",
                              std::chrono::ceil<std::chrono::seconds>(timeout_).count()),
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
  std::chrono::milliseconds timeout_;
  Clock::time_point deadline_ = Clock::now() + timeout_;
  std::vector<std::byte> answer_;
};

std::string read_chatter(int fd) {
  ::lseek(fd, 0, SEEK_SET);
  return read_all(fd, "the worker's messages", Stage::compile);
}

}  // namespace

std::string file_identity(const std::filesystem::path& path) {
  std::error_code none;
  const auto real = std::filesystem::canonical(path, none);
  struct stat status{};
  if (none || ::stat(real.c_str(), &status) != 0) return path.string();
  return fmt::format("{} {} {}.{:09}", real.string(), status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

std::string compiler_identity(const std::filesystem::path& worker) {
  return fmt::format("{}; {}", file_identity(SONDA_LIBBCC), file_identity(worker));
}

/// A child that is ended and reaped when this goes, whatever happens.
class Worker::Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }
  pid_t pid() const noexcept { return pid_; }
  bool running() const noexcept {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
  }
  /// Its wait status.
  int wait(rusage* used = nullptr) {
    int status = 0;
    while (::wait4(pid_, &status, 0, used) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

struct Worker::Channels {
  UniqueFd request, answer, chatter;
};

Worker::Worker(const std::filesystem::path& program, std::vector<std::string> arguments) {
  auto to = make_channel(), from = make_pipe();
  UniqueFd chatter(::memfd_create("sonda-compile", MFD_CLOEXEC));
  if (!chatter) throw system_error(Stage::compile, "the worker", "cannot make room for its messages", errno);
  child_ = std::make_unique<Child>(
      spawn(program, std::move(arguments), to.read_end.get(), from.write_end.get(), chatter.get()));
  channels_ =
      std::make_unique<Channels>(Channels{std::move(to.write_end), std::move(from.read_end), std::move(chatter)});
}

Worker::Worker(Worker&&) noexcept = default;
Worker& Worker::operator=(Worker&&) noexcept = default;
Worker::~Worker() = default;

pid_t Worker::pid() const noexcept { return child_->pid(); }

bool Worker::running() const noexcept { return child_ != nullptr && child_->running(); }

WorkerOutput Worker::ask(std::span<const std::byte> request, std::chrono::milliseconds timeout) {
  const auto child = std::move(child_);
  WorkerOutput output;
  output.answer = Exchange(std::move(channels_->request), std::move(channels_->answer), request, timeout).run();
  rusage used{};
  const int status = child->wait(&used);
  output.peak = static_cast<std::uint64_t>(used.ru_maxrss) << 10;
  output.seconds = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
  output.chatter = read_chatter(channels_->chatter.get());
  throw_if_stopped();
  if (WIFSIGNALED(status)) output.signal = WTERMSIG(status);
  output.status = WEXITSTATUS(status);
  return output;
}

WorkerOutput run_worker(const std::filesystem::path& program, std::span<const std::byte> request,
                        std::chrono::milliseconds timeout) {
  auto output = Worker(program).ask(request, timeout);
  require_no_crash(output);
  return output;
}

void require_no_crash(const WorkerOutput& output) {
  if (output.signal == 0) return;
  throw Error(Stage::compile, "the worker",
              fmt::format("ended by signal {} ({})", output.signal, ::strsignal(output.signal)),
              "-v shows what it printed last")
      .with_details(output.chatter);
}

}  // namespace sonda
