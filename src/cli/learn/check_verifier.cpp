// Checks of the lessons on what the verifier asks for: most of the work is the kernel's.
#include <fmt/format.h>

#include <algorithm>

#include "cli/learn/checks.h"
#include "cli/learn/readings.h"

namespace sonda::learn {
namespace {

constexpr std::uint32_t tables = 8;  // that lesson 7 tells apart

/// Of one slot of an array in the value, added over all CPUs.
std::uint64_t sum_of(const Snapshot::Entry& entry, std::string_view field, std::size_t index) {
  std::uint64_t sum = 0;
  for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu) sum += entry.on_cpu(cpu)[field][index].u64();
  return sum;
}

/// Whether a byte of the struct that belongs to no field is set.
bool has_noise(const RecordView& key, const Schema& schema) {
  std::vector<bool> covered(key.bytes().size());
  for (const auto& field : schema.types.front().fields) {
    const auto first = field.bit_offset / 8;
    for (auto at = first; at < first + schema.types[field.type].size && at < covered.size(); ++at) covered[at] = true;
  }
  for (std::size_t at = 0; at < covered.size(); ++at)
    if (!covered[at] && key.bytes()[at] != std::byte{}) return true;
  return false;
}

std::uint64_t blanks_in(const std::vector<Order>& orders) {
  std::uint64_t count = 0;
  for (const auto& order : orders) count += static_cast<std::uint64_t>(std::ranges::count(order.note, ' '));
  return count;
}

std::uint64_t bytes_of_notes(const std::vector<Order>& orders) {
  std::uint64_t bytes = 0;
  for (const auto& order : orders) bytes += order.note.size();
  return bytes;
}

}  // namespace

void check_bounds(Trial& trial) {
  const auto orders = random_orders(trial.random(), {.customers = tables + 4});
  const auto& probe = watch(trial, orders);
  if (find_map(trial, probe, "rooms") == nullptr) return;
  std::vector<std::uint64_t> expected(tables + 1);
  for (const auto& order : orders) ++expected[std::min(order.customer, tables)];
  const auto snapshot = probe.table("rooms").snapshot();
  for (std::uint32_t i = 0; i <= tables; ++i)
    trial.expect_figure(i < tables ? fmt::format("the orders of customer {}", i) : "the orders of all others",
                        expected[i], sum_of(snapshot[0], "orders", i),
                        fmt::format("orders[{}] is for customers from {} on", tables, tables));
}

void check_loops(Trial& trial) {
  const auto orders = random_orders(trial.random(), {.least_note = 10, .most_note = 60});
  const auto& probe = watch(trial, orders);
  if (const auto sum = read_sum(trial, probe, "blanks"))
    trial.expect_figure("the blanks in the notes", blanks_in(orders), *sum, "look at all characters up to the 0");
}

void check_stack(Trial& trial) {
  const auto orders = random_orders(trial.random(), {.least_note = 400, .most_note = 900});
  const auto& probe = watch(trial, orders);
  if (const auto sum = read_sum(trial, probe, "bytes"))
    trial.expect_figure("the bytes of the notes", bytes_of_notes(orders), *sum,
                        "there is to be room for 1024 bytes; the helper's result counts the 0 at the end");
}

void check_verifier(Trial& trial) {
  const auto orders = random_orders(trial.random(), {.least_note = 0, .most_note = 60});
  const auto& probe = watch(trial, orders);
  Counts expected;
  for (const auto& order : orders)
    for (std::size_t i = 0; i < std::min<std::size_t>(order.amount, order.note.size()); ++i) ++expected[order.note[i]];
  if (const auto counts = read_counts(trial, probe, "letters"))
    compare_counts(trial, "letter", "count", expected, *counts);
}

void check_padding(Trial& trial) {
  auto orders = random_orders(trial.random(), {.customers = 4, .most_amount = 3});
  const auto& probe = watch(trial, orders);
  if (find_map(trial, probe, "seen") == nullptr) return;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> expected, found;
  for (const auto& order : orders) ++expected[{order.customer, order.amount}];
  const auto snapshot = probe.table("seen").snapshot();
  const auto& schema = probe.loaded().map("seen").spec().key;
  std::size_t twins = 0;
  bool noise = false;
  for (const auto entry : snapshot) {
    auto& count = found[{entry.key["customer"].u64(), entry.key["amount"].u64()}];
    twins += count != 0 ? 1 : 0;
    noise = noise || has_noise(entry.key, schema);
    count += as_number(entry.value);
  }
  if (twins != 0 || noise)
    return trial.wrong({.text = fmt::format(
                            "keys differ in bytes between their fields, which nobody has set: {} stand in the map once "
                            "more",
                            counted(twins, "pair")),
                        .expected = counted(expected.size(), "key"),
                        .found = counted(snapshot.size(), "key"),
                        .hint = "set all of the key before its fields: struct key key = {};",
                        .line = line_of_use(probe, "seen")});
  if (expected != found)
    trial.wrong_figure(
        {.text = "the orders by customer and amount are not right",
         .expected = fmt::format("{} in {}", counted(orders.size(), "order"), counted(expected.size(), "key")),
         .found = counted(found.size(), "key"),
         .hint = "one entry for each customer and amount, that counts the orders"});
}

}  // namespace sonda::learn
