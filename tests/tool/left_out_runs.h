// Counting every event needs a kernel that runs the program at every event. Some leave out one in some 50 000 and tell
// nobody; a test that finds a difference asks here whether that is the kernel's doing.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>

#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {

/// Whether a total of pagefaultcount's is not what the kernel counted.
inline bool differs(const nlohmann::json& total) {
  return total.at("difference_min_flt") != 0 || total.at("difference_maj_flt") != 0;
}

/// Whether this kernel leaves out runs by itself, found by counting the faults of many short processes for some seconds
/// while nothing is edited and nobody reads.
inline bool kernel_leaves_out_runs() {
  static const bool does = [] {
    StartedTool tool("pagefaultcount", {"--json", "-d", "10"}, {});
    if (!tool.ready()) return false;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(9);
    while (std::chrono::steady_clock::now() < end) TargetProcess(target("faults"), {"--faults", "5003"}).wait();
    const auto totals = objects(tool.wait(), "total");
    return !totals.empty() && differs(totals[0]);
  }();
  return does;
}

}  // namespace sonda::test

/// Leaves the test if something was left out (a truth value) and the kernel is to blame for such.
#define SONDA_NEED_EVERY_RUN(left_out)                                \
  SONDA_NEED(!(left_out) || !::sonda::test::kernel_leaves_out_runs(), \
             "a kernel that runs a perf event's program at every event")
