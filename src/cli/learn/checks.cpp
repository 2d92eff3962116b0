#include "cli/learn/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/learn/private_network.h"

namespace sonda::learn {
namespace {

std::string take_orders(Random& random, const OrderBook& book) {
  const auto orders = random_orders(random, book);
  place(orders);
  return fmt::format("took {} from {}, of {} coins in all", counted(orders.size(), "order"),
                     counted(book.customers, "customer"), with_commas(money_in_all(orders)));
}

std::string usual_work(Random& random) { return take_orders(random, {}); }
std::string work_of_many(Random& random) { return take_orders(random, {.customers = 12}); }
std::string work_with_notes(Random& random) { return take_orders(random, {.least_note = 10, .most_note = 60}); }
std::string work_with_long_notes(Random& random) { return take_orders(random, {.least_note = 400, .most_note = 900}); }
std::string work_of_nothing(Random& random) { return take_orders(random, {.least_amount = 0, .most_amount = 5}); }
std::string work_of_many_amounts(Random& random) { return take_orders(random, {.most_amount = 400}); }
std::string burst(Random& random) { return take_orders(random, {.least = 30'000, .most = 50'000, .customers = 40}); }

std::string page_faults(Random& random) {
  const auto pages = number_between(random, 4'000, 9'000);
  touch_pages(pages);
  return fmt::format("touched {}, and had some more page faults for itself", counted(pages, "fresh page"));
}

std::string evening(Random& random) {
  const auto orders = random_orders(random);
  for (const auto& order : orders) {
    sonda_order(order.customer, order.amount, "");
    if (number_between(random, 0, 2) == 0) sonda_pay(order.customer, order.amount);
  }
  return fmt::format("took {}; a third of them were paid", counted(orders.size(), "order"));
}

std::string deliveries(Random& random) {
  const auto count = number_between(random, 150, 500);
  for (std::uint64_t i = 0; i < count; ++i)
    sonda_let_deliver(static_cast<std::uint32_t>(number_between(random, 0, 5)), number_between(random, 100, 9'000));
  return fmt::format("delivered {}", counted(count, "time"));
}

std::string datagrams(Random& random) {
  const auto count = number_between(random, 200, 600);
  const LocalSocket sender(0);
  for (std::uint64_t i = 0; i < count; ++i) sender.send_to(9);
  return fmt::format("sent {} to port 9 of 127.0.0.1", counted(count, "datagram"));
}

constexpr auto all_parts = std::to_array<LessonParts>({
    {"first-uprobe", check_first_uprobe, usual_work},
    {"arguments", check_arguments, usual_work},
    {"maps", check_maps, usual_work},
    {"trace-printk", check_trace_printk, usual_work},
    {"per-cpu", check_per_cpu, burst},
    {"unchecked-pointer", check_unchecked_pointer, usual_work},
    {"bounds", check_bounds, work_of_many},
    {"loops", check_loops, work_with_notes},
    {"stack", check_stack, work_with_long_notes},
    {"padding", check_padding, usual_work},
    {"ring-buffer", check_ring_buffer, work_of_nothing},
    {"lost-events", check_lost_events, burst},
    {"sampling", check_sampling, page_faults},
    {"histograms", check_histograms, work_of_many_amounts},
    {"tail-calls", check_tail_calls, work_of_many_amounts},
    {"shared-maps", check_shared_maps, evening},
    {"usdt", check_usdt, deliveries},
    {"xdp", check_xdp, datagrams},
    {"verifier", check_verifier, work_with_notes},
    {"cost", check_cost, burst},
});

}  // namespace

const LessonParts* parts_of(std::string_view lesson) {
  const auto found = std::ranges::find(all_parts, lesson, &LessonParts::name);
  return found == all_parts.end() ? nullptr : &*found;
}

}  // namespace sonda::learn
