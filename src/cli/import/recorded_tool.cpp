#include "cli/import/recorded_tool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "base/files.h"
#include "base/stop.h"
#include "bcc/recorder/record_line.h"
#include "sonda/error.h"
#include "sonda/fd.h"

namespace sonda::cli {
namespace {

using Clock = std::chrono::steady_clock;

// After the last thing that was attached; a tool that waits in a way that the recorder does not know is silent.
constexpr auto silence = std::chrono::seconds(8);
constexpr std::size_t largest_record = 64UL << 20;
constexpr int record_descriptor = 3;

[[noreturn]] void fail(const char* what) { throw system_error(Stage::usage, "the tool", what, errno); }

/// Tools ask how wide it is, and put it into modes that a pipe does not have.
struct Terminal {
  UniqueFd ours, theirs;
};

Terminal make_terminal() {
  Terminal terminal;
  terminal.ours = UniqueFd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  std::array<char, 64> name{};
  if (!terminal.ours || ::grantpt(terminal.ours.get()) != 0 || ::unlockpt(terminal.ours.get()) != 0 ||
      ::ptsname_r(terminal.ours.get(), name.data(), name.size()) != 0)
    fail("it gets no terminal");
  terminal.theirs = UniqueFd(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.theirs) fail("it gets no terminal");
  const winsize size{.ws_row = 24, .ws_col = 120, .ws_xpixel = 0, .ws_ypixel = 0};
  ::ioctl(terminal.ours.get(), TIOCSWINSZ, &size);
  ::fcntl(terminal.ours.get(), F_SETFL, O_NONBLOCK);
  return terminal;
}

std::vector<std::string> its_environment() {
  const std::array own{std::string(bcc::record_variable) + "=", std::string("TERM=")};
  std::vector<std::string> result{fmt::format("{}{}", own[0], record_descriptor), "TERM=xterm",
                                  "PYTHONDONTWRITEBYTECODE=1"};
  for (char** one = ::environ; *one != nullptr; ++one)
    if (std::ranges::none_of(own, [&](const auto& name) { return std::string_view(*one).starts_with(name); }))
      result.emplace_back(*one);
  return result;
}

/// As exec wants them. Borrows them.
std::vector<char*> raw(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// A process in a session of its own, which ends with this object and takes what it started with it.
class Child {
 public:
  Child(std::vector<std::string> words, int terminal, int errors, int record) {
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, terminal, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, terminal, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, record, record_descriptor);
    posix_spawnattr_t attributes{};
    ::posix_spawnattr_init(&attributes);
    sigset_t none, defaults;
    ::sigemptyset(&none);
    ::sigemptyset(&defaults);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGXFSZ}) ::sigaddset(&defaults, signal);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    auto environment = its_environment();
    const int error =
        ::posix_spawn(&pid_, words.front().c_str(), &actions, &attributes, raw(words).data(), raw(environment).data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw system_error(Stage::usage, words.front(), "cannot start it", error);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { end(); }

  /// Its exit status. What it started is ended.
  int end() noexcept {
    if (pid_ <= 0) return status_;
    // A moment for one that is about to end by itself: its status tells more than ours.
    siginfo_t ended{};
    for (int i = 0; i < 50 && !kill_at_once_ && ended.si_pid == 0; ++i) {
      ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
      if (ended.si_pid == 0) ::usleep(10'000);
    }
    ::kill(-pid_, SIGKILL);
    int state = 0;
    while (::waitpid(pid_, &state, 0) < 0 && errno == EINTR) {
    }
    status_ = WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
    pid_ = -1;
    return status_;
  }
  void end_at_once() noexcept { kill_at_once_ = true; }

 private:
  pid_t pid_ = -1;
  int status_ = 0;
  bool kill_at_once_ = false;
};

/// What can be read now goes to `text`. False at the end.
bool drain(int fd, std::string& text) {
  std::array<char, 16384> buffer{};
  while (true) {
    const auto length = ::read(fd, buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno == EAGAIN;
    if (length == 0) return false;
    text.append(buffer.data(), static_cast<std::size_t>(length));
    if (text.size() > largest_record) throw Error(Stage::usage, "the tool", "what it says does not end");
  }
}

bool has_loaded(const std::string& record) {
  return record.find(fmt::format("\n{}\t", bcc::record::load)) != record.npos;
}

/// False if time was over before the record's end.
bool read_record(int record, int terminal, ToolRun& run, Clock::time_point end) {
  auto& text = run.record;
  auto last = Clock::now();
  std::array<pollfd, 2> waiting{pollfd{record, POLLIN, 0}, pollfd{terminal, POLLIN, 0}};
  while (true) {
    const auto now = Clock::now();
    if (now >= end || (has_loaded(text) && now - last > silence)) return false;
    poll_unless_stopped(waiting, std::chrono::milliseconds(200));
    if (stop_signal() != 0)
      throw Error(Stage::usage, "the tool", "interrupted while it was recorded").with_exit(Exit::interrupted);
    if (waiting[1].revents != 0 && !drain(terminal, run.printed)) waiting[1].fd = -1;
    if (waiting[0].revents == 0) continue;
    last = Clock::now();
    if (!drain(record, text)) return true;
  }
}

std::string text_of(int file) {
  ::lseek(file, 0, SEEK_SET);
  return read_all(file, "the tool's messages", Stage::usage);
}

}  // namespace

ToolRun run_recorded(const std::vector<std::string>& words, std::chrono::seconds longest) {
  auto terminal = make_terminal();
  const UniqueFd errors(::memfd_create("errors", MFD_CLOEXEC));
  std::array<int, 2> ends{};
  if (!errors || ::pipe2(ends.data(), O_CLOEXEC) != 0) fail("it cannot be listened to");
  const UniqueFd record(ends[0]);
  UniqueFd its_end(ends[1]);
  ::fcntl(record.get(), F_SETFL, O_NONBLOCK);

  Child child(words, terminal.theirs.get(), errors.get(), its_end.get());
  terminal.theirs.reset();
  its_end.reset();
  ToolRun run;
  run.timed_out = !read_record(record.get(), terminal.ours.get(), run, Clock::now() + longest);
  if (run.timed_out) child.end_at_once();
  run.status = child.end();
  drain(terminal.ours.get(), run.printed);
  run.said = text_of(errors.get());
  return run;
}

}  // namespace sonda::cli
