#include "front/event_loop.h"

#include <algorithm>
#include <utility>

#include "base/stop.h"

namespace sonda::front {
namespace {

using std::chrono::nanoseconds;
using Clock = EventLoop::Clock;

// A fraction of what people notice, so that the end is obeyed at once, whatever comes.
constexpr std::chrono::milliseconds longest_turn(4);
// That a reader has gone, and that a swap is long enough ago to be told of, nothing wakes us for.
constexpr std::chrono::milliseconds reader_looked_at(200), swap_looked_at(1000);

/// Later than any end that somebody waits for, and no overflow.
Clock::time_point in(nanoseconds duration) {
  constexpr nanoseconds most = std::chrono::hours(24 * 365 * 50);
  return Clock::now() + std::min(duration, most);
}

}  // namespace

void EventLoop::end_after(std::optional<nanoseconds> duration) {
  end_ = duration ? in(*duration) : Clock::time_point::max();
}

EventLoop::Interval& EventLoop::every(nanoseconds length, Action act) {
  return intervals_.emplace_back(length, std::move(act), in(length));
}

void EventLoop::on(int fd, Action act) {
  add({.append = [fd](std::vector<pollfd>& waiting) { waiting.push_back({fd, POLLIN, 0}); },
       .read =
           [act = std::move(act)](const std::vector<pollfd>& waiting, std::size_t first) {
             if (waiting[first].revents != 0) act();
             return false;
           }});
}

void EventLoop::read(std::function<EventReader*()> buffer) {
  const auto append = [buffer](std::vector<pollfd>& waiting) {
    const auto* reader = buffer();
    waiting.push_back({reader != nullptr ? reader->fd() : -1, POLLIN, 0});
  };
  add({.append = append, .read = [buffer = std::move(buffer)](const std::vector<pollfd>& waiting, std::size_t first) {
         auto* reader = buffer();
         if (reader == nullptr || (waiting[first].revents == 0 && !reader->has_more())) return false;
         reader->poll_for(longest_turn);
         return reader->has_more();
       }});
}

void EventLoop::read(TracePipe& pipe, std::function<void(TraceFields)> take) {
  add({.append =
           [&pipe](std::vector<pollfd>& waiting) { waiting.push_back({pipe.at_end() ? -1 : pipe.fd(), POLLIN, 0}); },
       .read =
           [&pipe, take = std::move(take), more = false](const std::vector<pollfd>& waiting,
                                                         std::size_t first) mutable {
             const auto turn_ends = Clock::now() + longest_turn;
             for (more = more || waiting[first].revents != 0; more && Clock::now() < turn_ends;) {
               auto fields = pipe.fields(0);
               more = fields.has_value();
               if (more) take(std::move(*fields));
             }
             return more;
           }});
}

Ended EventLoop::run() {
  std::optional<Ended> ended;
  while (!(ended = reason())) {
    act_on_intervals();
    if (!asked_) round();
  }
  for (auto* watch : watches_) watch->finish();
  return *ended;
}

std::optional<Ended> EventLoop::reason() const {
  if (asked_) return Ended::as_asked;
  if (stop_signal() != 0) return Ended::by_signal;
  if (output_ != nullptr && output_->reader_gone()) return Ended::by_reader;
  if (Clock::now() >= end_) return Ended::by_time;
  return std::nullopt;
}

void EventLoop::act_on_intervals() {
  for (auto& each : intervals_) {
    if (Clock::now() < each.due) continue;
    each.act();
    if (const auto late = Clock::now() - each.due; late >= nanoseconds(0))
      each.due += (late / each.length + 1) * each.length;
  }
}

nanoseconds EventLoop::longest_wait() const {
  if (more_) return nanoseconds(0);
  auto until = end_;
  for (const auto& each : intervals_) until = std::min(until, each.due);
  nanoseconds longest = until - Clock::now();
  if (output_ != nullptr) longest = std::min<nanoseconds>(longest, reader_looked_at);
  if (!watches_.empty()) longest = std::min<nanoseconds>(longest, swap_looked_at);
  return longest;
}

void EventLoop::round() {
  waiting_.clear();
  firsts_.clear();
  for (const auto& source : sources_) {
    firsts_.push_back(waiting_.size());
    source.append(waiting_);
  }
  auto of_watch = waiting_.size();
  for (const auto* watch : watches_) waiting_.push_back({watch->fd(), POLLIN, 0});
  poll_unless_stopped(waiting_, longest_wait());
  more_ = false;
  for (std::size_t i = 0; i < sources_.size(); ++i)
    if (sources_[i].read(waiting_, firsts_[i])) more_ = true;
  // Behind the sources: a swap may exchange their descriptors.
  for (auto* watch : watches_) {
    if (waiting_[of_watch++].revents != 0) watch->act();
    watch->tick();
  }
  for (const auto& act : each_round_) act();
}

}  // namespace sonda::front
