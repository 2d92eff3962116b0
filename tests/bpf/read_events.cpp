// Ring and perf buffers at full speed: what is submitted is delivered, or counted as lost.
#include <poll.h>
#include <pthread.h>

#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include "event_source.h"
#include "sonda/error.h"
#include "sonda/events.h"
#include "support/catch.h"
#include "support/skip.h"

using namespace sonda;
using test::EventSource;
using test::make_map;

namespace {

Map ring_buffer_map(std::uint32_t bytes) { return make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, bytes); }
Map perf_buffer_map() { return make_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, possible_cpus()); }

/// Has two threads submit `each` events, and delivers meanwhile.
void run_at_full_speed(const EventSource& source, EventReader& reader, std::uint32_t each) {
  std::atomic<int> running = 2;
  const auto produce = [&] {
    source.submit(each);
    --running;
  };
  std::thread first(produce), second(produce);
  while (running > 0) reader.poll(1);
  first.join();
  second.join();
  reader.drain();
}

/// Notes the numbers of events; a number that comes twice fails the test.
struct Collector {
  std::set<std::uint64_t> numbers;
  std::size_t doubles = 0, too_short = 0;
  void operator()(const Event& event) {
    if (event.bytes.size() < 8) ++too_short;
    if (!numbers.insert(from_bytes<std::uint64_t>(event.bytes)).second) ++doubles;
  }
};

}  // namespace

TEST_CASE("of 100 000 events through a ring buffer each is delivered or was refused", "[events]") {
  SONDA_NEED_BPF();
  const std::uint32_t size = GENERATE(4U << 20, 64U << 10, 4096U);
  const auto map = ring_buffer_map(size);
  const EventSource source(map);
  Ledger ledger;
  Collector collector;
  EventReader reader(map, std::ref(collector), ledger);
  run_at_full_speed(source, reader, 50000);
  INFO("a ring of " << size << " bytes, refused " << source.refused());
  CHECK(source.submitted() == 100000);
  CHECK(collector.numbers.size() + source.refused() == 100000);
  CHECK(collector.doubles == 0);
  CHECK(collector.too_short == 0);
  CHECK(ledger.events_seen == collector.numbers.size());
  CHECK(ledger.events_lost == 0);                      // a ring buffer cannot tell
  if (size == 4U << 20) CHECK(source.refused() == 0);  // all of them fit
}

TEST_CASE("of 100 000 events through perf buffers each is delivered or lost by count", "[events]") {
  SONDA_NEED_BPF();
  const std::size_t pages = GENERATE(1U, 8U, 1024U);
  const auto map = perf_buffer_map();
  const EventSource source(map);
  Ledger ledger;
  Collector collector;
  EventReader reader(map, std::ref(collector), ledger, pages);
  run_at_full_speed(source, reader, 50000);
  INFO(pages << " pages, lost " << ledger.events_lost);
  CHECK(source.submitted() == 100000);
  CHECK(ledger.events_seen + ledger.events_lost == 100000);
  CHECK(ledger.events_lost == source.refused());
  CHECK(ledger.events_seen == collector.numbers.size());
  CHECK(collector.doubles == 0);
  CHECK(collector.too_short == 0);
  if (pages == 1024) CHECK(ledger.lossless());  // all of them fit
}

TEST_CASE("perf buffers that nobody reads in time lose by count", "[events]") {
  SONDA_NEED_BPF();
  const auto map = perf_buffer_map();
  const EventSource source(map);
  Ledger ledger;
  EventReader reader(map, [](const Event& event) { CHECK(event.cpu >= 0); }, ledger, 1);
  source.submit(10000);
  CHECK(reader.poll(0) > 0);
  CHECK(reader.poll(0) == 0);
  CHECK(ledger.events_lost > 0);  // without a further event that would carry the news
  CHECK(ledger.events_seen + ledger.events_lost == 10000);
}

TEST_CASE("an event that is there is delivered at once, and fd() tells of it", "[events]") {
  SONDA_NEED_BPF();
  const bool ring = GENERATE(true, false);
  INFO((ring ? "ring buffer" : "perf buffer"));
  const auto map = ring ? ring_buffer_map(4096) : perf_buffer_map();
  const EventSource source(map);
  Ledger ledger;
  int delivered = 0;
  EventReader first(
      map,
      [&](const Event& event) {
        ++delivered;
        CHECK(event.bytes.size() >= 8);
        CHECK(event.bytes.size() < 16);
        CHECK((event.cpu >= 0) == !ring);
      },
      ledger);
  EventReader reader(std::move(first));
  CHECK(reader.poll(0) == 0);
  pollfd waiting{reader.fd(), POLLIN, 0};
  CHECK(::poll(&waiting, 1, 0) == 0);
  source.submit(3);
  CHECK(::poll(&waiting, 1, 10000) == 1);
  CHECK(reader.poll(0) == 3);
  CHECK(delivered == 3);
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    source.submit(1);
  });
  CHECK(reader.poll(-1) == 1);
  later.join();
}

TEST_CASE("a drained buffer is empty, also of what came meanwhile", "[events]") {
  SONDA_NEED_BPF();
  const auto map = GENERATE(true, false) ? ring_buffer_map(4096) : perf_buffer_map();
  const EventSource source(map);
  Ledger ledger;
  int more = 3;
  EventReader reader(
      map,
      [&](const Event&) {
        if (more-- > 0) source.submit(1);
      },
      ledger);
  source.submit(2);
  CHECK(reader.drain() == 5);
  CHECK(reader.drain() == 0);
}

TEST_CASE("what the callback throws arrives, and the buffer goes on after it", "[events]") {
  SONDA_NEED_BPF();
  const bool ring = GENERATE(true, false);
  const auto map = ring ? ring_buffer_map(4096) : perf_buffer_map();
  const EventSource source(map);
  Ledger ledger;
  std::vector<std::uint64_t> numbers;
  EventReader* itself = nullptr;
  EventReader reader(
      map,
      [&](const Event& event) {
        numbers.push_back(from_bytes<std::uint64_t>(event.bytes));
        if (numbers.back() == 1) throw std::runtime_error("no more");
        if (numbers.back() == 3) itself->poll(0);
      },
      ledger);
  itself = &reader;
  source.submit(5);
  CHECK_THROWS_WITH(reader.poll(-1), "no more");
  CHECK(numbers == std::vector<std::uint64_t>{0, 1});
  CHECK_THROWS_AS(reader.poll(-1), Error);  // polled by its own callback
  CHECK(reader.poll(-1) == 1);
  CHECK(numbers == std::vector<std::uint64_t>{0, 1, 2, 3, 4});
  CHECK(ledger.events_seen == 5);
}

TEST_CASE("a signal ends the waiting", "[events]") {
  SONDA_NEED_BPF();
  struct sigaction action{}, before{};
  action.sa_handler = [](int) {};
  REQUIRE(sigaction(SIGUSR1, &action, &before) == 0);
  const auto map = ring_buffer_map(4096);
  Ledger ledger;
  EventReader reader(map, [](const Event&) {}, ledger);
  std::atomic<bool> done = false;
  std::thread sender([&done, receiver = pthread_self()] {
    while (!done) {  // again, should one come before the waiting
      pthread_kill(receiver, SIGUSR1);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  CHECK(reader.poll(-1) == 0);
  done = true;
  sender.join();
  sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("readers of other maps and of odd sizes are refused", "[events]") {
  SONDA_NEED_BPF();
  Ledger ledger;
  const auto hash = make_map(BPF_MAP_TYPE_HASH, 4, 8, 10);
  const auto nothing = [](const Event&) {};
  CHECK_THROWS_WITH(EventReader(hash, nothing, ledger),
                    test::Contains("of type hash, not a ring buffer or perf buffer"));
  const auto perf = perf_buffer_map();
  for (const std::size_t pages : {std::size_t{0}, std::size_t{3}, std::size_t{1} << 40})
    CHECK_THROWS_WITH(EventReader(perf, nothing, ledger, pages), test::Contains("a power of two"));
}

TEST_CASE("reading for a time stops in time, and says that there is more", "[events]") {
  SONDA_NEED_BPF();
  const bool ring = GENERATE(true, false);
  INFO((ring ? "ring buffer" : "perf buffer"));
  const auto map = ring ? ring_buffer_map(1U << 20) : perf_buffer_map();
  const EventSource source(map);
  Ledger ledger;
  std::uint64_t seen = 0;
  EventReader reader(map, [&](const Event&) { ++seen; }, ledger, 256);
  CHECK_FALSE(reader.has_more());
  source.submit(5000);
  const auto first = reader.poll_for(std::chrono::nanoseconds(0));
  CHECK(first > 0);
  CHECK(first < 5000);
  CHECK(reader.has_more());
  CHECK(seen == first);
  CHECK(first + reader.poll_for(std::chrono::hours(1)) == 5000);
  CHECK_FALSE(reader.has_more());
  CHECK(reader.poll_for(std::chrono::hours(1)) == 0);  // it does not wait
  CHECK(ledger.events_seen == 5000);
  // What was cut short does not limit what comes next.
  source.submit(5000);
  CHECK(reader.poll(0) == 5000);
}
