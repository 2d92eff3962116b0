// Ending on a signal: the only global state there is.
#pragma once

#include <chrono>

namespace sonda {

/// From here on SIGINT and SIGTERM are noted instead of ending the process. The second one ends it at once, with the
/// status of an interrupted program.
void note_stop_signals();

/// The signal that asked us to stop, or 0.
int stop_signal() noexcept;

/// Sleeps; returns early, true, if a signal has asked us to stop.
bool sleep_unless_stopped(std::chrono::nanoseconds duration);

}  // namespace sonda
