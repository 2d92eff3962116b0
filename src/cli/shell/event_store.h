// Events that came while nobody looked: kept for the one who will, in bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "present/event_report.h"
#include "sonda/trace_pipe.h"
#include "typed/parse_value.h"

namespace sonda::shell {

/// One buffer, as it was described when it sent its events: it outlives an edit of the probe.
struct EventSource {
  std::string file, map;
  std::unique_ptr<present::EventReport> report;
  TypedAs typed;
  std::vector<std::shared_ptr<const Map>> maps;  ///< those that its events may name stacks of
};

struct StoredEvent {
  std::shared_ptr<EventSource> source;  ///< null: a line of bpf_trace_printk
  std::vector<std::byte> bytes;
  int cpu = -1;
  std::optional<TraceFields> trace;
};

class EventStore {
 public:
  /// More events, and more bytes, are not kept: the oldest go, and are counted.
  static constexpr std::size_t most_events = 65536, most_bytes = 16UL << 20;

  explicit EventStore(std::size_t events = most_events, std::size_t bytes = most_bytes)
      : most_events_(events), most_bytes_(bytes) {}

  void add(StoredEvent event);
  /// Takes out those that are `wanted`, oldest first.
  std::deque<StoredEvent> take(const std::function<bool(const StoredEvent&)>& wanted);
  /// Puts back what was not used of them, before all others.
  void put_back(std::deque<StoredEvent> events);

  std::size_t size() const noexcept { return events_.size(); }
  /// How many went, since the last time it was asked.
  std::uint64_t take_dropped() noexcept { return std::exchange(dropped_, 0); }
  /// How many went in all.
  std::uint64_t all_dropped() const noexcept { return all_dropped_; }

 private:
  void make_room();
  std::size_t most_events_, most_bytes_;
  std::deque<StoredEvent> events_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0, all_dropped_ = 0;
};

}  // namespace sonda::shell
