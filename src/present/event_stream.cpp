#include "present/event_stream.h"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <thread>

#include "present/map_report.h"
#include "read/map_types.h"

namespace sonda::present {

EventStream::EventStream(TableOutput& output, ShowResources& resources, std::function<bool(const std::string&)> wanted,
                         std::optional<std::uint64_t> most, BufferPages pages)
    : output_(output), resources_(resources), wanted_(std::move(wanted)), most_(most), pages_(std::move(pages)) {}

void EventStream::open(Probe& probe) {
  for (const auto& map : probe.loaded().maps()) {
    const auto& name = map->spec().name;
    if (!is_buffer(map->spec()) || !wanted_(name) || is_open_elsewhere(probe, name)) continue;
    auto& buffer = buffers_.emplace_back(&probe, name);
    describe(buffer);
    buffer.reader = &probe.open_events(name, deliver_to(buffer), pages_of(map->spec()));
  }
  if (!trace_ && writes_trace(probe.image())) trace_ = std::make_unique<TracePipe>();
}

/// Of a perf buffer on each CPU.
std::size_t EventStream::pages_of(const MapSpec& buffer) const {
  const auto given = std::ranges::find(pages_, buffer.name, &BufferPages::value_type::first);
  if (given != pages_.end()) return given->second;
  constexpr std::size_t most_in_all = 128U << 20;
  const auto on_each = std::bit_floor(most_in_all / std::max(1U, possible_cpus()));
  const auto wanted = std::min<std::size_t>(room_for_events(buffer.event.size()), on_each);
  return std::max<std::size_t>(wanted / static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)), Probe::default_pages);
}

bool EventStream::is_open_elsewhere(const Probe& probe, const std::string& map) const {
  return is_shared(probe.source(), probe.image().map(map)) &&
         std::ranges::any_of(buffers_, [&](const Buffer& each) { return each.map == map; });
}

void EventStream::describe(Buffer& buffer) {
  auto& probe = *buffer.probe;
  const auto& map = probe.loaded().map(buffer.map);
  buffer.report = std::make_unique<EventReport>(map, probe.source(), probe.loaded(), resources_, output_);
  buffer.filter = make_filter_(probe, map);
}

EventCallback EventStream::deliver_to(Buffer& buffer) {
  return [this, &buffer](const Event& event) {
    if (enough() || (buffer.filter && !buffer.filter(event))) return;
    ++count_;
    buffer.report->print(event);
  };
}

EventStream::Buffer* EventStream::find(const Probe& probe, const std::string& map) {
  const auto known =
      std::ranges::find_if(buffers_, [&](const Buffer& each) { return each.probe == &probe && each.map == map; });
  return known != buffers_.end() ? &*known : nullptr;
}

EventCallback EventStream::callback(Probe& probe, const Map& map) {
  const auto& name = map.spec().name;
  if (!wanted_(name)) return {};
  if (auto* known = find(probe, name)) return deliver_to(*known);
  return deliver_to(buffers_.emplace_back(&probe, name));
}

void EventStream::refresh(Probe& probe) {
  std::erase_if(buffers_,
                [&](const Buffer& each) { return each.probe == &probe && probe.events(each.map) == nullptr; });
  for (auto& buffer : buffers_) {
    if (buffer.probe != &probe) continue;
    buffer.reader = probe.events(buffer.map);
    describe(buffer);
  }
  if (!trace_ && writes_trace(probe.image())) trace_ = std::make_unique<TracePipe>();
}

void EventStream::append(std::vector<pollfd>& waiting) const {
  for (const auto& buffer : buffers_) waiting.push_back({buffer.reader->fd(), POLLIN, 0});
  waiting.push_back({trace_ ? trace_->fd() : -1, POLLIN, 0});
}

void EventStream::read(const std::vector<pollfd>& waiting, std::size_t first) {
  // Together a fraction of what people notice, so that the end of a run is obeyed at once.
  constexpr std::chrono::milliseconds longest(4);
  report::Output::Batch batch(output_.output());
  std::size_t came = 0;
  for (const auto& buffer : buffers_)
    if (waiting[first++].revents != 0 || buffer.reader->has_more()) came += buffer.reader->poll_for(longest);
  came += read_trace(longest);
  batch.end();
  // What comes next comes together: to wake up, poll and write for each event costs several times what showing it does.
  if (came != 0 && !has_more()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

bool EventStream::has_more() const {
  return std::ranges::any_of(buffers_, [](const Buffer& buffer) { return buffer.reader->has_more(); });
}

/// Others may write into the pipe for ever, too.
std::size_t EventStream::read_trace(std::chrono::nanoseconds longest) {
  std::size_t came = 0;
  const auto end = std::chrono::steady_clock::now() + longest;
  while (trace_ && !enough() && std::chrono::steady_clock::now() < end) {
    const auto fields = trace_->fields(0);
    if (!fields) break;
    ++count_;
    ++came;
    print_trace(*fields, output_);
  }
  return came;
}

void EventStream::drain() {
  report::Output::Batch batch(output_.output());
  for (const auto& buffer : buffers_)
    if (!enough()) buffer.reader->drain();
  read_trace(std::chrono::seconds(1));
  batch.end();
}

}  // namespace sonda::present
