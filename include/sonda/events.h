// Events that a program sends: ring buffers and perf buffers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "sonda/ledger.h"
#include "sonda/map.h"
#include "sonda/record.h"

namespace sonda {

/// One event as the program submitted it. `bytes` is valid only during the callback; a perf buffer may pad it with up
/// to 7 bytes at the end.
struct Event {
  std::span<const std::byte> bytes;
  int cpu = -1;  ///< -1 for a ring buffer, which does not know
};

using EventCallback = std::function<void(const Event&)>;

/// Reads one ring buffer or perf buffer. Counts what it delivers, and what the kernel says was lost, in the ledger.
/// A ring buffer cannot tell what did not fit: that is where the calls are, in Probe::ledger().
class EventReader {
 public:
  /// `map` and `ledger` are borrowed. `pages` is the size of each CPU's perf buffer, a power of two; a ring buffer's
  /// size is the map's own. Throws Error(Stage::read) if `map` is neither.
  EventReader(const Map& map, EventCallback callback, Ledger& ledger, std::size_t pages = 64);
  EventReader(EventReader&&) noexcept;
  EventReader& operator=(EventReader&&) noexcept;
  ~EventReader();

  /// Readable when there are events; to wait on with poll(2). A perf buffer may tell only once of the same events: call
  /// poll() whenever it does. Borrowed.
  int fd() const noexcept;
  /// Waits up to `timeout_ms` (-1: for ever, 0: not at all), then delivers all that is there; returns how many. A
  /// signal ends the waiting early with 0. What the callback throws is thrown here, after the buffer is left in order.
  std::size_t poll(int timeout_ms);
  /// Delivers what is there without waiting, and stops after about that long, whatever goes on coming; returns how
  /// many. Throws as poll() does.
  std::size_t poll_for(std::chrono::nanoseconds longest);
  /// Delivers what is there, without waiting, until nothing comes any more: for when those who send have ended. Returns
  /// how many; throws as poll() does.
  std::size_t drain();
  /// Whether the last poll_for() stopped for the time, so that there may be more: fd() need not tell of that.
  bool has_more() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sonda
