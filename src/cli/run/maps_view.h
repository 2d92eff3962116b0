// What a run shows of its maps: entries, histograms, stacks.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "cli/run/options.h"
#include "present/map_report.h"
#include "present/output.h"
#include "sonda/probe.h"

namespace sonda::cli {

class MapsView {
 public:
  /// Borrows everything.
  MapsView(std::deque<Probe>& probes, const RunOptions& options, present::TableOutput& output,
           ShowResources& resources);

  /// By `--map`.
  bool wanted(const std::string& map) const;
  /// What of `--sort` and `--map` fits no map that there is: an error for the command line.
  std::optional<Error> misfit();

  /// `last`: queues are taken out, as nobody looks at them again. Shows nothing any more once a signal has ended it in
  /// the middle.
  void show(bool last);
  /// Folded stacks to `into`, and the flame graph into its file. Throws Error(Stage::report).
  void draw_stacks(report::Output& into);

 private:
  std::optional<Error> sort_misfit();
  std::optional<Error> map_misfit();

  std::deque<Probe>& probes_;
  const RunOptions& options_;
  present::TableOutput& output_;
  ShowResources& resources_;
  present::MapView view_;
  bool interrupted_ = false;
};

}  // namespace sonda::cli
