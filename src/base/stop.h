// Ending on a signal: the only global state there is.
#pragma once

#include <signal.h>

#include <chrono>
#include <span>

struct pollfd;

namespace sonda {

/// From here on SIGINT and SIGTERM are noted instead of ending the process. The second one ends it at once, with the
/// status of an interrupted program.
void note_stop_signals();

/// From here on SIGHUP is noted like these: the terminal has gone, or somebody says so.
void note_hangup();

/// The signal that asked us to stop, or 0.
int stop_signal() noexcept;

/// Holds SIGINT and SIGTERM back while it lives, in this thread and in those that it starts meanwhile.
class BlockedStopSignals {
 public:
  BlockedStopSignals();
  BlockedStopSignals(const BlockedStopSignals&) = delete;
  BlockedStopSignals& operator=(const BlockedStopSignals&) = delete;
  ~BlockedStopSignals();
  const sigset_t& before() const noexcept { return before_; }

 private:
  sigset_t before_{};
};

enum class Woken { by_time, by_signal, by_fd };
/// Waits until `fd` (-1: none) is readable, the time is over, or a signal has asked us to stop.
Woken wait_unless_stopped(int fd, std::chrono::nanoseconds longest);

/// For a program with a prompt, after note_stop_signals(): SIGINT asks what is going on to stop, however often it
/// comes, and the program goes on after forget_interrupt(). SIGTERM stays as it is.
void interrupts_are_harmless();
/// Forgets a SIGINT. What the signal was that asked us to stop, as stop_signal() had it; a SIGTERM is not forgotten.
int forget_interrupt() noexcept;

/// Sleeps; returns early, true, if a signal has asked us to stop.
bool sleep_unless_stopped(std::chrono::nanoseconds duration);
/// poll(2) that no stop signal can slip by: how many are ready; 0 at once or early if a signal has asked us to stop, or
/// if `milliseconds` (-1: never) are over. Throws Error(Stage::read).
int poll_unless_stopped(std::span<pollfd> waiting, int milliseconds);

}  // namespace sonda
