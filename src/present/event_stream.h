// Events as they come: of ring and perf buffers, and of bpf_trace_printk.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "present/event_report.h"
#include "present/output.h"
#include "sonda/probe.h"

namespace sonda::present {

/// Sizes that the user gives: name, pages.
using BufferPages = std::vector<std::pair<std::string, std::uint32_t>>;

/// Whether an event is shown, and counts.
using EventFilter = std::function<bool(const Event&)>;

class EventStream {
 public:
  /// `wanted` says by its name whether a buffer is shown. After `most` events nothing more is. Borrows the others.
  EventStream(TableOutput& output, ShowResources& resources, std::function<bool(const std::string&)> wanted,
              std::optional<std::uint64_t> most, BufferPages pages);

  /// `make` gives the filter of a buffer, or an empty one. To be called before open().
  void filter_by(std::function<EventFilter(Probe&, const Map&)> make) { make_filter_ = std::move(make); }
  /// Opens the probe's buffers that are wanted and not open yet, and the trace pipe if it writes there. The probe is
  /// borrowed.
  void open(Probe& probe);
  bool any() const noexcept { return !buffers_.empty() || trace_ != nullptr; }
  bool enough() const noexcept { return most_ && count_ >= *most_; }

  /// Adds what is to be waited for.
  void append(std::vector<pollfd>& waiting) const;
  /// Whether something is there that no descriptor tells of: then read() is not to be waited for.
  bool has_more() const;
  /// Shows what is there of those that `waiting` tells of, for some milliseconds at most; `first` is where append() put
  /// them.
  void read(const std::vector<pollfd>& waiting, std::size_t first);
  /// Shows all that is there, until nothing comes any more.
  void drain();
  /// Of the trace pipe.
  std::uint64_t lost() const { return trace_ ? trace_->lost() : 0; }

  /// For ReloadOptions::events: the callback of a buffer of `probe` that is new or another one.
  EventCallback callback(Probe& probe, const Map& map);
  /// After a reload, or after none came of it: what is shown is as the probe has it now.
  void refresh(Probe& probe);

 private:
  /// One buffer that is read.
  struct Buffer {
    Probe* probe;
    std::string map;
    EventReader* reader = nullptr;  ///< null: a reload is about to open it
    std::unique_ptr<EventReport> report;
    EventFilter filter;
  };
  Buffer* find(const Probe& probe, const std::string& map);
  bool is_open_elsewhere(const Probe& probe, const std::string& map) const;
  std::size_t pages_of(const MapSpec& buffer) const;
  void describe(Buffer& buffer);
  EventCallback deliver_to(Buffer& buffer);
  std::size_t read_trace(std::chrono::nanoseconds longest);

  TableOutput& output_;
  ShowResources& resources_;
  std::function<bool(const std::string&)> wanted_;
  std::function<EventFilter(Probe&, const Map&)> make_filter_ = [](Probe&, const Map&) { return EventFilter(); };
  std::optional<std::uint64_t> most_;
  BufferPages pages_;
  std::uint64_t count_ = 0;
  std::list<Buffer> buffers_;
  std::unique_ptr<TracePipe> trace_;
};

}  // namespace sonda::present
