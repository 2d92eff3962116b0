#include "base/stop.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/files.h"
#include "support/catch.h"
#include "support/scratch.h"
#include "support/skip.h"

using namespace sonda;
using namespace sonda::test;
using namespace std::chrono_literals;

namespace {

/// Whether a signal that asks us to stop ended the wait, or was there before.
bool stopped_within(std::chrono::nanoseconds longest) {
  return poll_unless_stopped({}, longest) == 0 && stop_signal() != 0;
}

}  // namespace

TEST_CASE("without a signal a wait ends by itself") {
  CHECK_FALSE(stopped_within(1ms));
  CHECK_FALSE(stopped_within(-1s));
  CHECK(stop_signal() == 0);
}

TEST_CASE("the first signal is noted") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const auto status = exit_of_child([&] {
      note_stop_signals();
      ::raise(number);
      return stop_signal() == number && stopped_within(10min) ? 0 : 1;
    });
    CHECK(status == 0);
  }
}

TEST_CASE("a hangup that is ignored stays ignored") {
  const auto status = exit_of_child([] {
    ::signal(SIGHUP, SIG_IGN);
    note_stop_signals();
    ::raise(SIGHUP);
    return stop_signal() == 0 ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("a signal at any moment ends a wait") {
  // The child is hit as soon as it may be, which now and then is just before it waits.
  for (int round = 0; round < 200; ++round) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    const auto child = ::fork();
    if (child == 0) {
      note_stop_signals();
      const bool told = ::write(pipe[1], "x", 1) == 1;
      ::_exit(told && stopped_within(20s) ? 0 : 1);
    }
    char ready = 0;
    CHECK(::read(pipe[0], &ready, 1) == 1);
    ::kill(child, SIGINT);
    int status = -1;
    ::waitpid(child, &status, 0);
    ::close(pipe[0]);
    ::close(pipe[1]);
    REQUIRE(status == 0);
  }
}

TEST_CASE("signals are held back from the look at the flag until the wait") {
  const auto child = ::fork();
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(77);
    note_stop_signals();
    ::raise(SIGSTOP);
    ::_exit(stopped_within(20s) ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  SONDA_NEED(WIFSTOPPED(status), "ptrace of a child");
  // To the system call that waits.
  user_regs_struct registers{};
  while (WIFSTOPPED(status) && registers.orig_rax != SYS_ppoll) {
    ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    ::waitpid(child, &status, 0);
    ::ptrace(PTRACE_GETREGS, child, nullptr, &registers);
  }
  REQUIRE(WIFSTOPPED(status));
  const auto text = read_file("/proc/" + std::to_string(child) + "/status", Stage::read);
  const auto at = text.find("SigBlk:");
  REQUIRE(at != text.npos);
  const auto blocked = std::stoull(text.substr(at + 7, 20), nullptr, 16);
  CHECK((blocked >> (SIGINT - 1) & 1) == 1);
  CHECK((blocked >> (SIGTERM - 1) & 1) == 1);
  CHECK((blocked >> (SIGHUP - 1) & 1) == 1);
  ::kill(child, SIGTERM);
  ::ptrace(PTRACE_DETACH, child, nullptr, nullptr);
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("the second signal ends the process at once") {
  const auto status = exit_of_child([] {
    note_stop_signals();
    ::raise(SIGTERM);
    ::raise(SIGINT);
    return 5;
  });
  CHECK(status == 130);
}

TEST_CASE("a broken pipe is an error, not the end") {
  const auto status = exit_of_child([] {
    ignore_write_signals();
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) return 2;
    ::close(pipe[0]);
    try {
      write_all(pipe[1], std::as_bytes(std::span("x", 1)), "output", Stage::report);
    } catch (const Error& error) {
      return error.cause() == "cannot write: Broken pipe" ? 0 : 3;
    }
    return 4;
  });
  CHECK(status == 0);
}
