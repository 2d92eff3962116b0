// Checks of the lessons on several programs, several files, and marks.
#include <fmt/format.h>

#include <algorithm>

#include "cli/learn/checks.h"
#include "cli/learn/readings.h"
#include "compile/map_options.h"

namespace sonda::learn {
namespace {

constexpr std::uint32_t kinds = 3;  // lesson 15's: small, medium and large orders

std::uint32_t kind_of(std::uint64_t amount) { return amount < 10 ? 0 : amount < 100 ? 1 : 2; }

bool calls_through(const Probe& probe, std::string_view array) {
  const auto& image = probe.image();
  return std::ranges::any_of(image.programs, [&](const ProgramSpec& program) {
    return std::ranges::any_of(program.maps,
                               [&](const MapReference& use) { return image.maps.at(use.map).name == array; });
  });
}

/// What happens at the tables, in a random order of orders and payments.
struct Event {
  bool pays = false;
  std::uint32_t customer = 0;
  std::uint64_t amount = 0;
};

std::vector<Event> random_evening(Random& random, Counts& owed) {
  std::vector<Event> evening(number_between(random, 300, 800));
  for (auto& event : evening) {
    event.customer = static_cast<std::uint32_t>(number_between(random, 0, 4));
    auto& tab = owed[event.customer];
    event.pays = tab > 1 && number_between(random, 0, 2) == 0;
    // Nobody pays all, so that each tab stays in the map.
    event.amount = event.pays ? number_between(random, 1, tab - 1) : number_between(random, 2, 60);
    tab = event.pays ? tab - event.amount : tab + event.amount;
  }
  return evening;
}

void spend(const std::vector<Event>& evening) {
  for (const auto& event : evening)
    event.pays ? sonda_pay(event.customer, event.amount)
               : static_cast<void>(sonda_order(event.customer, event.amount, ""));
}

}  // namespace

void check_tail_calls(Trial& trial) {
  const auto orders = random_orders(trial.random(), {.most_amount = 400});
  const auto& probe = watch(trial, orders);
  Counts expected;
  for (const auto& order : orders) ++expected[kind_of(order.amount)];
  const auto fell = read_sum(trial, probe, "fell_through");
  const auto counts = read_counts(trial, probe, "kinds");
  if (!fell || !counts) return;
  if (!calls_through(probe, "steps"))
    return trial.wrong("no program jumps through 'steps' any more",
                       "steps.call(ctx, kind) goes on in the program of that slot");
  if (*fell != 0)
    return trial.wrong({.text = "jumps went to slots that are empty: the program that called goes on behind the jump",
                        .expected = "0 that fell through",
                        .found = counted(*fell, "order"),
                        .hint = "put a line above each function: // @tailcall steps[1] = on_medium",
                        .line = line_of_use(probe, "steps")});
  compare_counts(trial, "kind", "count", expected, *counts);
  static_assert(kinds == 3);
}

void check_shared_maps(Trial& trial) {
  Counts owed;
  const auto evening = random_evening(trial.random(), owed);
  std::erase_if(owed, [](const auto& tab) { return tab.second == 0; });
  Worker worker([&] { spend(evening); });
  auto& partner = trial.open_partner(worker.pid());
  auto& probe = trial.open(worker.pid());
  Trial::attach(partner, worker.pid());
  Trial::attach(probe, worker.pid());
  worker.work();
  trial.fact(fmt::format("{} happened: orders, which the partner adds, and payments, which you take off",
                         counted(evening.size(), "thing")));
  const auto* map = find_map(trial, probe, "tabs");
  if (map == nullptr) return;
  if (!is_shared(probe.source(), map->spec()))
    return trial.wrong({.text = "your 'tabs' and the partner's are two maps that only have the same name",
                        .hint = "say it in a line above the map, as the partner does: // @map tabs shared",
                        .line = line_of_use(probe, "tabs")});
  if (const auto counts = read_counts(trial, probe, "tabs")) compare_counts(trial, "customer", "tab", owed, *counts);
}

void check_usdt(Trial& trial) {
  struct Delivery {
    std::uint32_t customer;
    std::uint64_t minutes;
  };
  std::vector<Delivery> deliveries(number_between(trial.random(), 150, 500));
  Counts expected;
  for (auto& delivery : deliveries) {
    delivery = {static_cast<std::uint32_t>(number_between(trial.random(), 0, 5)),
                number_between(trial.random(), 100, 9'000)};
    expected[delivery.customer] += delivery.minutes;
  }
  const auto& probe = trial.watch([&] {
    for (const auto& delivery : deliveries) sonda_let_deliver(delivery.customer, delivery.minutes);
  });
  trial.fact(fmt::format("the shop delivered {}", counted(deliveries.size(), "time")));
  const auto points = probe.attachments();
  if (std::ranges::none_of(points, [](const auto& one) { return std::holds_alternative<Usdt>(one.point); }))
    return trial.wrong("nothing is attached to a USDT mark", "// @attach usdt:/proc/$PID/exe:sonda:delivery");
  if (const auto counts = read_counts(trial, probe, "minutes"))
    compare_counts(trial, "customer", "minutes", expected, *counts);
}

}  // namespace sonda::learn
