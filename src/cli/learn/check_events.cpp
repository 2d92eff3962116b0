// Checks of the lessons on events and maps.

#include "cli/learn/checks.h"
#include "cli/learn/readings.h"

namespace sonda::learn {
void check_first_uprobe(Trial& trial) {
  const auto orders = random_orders(trial.random());
  const auto& probe = watch(trial, orders);
  if (const auto sum = read_sum(trial, probe, "orders"))
    trial.expect_figure("the orders", orders.size(), *sum, "the program adds 1 to orders[0] at each call");
}

void check_arguments(Trial& trial) {
  const auto orders = random_orders(trial.random(), {.least_amount = 3});
  const auto& probe = watch(trial, orders);
  const auto sum = read_sum(trial, probe, "money");
  if (!sum) return;
  if (*sum == orders.size())
    return trial.wrong({.text = "money[0] has the number of orders, not what they cost",
                        .expected = with_commas(money_in_all(orders)),
                        .found = with_commas(*sum),
                        .hint = "the amount is the second argument: PT_REGS_PARM2(ctx)",
                        .line = line_of_use(probe, "money")});
  trial.expect_figure("the coins in money[0]", money_in_all(orders), *sum, "the amount is the second argument");
}

void check_maps(Trial& trial) {
  // Numbers that no array of a sensible size would have.
  auto orders = random_orders(trial.random());
  const auto first = static_cast<std::uint32_t>(number_between(trial.random(), 70'000, 2'000'000'000));
  for (auto& order : orders) order.customer = first + order.customer * 7;
  const auto& probe = watch(trial, orders);
  const auto counts = read_counts(trial, probe, "money");
  if (!counts) return;
  if (probe.loaded().map("money").spec().type == BPF_MAP_TYPE_ARRAY)
    return trial.wrong({.text = "'money' is an array: it has the keys 0, 1, 2, ... and no others",
                        .expected = "a hash, with an entry for each customer",
                        .found = "an array",
                        .hint = "BPF_HASH(money, u32, u64); the key is the customer's number",
                        .line = line_of_use(probe, "money")});
  compare_counts(trial, "customer", "money", money_by_customer(orders), *counts);
}

void check_trace_printk(Trial& trial) {
  auto orders = random_orders(trial.random());
  const auto& probe = watch(trial, orders);
  if (const auto line = line_of_call(probe, "trace_printk"))
    return trial.wrong({.text =
                            "the probe still calls bpf_trace_printk(): text in a pipe that all probes of this machine "
                            "share, and that one reader empties",
                        .hint = "keep the amount in the map: last.update(&customer, &amount); and take the call out",
                        .line = *line});
  Counts last;
  for (const auto& order : orders) last[order.customer] = order.amount;
  if (const auto counts = read_counts(trial, probe, "last"))
    compare_counts(trial, "customer", "last amount", last, *counts);
}

void check_unchecked_pointer(Trial& trial) {
  const auto orders = random_orders(trial.random());
  const auto& probe = watch(trial, orders);
  const auto counts = read_counts(trial, probe, "money");
  if (!counts) return;
  if (counts->empty())
    return trial.wrong({.text = "the map is empty: who is not in it yet is never put there",
                        .expected = counted(money_by_customer(orders).size(), "customer"),
                        .found = "none",
                        .hint = "lookup_or_try_init(&customer, &zero) puts a first value there; it, too, may give null",
                        .line = line_of_use(probe, "money")});
  compare_counts(trial, "customer", "money", money_by_customer(orders), *counts);
}

}  // namespace sonda::learn
