// Checks of the lessons on figures: exact or nearly, and what they cost.
#include <fmt/format.h>

#include <algorithm>

#include "attach/counter.h"
#include "cli/learn/checks.h"
#include "cli/learn/readings.h"
#include "kernel/kernel.h"
#include "kernel/run_statistics.h"
#include "read/map_types.h"
#include "runtime/run_counts.h"

namespace sonda::learn {
namespace {

/// Two at most: more of them would lose more, but not show more.
std::vector<int> some_cpus() {
  auto cpus = online_cpus();
  if (cpus.size() > 2) cpus.resize(2);
  return cpus;
}

bool is_sampled(const Probe& probe) {
  const auto points = probe.attachments();
  return std::ranges::any_of(points, [](const Attachment& attachment) {
    const auto* event = std::get_if<PerfEvent>(&attachment.point);
    return event != nullptr && std::holds_alternative<Frequency>(event->sampling);
  });
}

/// Nanoseconds for each run of what the lesson begins with.
double cost_of_start(Trial& trial, const std::vector<Order>& orders) {
  Worker worker([&] { place(orders); });
  auto& probe = trial.open_start(worker.pid());
  Trial::attach(probe, worker.pid());
  worker.work();
  probe.detach_all();
  return nanoseconds_each(run_count(probe.loaded()));
}

}  // namespace

void check_per_cpu(Trial& trial) {
  const auto cpus = some_cpus();
  const auto each = number_between(trial.random(), 60'000, 90'000);
  const std::vector<Order> orders(each, Order{.customer = 1, .amount = 1, .note = {}});
  const auto& probe = trial.watch([&] { on_each_cpu(cpus, [&] { place(orders); }); });
  const auto all = each * cpus.size();
  trial.fact(fmt::format("{} at once took {}", counted(cpus.size(), "CPU"), counted(all, "order")));
  const auto sum = read_sum(trial, probe, "orders");
  if (!sum) return;
  if (*sum < all) trial.fact(fmt::format("{} of them were lost on the way", with_commas(all - *sum)));
  if (!is_per_cpu(probe.loaded().map("orders").spec().type))
    return trial.wrong({.text = *sum == all
                                    ? "nothing was lost this time; but all CPUs write to one value, and that is luck, "
                                      "or, with an atomic addition, dear"
                                    : "two CPUs read the same old value, add 1, and write the same new one",
                        .expected = with_commas(all),
                        .found = with_commas(*sum),
                        .hint = "give each CPU a value of its own: BPF_PERCPU_ARRAY(orders, u64, 1)",
                        .line = line_of_use(probe, "orders")});
  trial.expect_figure("the orders", all, *sum);
}

void check_sampling(Trial& trial) {
  const auto pages = number_between(trial.random(), 4'000, 9'000);
  Worker worker([&] { touch_pages(pages); });
  auto& probe = trial.open(worker.pid());
  const RunStatistics statistics;
  Trial::attach(probe, worker.pid());
  // The worker sleeps: both see the same faults, from its next one on.
  const PerfCounter kernel(software::page_faults, worker.pid());
  worker.work();
  const auto truth = kernel.read();
  const auto runs = run_count(probe.loaded());
  const auto sum = read_sum(trial, probe, "faults");
  if (!sum) return;
  trial.fact(fmt::format("the kernel counted {}; your probe ran {} and says {}", counted(truth, "page fault"),
                         runs.runs == 1 ? "once" : with_commas(runs.runs) + " times", with_commas(*sum)));
  if (is_sampled(probe))
    return trial.wrong(
        {.text = "the probe is run so many times a second, and each run stands for as many faults as the kernel "
                 "guesses: the sum is an estimate",
         .expected = with_commas(truth),
         .found = with_commas(*sum),
         .hint = "a period of 1 runs it at every fault: software:page-faults:1"});
  // What the kernel left out, because others worked on BPF maps just then, is not the student's.
  const bool nearly_all_ran = runs.runs <= truth && truth - runs.runs <= truth / 100;
  if (nearly_all_ran && *sum == runs.runs) return;
  trial.expect_figure("the page faults", truth, *sum, "each run counts for one: faults.increment(0)");
}

void check_cost(Trial& trial) {
  const auto count = number_between(trial.random(), 30'000, 50'000);
  const auto orders = random_orders(trial.random(), {.least = count, .most = count, .customers = 40, .most_note = 0});
  const RunStatistics statistics;
  const auto before = cost_of_start(trial, orders);
  const auto& probe = trial.watch([&] { place(orders); });
  trial.fact(fmt::format("the shop took {}; a run cost {:.0f} ns at the beginning of the lesson, and {:.0f} ns now",
                         counted(orders.size(), "order"), before, nanoseconds_each(run_count(probe.loaded()))));
  if (find_map(trial, probe, "money") == nullptr) return;
  const auto& map = probe.loaded().map("money").spec();
  if (map.key_size > sizeof(std::uint64_t))
    return trial.wrong({.text = "the key is long: its bytes are written, hashed and compared at every event",
                        .expected = "4 bytes",
                        .found = fmt::format("{} bytes", map.key_size),
                        .hint = "the customer's number is enough: let the key be a u32, and take the struct out",
                        .line = line_of_use(probe, "money")});
  if (!is_per_cpu(map.type))
    return trial.wrong({.text = "all CPUs write to the same value, and wait for each other's cache line",
                        .expected = "a per-CPU hash or array",
                        .found = "one value for all",
                        .hint = "BPF_PERCPU_HASH(money, u32, u64), with lookup_or_try_init() in place of increment()",
                        .line = line_of_use(probe, "money")});
  if (const auto line = line_of_call(probe, "get_current_comm"))
    return trial.wrong({.text = "the probe asks for the process's name at every event, and nobody needs it any more",
                        .hint = "who pays is in the key already",
                        .line = *line});
  if (const auto counts = read_counts(trial, probe, "money"))
    compare_counts(trial, "customer", "money", money_by_customer(orders), *counts);
}

}  // namespace sonda::learn
