// What a run shows of its maps: entries, histograms, stacks.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cli/run/options.h"
#include "cli/run/where.h"
#include "present/map_report.h"
#include "present/output.h"
#include "sonda/probe.h"

namespace sonda::cli {

class MapsView {
 public:
  /// Borrows everything.
  MapsView(std::deque<Probe>& probes, const RunOptions& options, present::TableOutput& output,
           ShowResources& resources);

  /// To be called before all else, and after each reload.
  void look_at_probes();
  /// By `--map` and `@hide`.
  bool wanted(const std::string& map) const;
  /// What of `--map`, `--sort` and `--where` fits nothing that there is: an error for the command line.
  std::optional<Error> misfit();
  /// The maps that are of use to the probes alone, and are not shown unless `--map` says so.
  std::vector<std::string> left_out();
  /// What of a buffer's events is shown.
  present::EventFilter filter(Probe& probe, const Map& buffer) const { return where_.filter(probe, buffer); }

  /// A snapshot. `last`: queues are taken out, as nobody looks at them again. `stop` is asked while a map is read,
  /// sorted and printed: whether that is to end. Once a signal was the reason, nothing more is shown.
  void show(bool last, const std::function<bool()>& stop);
  /// Folded stacks to `into`, and the flame graph into its file. Throws Error(Stage::report).
  void draw_stacks(report::Output& into);

 private:
  std::optional<Error> sort_misfit();
  std::optional<Error> map_misfit();
  bool is_shown(const Probe& probe, const Map& map) const;
  void for_each_shown(const std::function<void(Probe&, const Map&)>& use);
  void show(Probe& probe, const Map& map, bool last);
  Snapshot read(Probe& probe, const Map& map);

  std::deque<Probe>& probes_;
  const RunOptions& options_;
  present::TableOutput& output_;
  ShowResources& resources_;
  Where where_;
  std::map<const Probe*, std::set<std::string>> own_;  ///< of each probe the maps that are of use to it alone
  std::function<bool()> stop_;
  bool interrupted_ = false;
  std::uint64_t snapshots_ = 0;
  std::map<std::pair<const Probe*, std::string>, Snapshot> before_;  ///< what `--delta` was shown of last
};

}  // namespace sonda::cli
