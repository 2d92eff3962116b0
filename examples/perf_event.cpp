// A perf event and a map: which threads are switched to and fro most?
//
//   $ perf_event 1          counts every context switch of a second, exactly
//   TID       NAME              SWITCHES
//   812       kworker/0:1       53

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "sonda/sonda.h"

struct Task {
  std::uint32_t tid;
  char comm[16];
};
SONDA_LAYOUT(Task, tid, comm);

int main(int argc, char** argv) {
  try {
    auto probe = sonda::Probe::open(EXAMPLE_PROBES "/switches.c");
    probe.attach_perf_event(sonda::software::context_switches, "on_switch", sonda::every(1));
    std::this_thread::sleep_for(std::chrono::duration<double>(argc > 1 ? std::atof(argv[1]) : 1));
    probe.detach_all();

    auto rows = probe.table("switches").items<Task, std::uint64_t>();
    std::ranges::sort(rows, [](const auto& a, const auto& b) { return a.second > b.second; });
    fmt::print("{:<8}  {:<16}  {}\n", "TID", "NAME", "SWITCHES");
    for (const auto& [task, count] : rows) fmt::print("{:<8}  {:<16.16}  {}\n", task.tid, task.comm, count);
  } catch (const sonda::Error& error) {
    fmt::print(stderr, "perf_event: {}\n", error.what());
    return static_cast<int>(error.exit());
  }
}
