// A check in a process of its own: whatever it does, hangs or crashes, ends with it.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/escape.h"
#include "base/files.h"
#include "base/stop.h"
#include "base/text.h"
#include "cli/doctor/check.h"
#include "report/json_line.h"
#include "sonda/error.h"

namespace sonda::cli::doctor {
namespace {

using Clock = std::chrono::steady_clock;

/// Time for a check that was told to stop, to put away what it made: a compile's folder, a filter of traffic control.
constexpr std::chrono::seconds grace{2};

std::string packed(const Finding& finding) {
  std::vector<std::string> details;
  for (const auto& detail : finding.details)
    for (const auto line : split_lines(detail)) details.push_back(to_valid_utf8(line));
  return report::Json{static_cast<int>(finding.status), to_valid_utf8(finding.found), to_valid_utf8(finding.remedy),
                      details}
      .dump();
}

std::optional<Finding> unpacked(const std::string& text) {
  const auto json = report::Json::parse(text, nullptr, false);
  if (!json.is_array() || json.size() != 4) return std::nullopt;
  return Finding{.status = static_cast<Status>(json[0].get<int>()),
                 .found = json[1],
                 .remedy = json[2],
                 .details = json[3].get<std::vector<std::string>>()};
}

/// Why the check cannot be tried; nothing if it can.
std::optional<Finding> cannot_try(Wants wants) {
  if (wants == Wants::nothing) return std::nullopt;
  try {
    require_bpf_privilege();
  } catch (const Error& error) {
    const auto colon = error.cause().find(": ");
    return unknown("not tried: " + error.cause().substr(0, colon),
                   colon == std::string::npos ? as_root() : error.cause().substr(colon + 2));
  }
  if (wants == Wants::bpf) return std::nullopt;
  if (!has_capability(Capability::net_admin) || !has_capability(Capability::sys_admin))
    return unknown("not tried: CAP_NET_ADMIN and CAP_SYS_ADMIN are not both there, which a network namespace takes",
                   as_root());
  if (::unshare(CLONE_NEWNET) != 0)
    return unknown(fmt::format("not tried: there can be no network namespace ({})", std::strerror(errno)),
                   "on a kernel with CONFIG_NET_NS=y, outside of a container");
  return std::nullopt;
}

Finding run_here(const Check& check) {
  try {
    if (auto finding = cannot_try(check.wants)) return std::move(*finding);
    return check.run();
  } catch (const Error& error) {
    auto finding = error.exit() == Exit::cannot_run ? missing(error.cause(), error.hint())
                                                    : broken(error.subject() + ": " + error.cause(), error.hint());
    if (finding.remedy.empty()) finding.remedy = fmt::format("sonda -v doctor --only {} tells all", check.id);
    finding.details.push_back(error.what());
    return finding;
  } catch (const std::exception& error) {
    return broken(error.what(), "please report it, with the output of: uname -a");
  }
}

[[noreturn]] void be_child(const Check& check, pid_t parent, int answer) {
  // A group of its own, with all that it starts; it does not outlive us, nor gets our terminal's Ctrl-C.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);
  try {
    const auto text = packed(run_here(check));
    write_all(answer, std::as_bytes(std::span(text)), "the finding", Stage::report);
  } catch (const std::exception&) {
    ::_exit(1);
  }
  ::_exit(0);
}

class Child {
 public:
  Child(const Check& check, int answer) {
    const auto parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw system_error(Stage::kernel, check.id, "cannot start a process for the check", errno);
    if (pid_ == 0) be_child(check, parent, answer);
    ::setpgid(pid_, pid_);  // in both, as nobody knows which is first
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { end(); }

  /// Its wait status, for one that has closed its end of the pipe; nothing if it does not end then.
  std::optional<int> status() noexcept {
    if (!ends_within(grace)) return std::nullopt;
    return reap();
  }

 private:
  /// Asks it to end, then makes it, and what it started; one that the kernel holds is left to the kernel.
  void end() noexcept {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGTERM);
    const bool ended = ends_within(grace);
    ::kill(-pid_, SIGKILL);
    if (ended || ends_within(grace)) reap();
  }

  /// Until it is reaped, its number is nobody else's.
  bool ends_within(Clock::duration time) const noexcept {
    for (const auto until = Clock::now() + time; Clock::now() < until;) {
      siginfo_t state{};
      if (::waitid(P_PID, static_cast<id_t>(pid_), &state, WEXITED | WNOHANG | WNOWAIT) != 0 || state.si_pid == pid_)
        return true;
      ::poll(nullptr, 0, 1);
    }
    return false;
  }

  int reap() noexcept {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

  pid_t pid_ = -1;
};

/// All that comes through the pipe; nothing if it is not closed in time.
std::optional<std::string> receive(int from, Clock::time_point until) {
  std::string text;
  for (;;) {
    if (stop_signal() != 0) throw Error(Stage::kernel, "the checks", "interrupted").with_exit(Exit::interrupted);
    const auto left = until - Clock::now();
    if (left <= Clock::duration(0)) return std::nullopt;
    pollfd waiting{from, POLLIN, 0};
    if (poll_unless_stopped(std::span(&waiting, 1), left) == 0) continue;
    std::array<char, 4096> part{};
    const auto got = ::read(from, part.data(), part.size());
    if (got == 0) return text;
    if (got > 0) text.append(part.data(), static_cast<std::size_t>(got));
    if (got < 0 && errno != EINTR) return text;
  }
}

Finding finding_of(const Check& check) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw system_error(Stage::kernel, check.id, "cannot make a pipe for the check", errno);
  const UniqueFd from(ends[0]);
  UniqueFd to(ends[1]);
  Child child(check, to.get());
  to.reset();
  const auto text = receive(from.get(), Clock::now() + check.limit);
  if (!text)
    return broken(fmt::format("no answer within {} s; the check was ended", check.limit.count()),
                  "a file system that hangs, or a machine that is too busy: look at dmesg, and try again");
  const int status = child.status().value_or(0);
  if (auto finding = unpacked(*text)) return std::move(*finding);
  if (WIFSIGNALED(status))
    return broken(fmt::format("the check ended by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status))),
                  "look at dmesg: the kernel may have ended it for lack of memory; else please report it");
  return broken("the check ended without an answer", "please report it, with the output of: uname -a");
}

}  // namespace

Finding run_confined(const Check& check) {
  const auto began = Clock::now();
  auto finding = finding_of(check);
  finding.took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
  return finding;
}

}  // namespace sonda::cli::doctor
