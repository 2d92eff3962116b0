#include "tool/cdsnoop_support.h"
#include "support/paths.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <poll.h>
#include <pty.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "base/text.h"
#include "support/patience.h"

namespace sonda::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

/// The test's own environment with `more` put in.
std::vector<std::string> environment_with(const std::vector<std::string>& more) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const auto name = text.substr(0, text.find('=') + 1);
    if (std::ranges::none_of(more, [&](const std::string& other) { return other.starts_with(name); }))
      all.push_back(text);
  }
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::pair<UniqueFd, UniqueFd> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

int status_of(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Adds what can be read to `text`; false at the end.
bool append_from(int fd, std::string& text) {
  std::array<char, 65536> buffer{};
  const auto got = ::read(fd, buffer.data(), buffer.size());
  if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

}  // namespace

Snoop::Snoop(std::vector<std::string> arguments, Environment environment) {
  arguments.insert(arguments.begin(), built_program("cdsnoop").string());
  auto [out, out_end] = make_pipe();
  auto [err, err_end] = make_pipe();
  auto [ready, ready_end] = make_pipe();
  constexpr int ready_number = 200;  // above all that are open, so that dup2 makes a new one
  environment.push_back(fmt::format("SONDA_NOTIFY_READY={}", ready_number));
  const auto variables = environment_with(environment);
  const auto argv = pointers(arguments), envp = pointers(variables);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(out_end.get(), STDOUT_FILENO);
    ::dup2(err_end.get(), STDERR_FILENO);
    ::dup2(ready_end.get(), ready_number);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  out_ = std::move(out);
  err_ = std::move(err);
  ready_ = std::move(ready);
}

Snoop::~Snoop() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  status_of(pid_);
}

bool Snoop::ready() {
  std::string text;
  return append_from(ready_.get(), text);
}

bool Snoop::read_some(int timeout_ms) {
  std::array<pollfd, 2> streams{{{out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}}};
  ::poll(streams.data(), streams.size(), timeout_ms);
  if (streams[0].revents != 0 && !append_from(out_.get(), output_)) out_.reset();
  if (streams[1].revents != 0 && !append_from(err_.get(), errors_)) err_.reset();
  return out_ || err_;
}

bool Snoop::read_until(const std::function<bool()>& enough) {
  const auto end = Clock::now() + patience();
  while (!enough())
    if (Clock::now() > end || !read_some(100)) return enough();
  return true;
}

bool Snoop::read_lines(std::size_t count) {
  return read_until([&] { return static_cast<std::size_t>(std::ranges::count(output_, '\n')) >= count; });
}

int Snoop::stop(int signal) {
  ::kill(pid_, signal);
  return wait();
}

int Snoop::wait() {
  read_until([this] { return !out_ && !err_; });
  const int status = status_of(pid_);
  pid_ = -1;
  return status;
}

std::vector<std::string> Snoop::lines() const {
  std::vector<std::string> result;
  for (const auto line : split_lines(output_)) result.emplace_back(line);
  return result;
}

std::vector<nlohmann::json> Snoop::rows() const {
  std::vector<nlohmann::json> result;
  for (const auto& line : lines()) result.push_back(nlohmann::json::parse(line));
  return result;
}

std::vector<nlohmann::json> Snoop::rows_of(const std::vector<pid_t>& pids) const {
  auto result = rows();
  std::erase_if(result, [&](const nlohmann::json& row) {
    return std::ranges::none_of(pids, [&](pid_t pid) { return row["pid"] == pid || row["ppid"] == pid; });
  });
  return result;
}

TerminalShell::TerminalShell(const fs::path& directory, const fs::path& program, std::vector<std::string> environment) {
  for (const char* plain : {"PATH=/usr/bin:/bin", "TERM=dumb", "LC_ALL=C.UTF-8", "PS1=", "PS2="})
    environment.emplace_back(plain);
  const std::vector<std::string> arguments{program.string(), "--norc", "--noprofile", "-i"};
  const auto argv = pointers(arguments), envp = pointers(environment);
  int terminal = -1;
  pid_ = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (pid_ < 0) throw std::runtime_error("forkpty failed");
  if (pid_ == 0) {
    if (::chdir(directory.c_str()) == 0) ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::fcntl(terminal, F_SETFD, FD_CLOEXEC);
  terminal_.reset(terminal);
}

TerminalShell::~TerminalShell() {
  ::kill(pid_, SIGKILL);
  status_of(pid_);
}

void TerminalShell::run(const std::string& line) {
  // What is typed is echoed, but the number is not in it.
  const auto command = fmt::format("{}; printf 'done-%s;' {}\n", line, ++lines_);
  const auto sign = fmt::format("done-{};", lines_);
  if (::write(terminal_.get(), command.data(), command.size()) != static_cast<ssize_t>(command.size()))
    throw std::runtime_error("cannot type");
  std::string seen;
  const auto end = Clock::now() + patience();
  while (seen.find(sign) == std::string::npos) {
    pollfd stream{terminal_.get(), POLLIN, 0};
    ::poll(&stream, 1, 100);
    if ((stream.revents != 0 && !append_from(terminal_.get(), seen)) || Clock::now() > end)
      throw std::runtime_error("the shell did not do: " + line + "\nit said: " + seen);
  }
}

int run_program(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                const fs::path& directory, std::optional<uid_t> user) {
  const auto variables = environment_with(environment);
  const auto argv = pointers(command), envp = pointers(variables);
  const auto child = ::fork();
  if (child == 0) {
    const int null = ::open("/dev/null", O_RDWR);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, stream);
    if (::chdir(directory.c_str()) == 0 && (!user || ::setresuid(*user, *user, *user) == 0))
      ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  return status_of(child);
}

std::string typed(const std::string& word) {
  std::string text = "$'";
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("/._-+ ").find(c) != std::string_view::npos)
      text += c;
    else
      text += fmt::format("\\{:03o}", byte);
  }
  return text += "'";
}

std::vector<std::uint32_t> programs_of(pid_t pid) {
  std::vector<std::uint32_t> ids;
  for (const auto& entry : fs::directory_iterator(fmt::format("/proc/{}/fdinfo", pid))) {
    std::ifstream info(entry.path());
    for (std::string line; std::getline(info, line);)
      if (line.starts_with("prog_id:"))
        if (const auto id = parse_u64(trim(line.substr(8)))) ids.push_back(static_cast<std::uint32_t>(*id));
  }
  return ids;
}

bool program_stays(std::uint32_t id) {
  constexpr int attempts = 100;
  for (int i = 0; i < attempts; ++i) {
    bpf_attr request{};
    request.prog_id = id;
    const UniqueFd fd(static_cast<int>(::syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &request, sizeof request)));
    if (!fd) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

}  // namespace sonda::test
