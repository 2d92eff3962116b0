// Ending on a signal.
#include "base/stop.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sonda/error.h"

namespace sonda {
namespace {

volatile sig_atomic_t stopped_by = 0;
volatile sig_atomic_t harmless_interrupts = 0;

extern "C" void note_stop(int signal_number) {
  if (harmless_interrupts != 0 && (signal_number == SIGINT || stopped_by == SIGINT)) {
    if (stopped_by == 0 || signal_number != SIGINT) stopped_by = signal_number;
    return;
  }
  if (stopped_by != 0) ::_exit(static_cast<int>(Exit::interrupted));
  stopped_by = signal_number;
}

}  // namespace

void note_stop_signals() {
  struct sigaction action{};
  sigemptyset(&action.sa_mask);
  action.sa_handler = note_stop;  // without SA_RESTART: a waiting read must come back
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  // The terminal that goes away ends a run as Ctrl-C does, unless somebody wanted it to go on (nohup).
  struct sigaction hangup{};
  if (::sigaction(SIGHUP, nullptr, &hangup) != 0 || hangup.sa_handler != SIG_IGN) ::sigaction(SIGHUP, &action, nullptr);
}

void restore_signals() noexcept {
  for (const int signal : {SIGINT, SIGTERM}) ::signal(signal, SIG_DFL);
  for (const int signal : write_signals) ::signal(signal, SIG_DFL);
}

void ignore_write_signals() {
  for (const int signal : write_signals) ::signal(signal, SIG_IGN);
}

int stop_signal() noexcept { return stopped_by; }

BlockedStopSignals::BlockedStopSignals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &stop, &before_);
}

BlockedStopSignals::~BlockedStopSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

void interrupts_are_harmless() { harmless_interrupts = 1; }

int forget_interrupt() noexcept {
  const BlockedStopSignals blocked;
  const int before = stopped_by;
  if (before == SIGINT) stopped_by = 0;
  return before;
}

int poll_unless_stopped(std::span<pollfd> waiting, std::chrono::nanoseconds longest) {
  // A signal that comes between the look at the flag and the wait stays pending until ppoll lets it in.
  const BlockedStopSignals blocked;
  if (stopped_by != 0) return 0;
  longest = std::max(longest, std::chrono::nanoseconds(0));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(longest);
  const timespec timeout{static_cast<time_t>(seconds.count()), static_cast<long>((longest - seconds).count())};
  const int ready = ::ppoll(waiting.data(), waiting.size(), &timeout, &blocked.before());
  if (ready < 0 && errno != EINTR) throw system_error(Stage::read, "poll", "waiting", errno);
  return std::max(ready, 0);
}

}  // namespace sonda
