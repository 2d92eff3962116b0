// What the command line asks for.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "front/options.h"
#include "report/column.h"
#include "sonda/attach_point.h"
#include "tools/pagefaultcount/counts.h"

namespace sonda::pagefaultcount {

struct Settings {
  std::optional<std::chrono::nanoseconds> duration, interval;
  std::optional<std::uint64_t> top, frequency, period, max_entries;
  std::vector<pid_t> pids;
  Filter filter;
  Grouping by = Grouping::task;
  Order order = Order::faults;
  bool classic = false;
  report::Format format = report::Format::text;
  front::ProbeOptions probe;

  std::chrono::nanoseconds runs_for() const { return duration.value_or(std::chrono::seconds(100)); }
  Sampling sampling() const;
  /// Whether counts are estimates, so that they need not agree with the kernel's.
  bool estimates() const { return std::holds_alternative<Frequency>(sampling()); }
};

/// Adds the options. What they mean together is checked by check().
void declare(front::CommandLine& line, Settings& settings);

/// Throws Error(Stage::usage) for options that contradict each other, and completes the settings.
void check(Settings& settings);

extern const char* const examples;

}  // namespace sonda::pagefaultcount
