// Checks of the lessons on the ways out: buffers and histograms.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>

#include "cli/learn/checks.h"
#include "cli/learn/readings.h"
#include "read/map_types.h"

namespace sonda::learn {
namespace {

/// What a probe sends of an order.
struct Sent {
  std::uint64_t customer = 0, amount = 0;
  bool operator==(const Sent&) const = default;
};

/// Reads `customer` and `amount` of each event into `sent`. Null after telling what is wrong with the map.
EventReader* open_buffer(Trial& trial, Probe& probe, std::vector<Sent>& sent) {
  const auto* map = find_map(trial, probe, "orders");
  if (map == nullptr) return nullptr;
  if (!is_buffer(map->spec())) {
    trial.wrong({.text = "'orders' is not a buffer of events",
                 .hint = "BPF_RINGBUF_OUTPUT(orders, 8); 8 are the pages that it has",
                 .line = line_of_use(probe, "orders")});
    return nullptr;
  }
  const auto& event = map->spec().event;
  if (event.empty()) {
    trial.wrong("it cannot be told what 'orders' carries", "say it: // @event orders struct order");
    return nullptr;
  }
  return &probe.open_events("orders", [&sent, &event](const Event& bytes) {
    const RecordView record(bytes.bytes, event);
    sent.push_back({record["customer"].u64(), record["amount"].u64()});
  });
}

std::string as_text(const std::vector<Sent>& sent, std::size_t at) {
  return at < sent.size() ? fmt::format("event {}: customer {}, amount {}", at + 1, sent[at].customer, sent[at].amount)
                          : fmt::format("{}, then no more", counted(sent.size(), "event"));
}

}  // namespace

void check_ring_buffer(Trial& trial) {
  const auto orders = random_orders(trial.random(), {.least_amount = 0, .most_amount = 5});
  std::vector<Sent> expected, sent;
  for (const auto& order : orders)
    if (order.amount != 0) expected.push_back({order.customer, order.amount});
  Worker worker([&] { place(orders); });
  auto& probe = trial.open(worker.pid());
  Trial::attach(probe, worker.pid());
  trial.fact(fmt::format("the shop took {}, {} of them of nothing", counted(orders.size(), "order"),
                         with_commas(orders.size() - expected.size())));
  auto* reader = open_buffer(trial, probe, sent);
  if (reader == nullptr) return;
  worker.work([&] { reader->poll(0); });
  reader->drain();
  trial.fact(fmt::format("{} arrived", counted(sent.size(), "event")));
  if (sent == expected) return;
  const auto differ = static_cast<std::size_t>(std::ranges::mismatch(expected, sent).in1 - expected.begin());
  trial.wrong_figure({.text = "the events are not the orders, one by one and in their order",
                      .expected = as_text(expected, differ),
                      .found = as_text(sent, differ),
                      .hint = "one event for each order that is not of nothing"});
}

// More than fits, whatever the size of the buffer is: what does not must be counted.
void check_lost_events(Trial& trial) {
  const auto& sized = trial.open(::getpid());
  const auto* map = find_map(trial, sized, "orders");
  if (map == nullptr) return;
  constexpr std::uint64_t header = 8;
  const auto room = map->spec().type == BPF_MAP_TYPE_RINGBUF ? map->spec().max_entries : 64 * 4096U;
  const auto event = std::max<std::uint64_t>(map->spec().event.size(), 8) + header;
  const auto fit = std::min<std::uint64_t>(room / event + 1, 2'000'000);
  const std::vector<Order> orders(fit + number_between(trial.random(), fit / 4 + 50, fit / 2 + 200),
                                  Order{.customer = 3, .amount = 1, .note = {}});
  Worker burst([&] { place(orders); });
  std::vector<Sent> sent;
  auto& probe = trial.open(burst.pid());
  Trial::attach(probe, burst.pid());
  auto* reader = open_buffer(trial, probe, sent);
  if (reader == nullptr) return;
  burst.work();
  reader->drain();
  trial.fact(fmt::format("the shop took {} while nobody read; {} arrived", counted(orders.size(), "order"),
                         counted(sent.size(), "event")));
  const auto lost = read_sum(trial, probe, "lost");
  if (!lost) return;
  const auto missing = orders.size() - std::min(orders.size(), sent.size());
  if (*lost == 0 && missing != 0)
    return trial.wrong_figure({.text = "events were lost, and nothing says so",
                               .expected = with_commas(missing) + " in lost[0]",
                               .found = "0",
                               .hint = "a reserve that gives null found no room: count it before you return",
                               .line = line_of_use(probe, "orders")});
  trial.expect_figure("the lost events", missing, *lost, "arrived and lost together are all orders");
}

void check_histograms(Trial& trial) {
  auto orders = random_orders(trial.random(), {.customers = 6});
  for (auto& order : orders)
    order.amount = number_between(trial.random(), 1, 1ULL << number_between(trial.random(), 1, 40));
  const auto& probe = watch(trial, orders);
  Counts expected;
  for (const auto& order : orders) ++expected[static_cast<std::uint64_t>(std::bit_width(order.amount))];
  const auto counts = read_counts(trial, probe, "amounts");
  if (!counts) return;
  std::uint64_t in_it = 0;
  for (const auto& [slot, count] : *counts) in_it += count;
  if (in_it < orders.size())
    return trial.wrong({.text = "most amounts are beyond the histogram's 64 slots, and are left out",
                        .expected = counted(orders.size(), "order"),
                        .found = with_commas(in_it),
                        .hint = "a slot for each power of two is enough: amounts.increment(bpf_log2l(amount))",
                        .line = line_of_use(probe, "amounts")});
  compare_counts(trial, "slot", "count", expected, *counts);
}

}  // namespace sonda::learn
