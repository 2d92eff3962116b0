// Ending on a signal: the only global state there is.
#pragma once

#include <signal.h>

#include <chrono>
#include <span>

struct pollfd;

namespace sonda {

/// From here on SIGINT, SIGTERM and, unless it is ignored, SIGHUP are noted instead of ending the process. The second
/// one ends it at once, with the status of an interrupted program.
void note_stop_signals();

/// What write(2) raises where nobody reads any more, or a file would grow too large. Ignored, they are errors of
/// write(2), which can be told from others; a program that is started gets them back.
inline constexpr int write_signals[] = {SIGPIPE, SIGXFSZ};
void ignore_write_signals();
/// For a process that is about to become another program: what SIGINT, SIGTERM and the signals above do by default.
void restore_signals() noexcept;

/// The signal that asked us to stop, or 0.
int stop_signal() noexcept;

/// Holds SIGINT, SIGTERM and SIGHUP back while it lives, in this thread and in those that it starts meanwhile.
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

/// For a program with a prompt, after note_stop_signals(): SIGINT asks what is going on to stop, however often it
/// comes, and the program goes on after forget_interrupt(). SIGTERM stays as it is.
void interrupts_are_harmless();
/// Forgets a SIGINT. What the signal was that asked us to stop, as stop_signal() had it; a SIGTERM is not forgotten.
int forget_interrupt() noexcept;

/// poll(2) that no stop signal can slip by: how many are ready; 0 once `longest` is over, after any signal, and at once
/// if one has asked us to stop. Throws Error(Stage::read).
int poll_unless_stopped(std::span<pollfd> waiting, std::chrono::nanoseconds longest);

}  // namespace sonda
