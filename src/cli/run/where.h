// `--where`: which events and entries a run shows.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "present/event_stream.h"
#include "read/cpu_sum.h"
#include "sonda/probe.h"
#include "typed/condition.h"

namespace sonda::cli {

/// A condition holds for each buffer and map that has all the fields that it names; all others are as they are without
/// it.
class Where {
 public:
  /// Borrows both.
  Where(const std::string& condition, ShowResources& resources) : text_(condition), resources_(resources) {}

  /// Why the condition is none for what is `wanted`: an error for the command line.
  std::optional<Error> misfit(std::deque<Probe>& probes, const std::function<bool(Probe&, const Map&)>& wanted) const;
  /// For that buffer; empty if it has not all of the fields.
  present::EventFilter filter(Probe& probe, const Map& buffer) const;
  /// Leaves the entries that are wanted. Of a map with a value for each CPU their sum counts or, where there is none,
  /// any of them.
  void apply(Snapshot& snapshot, Probe& probe, const Map& map) const;

 private:
  const std::string& text_;
  ShowResources& resources_;
};

}  // namespace sonda::cli
