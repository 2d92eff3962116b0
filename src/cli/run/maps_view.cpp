#include "cli/run/maps_view.h"

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "base/text.h"
#include "present/histogram_report.h"
#include "present/probe_maps.h"
#include "present/queue_report.h"
#include "present/stack_report.h"
#include "present/variables_report.h"
#include "report/flamegraph.h"

namespace sonda::cli {
namespace {

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw system_error(Stage::report, path, "cannot write the flame graph", errno);
}

Error misfit_of(const std::string& option, const std::string& wanted, const std::string& cause,
                const std::vector<std::string>& names) {
  Error error(Stage::usage, option + " " + wanted, cause,
              did_you_mean(wanted, names, names.empty() ? "" : "there are: " + join(names, ", ")));
  return std::move(error.with_exit(Exit::usage));
}

}  // namespace

MapsView::MapsView(std::deque<Probe>& probes, const RunOptions& options, present::TableOutput& output,
                   ShowResources& resources)
    : probes_(probes), options_(options), output_(output), resources_(resources), view_{.top = options.top, .sort = options.sort} {}

bool MapsView::wanted(const std::string& map) const {
  return options_.maps.empty() || std::ranges::find(options_.maps, map) != options_.maps.end();
}

std::optional<Error> MapsView::misfit() {
  if (auto error = map_misfit()) return error;
  return sort_misfit();
}

std::optional<Error> MapsView::map_misfit() {
  std::vector<std::string> names;
  present::for_each_map(
      probes_, [](const std::string&) { return true; },
      [&](Probe&, const Map& map) {
        if (map.spec().name != usdt_arguments_map) names.push_back(map.spec().name);
      });
  for (const auto& name : options_.maps)
    if (std::ranges::find(names, name) == names.end()) return misfit_of("--map", name, "there is no such map", names);
  return std::nullopt;
}

/// One map that is shown must have the column.
std::optional<Error> MapsView::sort_misfit() {
  if (options_.sort.empty()) return std::nullopt;
  std::vector<std::string> names;
  bool found = false;
  present::for_each_map(
      probes_, [this](const std::string& name) { return wanted(name); },
      [&](Probe& probe, const Map& map) {
        if (!present::is_shown(map.spec()) || present::has_variables(map.spec()) ||
            present::is_histogram(map.spec()))
          return;
        const present::MapReport report(map, probe.source(), probe.loaded(), resources_, output_, view_);
        found = found || report.find_column(options_.sort);
        for (auto& name : report.column_names())
          if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
      });
  if (found) return std::nullopt;
  return misfit_of("--sort", options_.sort, "no map that is shown has such a column", names);
}

void MapsView::show(bool last) {
  if (options_.folded) return;
  present::for_each_map(
      probes_, [this](const std::string& name) { return wanted(name); },
      [this, last](Probe& probe, const Map& map) {
        if (present::is_queue(map.spec()))
          present::print_queue(map, probe.source(), probe.loaded(), resources_, output_,
                               last && !present::is_pinned(probe.source(), map.spec()));
        if (!present::is_shown(map.spec())) return;
        if (map.spec().holds == Holds::constants && options_.maps.empty()) return;  // they stand in the source
        if (present::has_variables(map.spec()))
          present::print_variables(map, probe.source(), probe.loaded(), resources_, output_);
        else if (present::is_histogram(map.spec()))
          present::print_histogram(map, probe.source(), probe.loaded(), resources_, output_, view_);
        else
          present::MapReport(map, probe.source(), probe.loaded(), resources_, output_, view_).print();
      });
}

void MapsView::draw_stacks(report::Output& into) {
  if (!options_.folded && options_.flamegraph.empty()) return;
  std::vector<report::CountedStack> stacks;
  present::for_each_map(
      probes_, [this](const std::string& name) { return wanted(name); },
      [&](Probe& probe, const Map& map) {
        if (!present::is_shown(map.spec())) return;
        for (auto& stack : present::counted_stacks(map, probe.source(), probe.loaded(), resources_))
          stacks.push_back(std::move(stack));
      });
  if (options_.folded) into.write(report::folded_text(stacks));
  if (options_.flamegraph.empty()) return;
  report::FlameGraphOptions look;
  look.title = join(options_.input.files, " ");
  write_file(options_.flamegraph, report::flamegraph_svg(stacks, look));
}

}  // namespace sonda::cli
