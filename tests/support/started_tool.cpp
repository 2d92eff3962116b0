#include "support/started_tool.h"
#include "support/paths.h"
#include "support/patience.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace sonda::test {
namespace {

namespace fs = std::filesystem;
constexpr int ready_number = 200;  // above all that are open, so that dup2 makes a new one

/// To be appended to: what a tool and its command write at the same time would else go to the same place.
UniqueFd file_in_memory(const char* name) {
  UniqueFd fd(::memfd_create(name, MFD_CLOEXEC));
  if (!fd || ::fcntl(fd.get(), F_SETFL, O_APPEND) != 0) throw std::runtime_error("no file in memory");
  return fd;
}

std::string text_of(const UniqueFd& fd) {
  std::ifstream file("/proc/self/fd/" + std::to_string(fd.get()), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int status_of(int waited) { return WIFEXITED(waited) ? WEXITSTATUS(waited) : 128 + WTERMSIG(waited); }

const sigset_t& stop_signals() {
  static const sigset_t set = [] {
    sigset_t stop;
    ::sigemptyset(&stop);
    ::sigaddset(&stop, SIGINT);
    ::sigaddset(&stop, SIGTERM);
    return stop;
  }();
  return set;
}

[[noreturn]] void become(const std::vector<std::string>& words, const StartedTool::How& how, int out, int err,
                         int ready) {
  ::setpgid(0, 0);
  for (const int number : {SIGINT, SIGTERM, SIGPIPE}) ::signal(number, SIG_DFL);
  ::sigprocmask(SIG_UNBLOCK, &stop_signals(), nullptr);
  if (how.mounts != nullptr && !how.mounts->enter()) ::_exit(124);
  if (how.output) out = ::open(how.output->c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  for (auto text : how.environment) {
    const auto equals = text.find('=');
    ::setenv(text.substr(0, equals).c_str(), text.substr(equals + 1).c_str(), 1);
  }
  ::setenv("SONDA_NOTIFY_READY", std::to_string(ready_number).c_str(), 1);
  if (how.user && (::setgroups(0, nullptr) != 0 || ::setgid(*how.user) != 0 || ::setuid(*how.user) != 0)) ::_exit(126);
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  if (::dup2(out, STDOUT_FILENO) >= 0 && ::dup2(err, STDERR_FILENO) >= 0 && ::dup2(ready, ready_number) >= 0)
    ::execv(arguments.front(), arguments.data());
  ::_exit(125);
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> all;
  std::error_code ignored;
  for (const auto& thread : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", ignored)) {
    std::ifstream file(thread.path() / "children");
    all.insert(all.end(), std::istream_iterator<pid_t>(file), {});
  }
  return all;
}

// An id stands after its name, in the lines that the kernel writes about a descriptor.
void add_ids(pid_t pid, Held& held) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fdinfo", ignored)) {
    std::ifstream info(entry.path());
    for (std::string line; std::getline(info, line);) {
      std::istringstream words(line);
      std::string name;
      std::uint32_t id = 0;
      if (!(words >> name >> id)) continue;
      if (name == "prog_id:") held.programs.push_back(id);
      if (name == "map_id:") held.maps.push_back(id);
    }
  }
}

bool exists(bpf_cmd command, std::uint32_t id) {
  bpf_attr request{};
  request.prog_id = id;  // and map_id, which is the same place
  return UniqueFd(static_cast<int>(::syscall(SYS_bpf, command, &request, sizeof request))).get() >= 0;
}

bool runs(const UniqueFd& process) {
  pollfd state{process.get(), POLLIN, 0};
  return ::poll(&state, 1, 0) == 0;
}

std::size_t count_left(const Held& held) {
  const auto programs = std::ranges::count_if(held.programs, [](auto id) { return exists(BPF_PROG_GET_FD_BY_ID, id); });
  const auto maps = std::ranges::count_if(held.maps, [](auto id) { return exists(BPF_MAP_GET_FD_BY_ID, id); });
  return static_cast<std::size_t>(programs + maps + std::ranges::count_if(held.children, runs));
}

}  // namespace

StartedTool::StartedTool(const std::string& tool, const std::vector<std::string>& arguments, const How& how)
    : out_(file_in_memory("output")), err_(file_in_memory("errors")) {
  std::vector<std::string> words{built_program(tool).string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  ready_.reset(ends[0]);
  const UniqueFd ready_end(ends[1]);
  // A signal to the child must not meet the test's own handlers.
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &stop_signals(), &before);
  pid_ = ::fork();
  if (pid_ == 0) become(words, how, out_.get(), err_.get(), ready_end.get());
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid_ < 0) throw std::runtime_error("fork failed");
  ::setpgid(pid_, pid_);  // in both, as nobody knows which is first
}

StartedTool::~StartedTool() {
  if (pid_ < 0 || status_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool StartedTool::ready() {
  char byte = 0;
  if (!tracing_) tracing_ = ::read(ready_.get(), &byte, 1) == 1;
  return tracing_;
}

bool StartedTool::says(std::string_view text, std::size_t times) {
  const auto count = [&] {
    const auto printed = text_of(out_) + text_of(err_);
    std::size_t found = 0;
    for (auto at = printed.find(text); at != printed.npos; at = printed.find(text, at + text.size())) ++found;
    return found;
  };
  const auto end = std::chrono::steady_clock::now() + patience();
  while (std::chrono::steady_clock::now() < end) {
    if (count() >= times) return true;
    int waited = 0;
    if (status_ || ::waitpid(pid_, &waited, WNOHANG) == pid_) {
      if (!status_) status_ = status_of(waited);
      return count() >= times;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

bool StartedTool::freeze(Held& held) {
  ::kill(pid_, SIGSTOP);
  int waited = 0;
  if (::waitpid(pid_, &waited, WUNTRACED) != pid_) throw std::runtime_error("waitpid failed");
  if (!WIFSTOPPED(waited)) {
    status_ = status_of(waited);
    return false;
  }
  add_ids(pid_, held);
  for (const auto child : children_of(pid_)) {
    add_ids(child, held);
    if (UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0))); process)
      held.children.push_back(std::move(process));
  }
  return true;
}

void StartedTool::signal(int number, bool whole_group) {
  if (status_) return;
  ::kill(whole_group ? -pid_ : pid_, number);
  ::kill(pid_, SIGCONT);
}

ToolEnd StartedTool::wait() {
  if (!status_) {
    int waited = 0;
    if (::waitpid(pid_, &waited, 0) != pid_) throw std::runtime_error("waitpid failed");
    status_ = status_of(waited);
  }
  pid_ = -1;
  const bool tracing = ready();
  return {*status_, tracing, text_of(out_), text_of(err_)};
}

std::size_t left_of(const Held& held) {
  constexpr int attempts = 1200;
  for (int i = 0; i < attempts && count_left(held) != 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return count_left(held);
}

}  // namespace sonda::test
