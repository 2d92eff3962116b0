// Ring buffers, and perf buffers, which are read through libbpf.
#include "sonda/events.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/perf_event.h>
#include <poll.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <exception>
#include <optional>
#include <vector>

#include "kernel/libbpf.h"
#include "read/map_types.h"
#include "read/ring.h"
#include "sonda/error.h"

namespace sonda {
namespace {

using Clock = std::chrono::steady_clock;

struct FreePerf {
  void operator()(perf_buffer* perf) const { perf_buffer__free(perf); }
};

/// What a read of a perf event gives with PERF_FORMAT_LOST.
struct LostCount {
  std::uint64_t value = 0, lost = 0;
};

perf_event_attr output_event(std::uint64_t read_format) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_BPF_OUTPUT;
  attributes.sample_type = PERF_SAMPLE_RAW;
  attributes.sample_period = 1;
  attributes.wakeup_events = 1;
  attributes.read_format = read_format;
  return attributes;
}

template <class T>
T load(std::span<const std::byte> bytes, std::size_t offset) {
  T value{};
  if (offset + sizeof value <= bytes.size()) std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace

struct EventReader::Impl {
  Impl(const Map& map, EventCallback to_call, Ledger& to_count, std::size_t pages);

  class Polling;
  std::size_t poll(int timeout_ms);
  std::size_t poll_for(std::chrono::nanoseconds longest);

  void consume();
  void consume_ring();
  void consume_perf();
  /// Hands one event over. False once no more are wanted in this round.
  bool deliver(std::span<const std::byte> bytes, int cpu) noexcept;
  bool is_round_over() const noexcept;
  void count_lost();
  bool perf_record(const perf_event_header* header, int cpu) noexcept;

  static bpf_perf_event_ret on_perf_record(void* self, int cpu, perf_event_header* header) {
    auto& reader = *static_cast<Impl*>(self);
    if (reader.perf_record(header, cpu)) return LIBBPF_PERF_EVENT_CONT;
    return reader.failure ? LIBBPF_PERF_EVENT_ERROR : LIBBPF_PERF_EVENT_DONE;
  }

  void open_ring(const Map& map);
  void open_perf(const Map& map, std::size_t pages);

  std::string name;
  EventCallback callback;
  Ledger* ledger;
  std::optional<Ring> ring;
  std::unique_ptr<perf_buffer, FreePerf> perf;
  int fd = -1;                      // borrowed from the buffer
  bool counts_exactly = false;      // the kernel keeps a count of what was lost (6.0), rather than only records of it
  std::vector<std::uint64_t> lost;  // by perf buffer: what the ledger has been told of
  std::size_t most_in_round = 0;    // records that fit a ring buffer
  std::size_t delivered = 0;        // in this round
  std::optional<Clock::time_point> round_ends;
  bool round_over = false;      // before all was delivered
  std::size_t next_buffer = 0;  // of a perf buffer's, one for each CPU
  std::exception_ptr failure;   // what the callback threw
  bool polling = false;
};

EventReader::Impl::Impl(const Map& map, EventCallback to_call, Ledger& to_count, std::size_t pages)
    : name(map.spec().name), callback(std::move(to_call)), ledger(&to_count) {
  const QuietLibbpf quiet;
  const auto type = map.spec().type;
  if (type == BPF_MAP_TYPE_RINGBUF)
    open_ring(map);
  else if (type == BPF_MAP_TYPE_PERF_EVENT_ARRAY)
    open_perf(map, pages);
  else
    throw Error(Stage::read, name, fmt::format("is of type {}, not a ring buffer or perf buffer", map_type_name(type)));
}

void EventReader::Impl::open_ring(const Map& map) {
  ring.emplace(map);
  fd = map.fd();  // a ring buffer's own can be waited on
  most_in_round = map.spec().max_entries / BPF_RINGBUF_HDR_SZ + 1;
}

void EventReader::Impl::open_perf(const Map& map, std::size_t pages) {
  if (!std::has_single_bit(pages) || pages > (1U << 20))
    throw Error(Stage::read, name, fmt::format("a perf buffer of {} pages: it takes a power of two", pages));
  LIBBPF_OPTS(perf_buffer_raw_opts, options);
  for (const std::uint64_t format : {std::uint64_t{PERF_FORMAT_LOST}, std::uint64_t{0}}) {
    auto attributes = output_event(format);
    perf.reset(perf_buffer__new_raw(map.fd(), pages, &attributes, on_perf_record, this, &options));
    counts_exactly = format != 0;
    if (perf || errno != EINVAL) break;
  }
  if (!perf) {
    const int number = errno;
    throw system_error(Stage::read, name, "opening the perf buffer", number,
                       number == ENOMEM || number == EPERM ? "fewer pages may fit" : "");
  }
  fd = perf_buffer__epoll_fd(perf.get());
  lost.resize(perf_buffer__buffer_cnt(perf.get()));
}

bool EventReader::Impl::deliver(std::span<const std::byte> bytes, int cpu) noexcept {
  ++delivered;
  ++ledger->events_seen;
  try {
    callback({bytes, cpu});
  } catch (...) {
    failure = std::current_exception();  // not through libbpf's frames
  }
  round_over = is_round_over();
  return !failure && (perf || delivered < most_in_round) && !round_over;
}

bool EventReader::Impl::is_round_over() const noexcept {
  constexpr std::size_t looks_every = 64;  // events, so that the clock costs nothing
  return round_ends && delivered % looks_every == 0 && Clock::now() >= *round_ends;
}

bool EventReader::Impl::perf_record(const perf_event_header* header, int cpu) noexcept {
  const std::span bytes(reinterpret_cast<const std::byte*>(header), header->size);
  constexpr std::size_t body = sizeof(perf_event_header);
  if (header->type == PERF_RECORD_LOST) {
    if (!counts_exactly)
      ledger->events_lost += load<std::uint64_t>(bytes, body + sizeof(std::uint64_t));  // after the id
    return true;
  }
  if (header->type != PERF_RECORD_SAMPLE || bytes.size() < body + sizeof(std::uint32_t)) return true;
  const auto raw = bytes.subspan(body + sizeof(std::uint32_t));
  return deliver(raw.first(std::min<std::size_t>(load<std::uint32_t>(bytes, body), raw.size())), cpu);
}

void EventReader::Impl::count_lost() {
  for (std::size_t i = 0; counts_exactly && i < lost.size(); ++i) {
    LostCount count;
    const int event = perf_buffer__buffer_fd(perf.get(), i);
    if (event < 0 || ::read(event, &count, sizeof count) != sizeof count) continue;  // a CPU that is not online
    ledger->events_lost += count.lost - lost[i];
    lost[i] = count.lost;
  }
}

void EventReader::Impl::consume_perf() {
  for (std::size_t i = 0; i < lost.size() && !failure && !round_over; ++i) {
    next_buffer = (next_buffer + 1) % lost.size();  // so that a busy CPU does not keep the others waiting
    const int status = perf_buffer__consume_buffer(perf.get(), next_buffer);
    if (status < 0 && status != -EINVAL && !failure)  // EINVAL: a CPU that is not online
      throw system_error(Stage::read, name, "reading the perf buffer", -status);
  }
  count_lost();
}

void EventReader::Impl::consume_ring() {
  for (bool goes_on = true; goes_on;) {
    const auto record = ring->next();
    if (!record) return;
    goes_on = deliver(*record, -1);
    ring->release();
  }
}

void EventReader::Impl::consume() {
  if (ring)
    consume_ring();
  else
    consume_perf();
}

/// While one lives, the callback must not poll again.
class EventReader::Impl::Polling {
 public:
  explicit Polling(Impl& reader) : reader_(reader) {
    if (reader.polling) throw Error(Stage::read, reader.name, "was polled by its own callback");
    reader.polling = true;
    reader.round_over = false;
  }
  Polling(const Polling&) = delete;
  Polling& operator=(const Polling&) = delete;
  ~Polling() {
    reader_.polling = false;
    reader_.round_ends.reset();
  }

 private:
  Impl& reader_;
};

std::size_t EventReader::Impl::poll_for(std::chrono::nanoseconds longest) {
  const Polling guard(*this);
  round_ends = Clock::now() + longest;
  delivered = 0;
  failure = nullptr;
  consume();
  if (failure) std::rethrow_exception(failure);
  return delivered;
}

std::size_t EventReader::Impl::poll(int timeout_ms) {
  const Polling guard(*this);
  const auto deadline = Clock::now() + std::chrono::milliseconds(std::max(timeout_ms, 0));
  delivered = 0;
  failure = nullptr;
  while (true) {
    // First what is there: of a perf buffer's wakeups only the first one to ask is told.
    consume();
    if (failure) std::rethrow_exception(failure);
    if (delivered != 0) return delivered;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (timeout_ms >= 0 && left <= 0) return 0;
    pollfd wanted{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wanted, 1, timeout_ms < 0 ? -1 : static_cast<int>(left));
    if (ready < 0 && errno == EINTR) return 0;
    if (ready < 0) throw system_error(Stage::read, name, "waiting for events", errno);
  }
}

EventReader::EventReader(const Map& map, EventCallback callback, Ledger& ledger, std::size_t pages)
    : impl_(std::make_unique<Impl>(map, std::move(callback), ledger, pages)) {}
EventReader::EventReader(EventReader&&) noexcept = default;
EventReader& EventReader::operator=(EventReader&&) noexcept = default;
EventReader::~EventReader() = default;

int EventReader::fd() const noexcept { return impl_->fd; }

std::size_t EventReader::poll(int timeout_ms) { return impl_->poll(timeout_ms); }

std::size_t EventReader::drain() {
  std::size_t all = 0;
  while (const auto some = poll(0)) all += some;
  return all;
}

bool EventReader::has_more() const noexcept { return impl_->round_over; }

std::size_t EventReader::poll_for(std::chrono::nanoseconds longest) { return impl_->poll_for(longest); }

}  // namespace sonda
