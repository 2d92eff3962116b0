#include "cli/shell/event_store.h"

#include <algorithm>

namespace sonda::shell {
namespace {

std::size_t size_of(const StoredEvent& event) {
  return event.bytes.size() + (event.trace ? event.trace->message.size() : 0);
}

}  // namespace

void EventStore::add(StoredEvent event) {
  bytes_ += size_of(event);
  events_.push_back(std::move(event));
  make_room();
}

void EventStore::make_room() {
  while (events_.size() > most_events_ || bytes_ > most_bytes_) {
    bytes_ -= size_of(events_.front());
    events_.pop_front();
    ++dropped_;
    ++all_dropped_;
  }
}

std::deque<StoredEvent> EventStore::take(const std::function<bool(const StoredEvent&)>& wanted) {
  std::deque<StoredEvent> taken, left;
  for (auto& event : events_) (wanted(event) ? taken : left).push_back(std::move(event));
  for (const auto& event : taken) bytes_ -= size_of(event);
  events_ = std::move(left);
  return taken;
}

void EventStore::put_back(std::deque<StoredEvent> events) {
  for (const auto& event : events) bytes_ += size_of(event);
  std::ranges::move(events_, std::back_inserter(events));
  events_ = std::move(events);
  make_room();
}

}  // namespace sonda::shell
