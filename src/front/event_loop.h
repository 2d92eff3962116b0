// How every program waits: for time, descriptors, edits, and a reason to end.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <vector>

#include "front/probe_watch.h"
#include "report/output.h"
#include "sonda/events.h"
#include "sonda/trace_pipe.h"

namespace sonda::front {

enum class Ended : unsigned char {
  by_time,
  by_signal,  ///< see stop_signal()
  by_reader,  ///< nobody reads the output any more
  as_asked    ///< by EventLoop::end()
};

/// Waits, and calls what it was given, all in the thread of run(). What is called may end the loop; what it throws
/// comes out of run().
class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using Action = std::function<void()>;

  /// Ends by a signal and, if `output` is there, when that has no reader any more. Borrows it.
  explicit EventLoop(const report::Output* output = nullptr) : output_(output) {}
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop() = default;

  /// From now on; nothing: no time ends it.
  void end_after(std::optional<std::chrono::nanoseconds> duration);
  /// To be called by an action; also before run(), which then does nothing.
  void end() noexcept { asked_ = true; }

  struct Interval {
    std::chrono::nanoseconds length;
    Action act;
    Clock::time_point due;
  };
  /// Calls `act` at each multiple of `length` (more than 0) from now on, by the clock; multiples that passed while
  /// something else went on are left out. What is returned stays, and may be changed.
  Interval& every(std::chrono::nanoseconds length, Action act);

  /// Descriptors, which may be others in each round.
  struct Source {
    std::function<void(std::vector<pollfd>&)> append;
    /// Called in each round; what was appended stands from `first` on. Whether there is more that no descriptor tells
    /// of: then the next round comes at once.
    std::function<bool(const std::vector<pollfd>&, std::size_t first)> read;
  };
  void add(Source source) { sources_.push_back(std::move(source)); }
  /// Calls `act` while `fd` is readable, or has been hung up. Borrows it.
  void on(int fd, Action act);
  /// Delivers events of a buffer, some milliseconds at a time. It is asked for in each round, since a reload may
  /// exchange it; null: there is none.
  void read(std::function<EventReader*()> buffer);
  /// The same for lines of bpf_trace_printk. Borrows the pipe.
  void read(TracePipe& pipe, std::function<void(TraceFields)> take);
  /// Exchanges the probe while the loop runs. Borrows it.
  void watch(ProbeWatch& watch) { watches_.push_back(&watch); }
  /// Calls `act` at the end of each round, whatever that was about.
  void each_round(Action act) { each_round_.push_back(std::move(act)); }

  /// Until there is a reason to end, which comes before all else that is due. Throws Error(Stage::read), and what is
  /// thrown by what it calls.
  Ended run();
  /// For what takes long and is called by run(): whether there is a reason to end.
  bool is_over() const { return reason().has_value(); }

 private:
  std::optional<Ended> reason() const;
  void act_on_intervals();
  std::chrono::nanoseconds longest_wait() const;
  void round();

  const report::Output* output_;
  Clock::time_point end_ = Clock::time_point::max();
  bool asked_ = false, more_ = false;
  std::list<Interval> intervals_;
  std::vector<Source> sources_;
  std::vector<ProbeWatch*> watches_;
  std::vector<Action> each_round_;
  std::vector<pollfd> waiting_;      ///< kept for its memory
  std::vector<std::size_t> firsts_;  ///< of each source in it
};

}  // namespace sonda::front
