#include "cli/run/maps_view.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>
#include <span>

#include "base/files.h"
#include "base/stop.h"
#include "base/text.h"
#include "present/histogram_report.h"
#include "present/map_kinds.h"
#include "present/map_report.h"
#include "read/map_types.h"
#include "report/flamegraph.h"
#include "runtime/losses/lossy_calls.h"
#include "source/show_kinds.h"

namespace sonda::cli {
namespace {

Error misfit_of(const std::string& option, const std::string& wanted, const std::string& cause,
                const std::vector<std::string>& names) {
  return {Stage::usage, option + " " + wanted, cause,
          did_you_mean(wanted, names, names.empty() ? "" : "there are: " + join(names, ", "))};
}

bool hides(const Probe& probe, const std::string& map) {
  const auto& hidden = probe.source().hidden_maps();
  return std::ranges::find(hidden, map, &HiddenMap::map) != hidden.end();
}

/// The maps where the probe puts entries for itself: it takes them out again, and says nothing of how to show them.
std::set<std::string> probes_own(const Probe& probe) {
  std::set<std::string> names;
  for (const auto& program : probe.image().programs)
    for (const auto index : maps_deleted_from(program)) names.insert(probe.image().maps[index].name);
  for (const auto& shown : probe.source().show_options()) names.erase(shown.map);
  return names;
}

/// Whether differences of the column's numbers are numbers of the same kind.
bool is_count(const present::RecordColumn& column) { return !column.as || kind_of(*column.as).factor != 0; }

std::string now() { return fmt::format("{:%T}", fmt::localtime(std::time(nullptr))); }

}  // namespace

MapsView::MapsView(std::deque<Probe>& probes, const RunOptions& options, present::TableOutput& output,
                   ShowResources& resources)
    : probes_(probes), options_(options), output_(output), resources_(resources), where_(options.where, resources) {
  if (options.interval) output.expect_snapshots();
}

void MapsView::look_at_probes() {
  for (const auto& probe : probes_) own_[&probe] = probes_own(probe);
}

bool MapsView::wanted(const std::string& map) const {
  if (!options_.maps.empty()) return std::ranges::find(options_.maps, map) != options_.maps.end();
  return std::ranges::none_of(probes_, [&](const Probe& probe) { return hides(probe, map); });
}

bool MapsView::is_shown(const Probe& probe, const Map& map) const {
  const auto& spec = map.spec();
  if (!wanted(spec.name)) return false;
  // Constants stand in the source.
  return !options_.maps.empty() || (spec.holds != Holds::constants && !own_.at(&probe).contains(spec.name));
}

void MapsView::for_each_shown(const std::function<void(Probe&, const Map&)>& use) {
  present::for_each_map(
      probes_, [](const std::string&) { return true; },
      [&](Probe& probe, const Map& map) {
        if (is_shown(probe, map)) use(probe, map);
      });
}

std::vector<std::string> MapsView::left_out() {
  std::vector<std::string> names;
  if (!options_.maps.empty()) return names;
  for (const auto& probe : probes_)
    for (const auto& map : probe.loaded().maps())
      if (const auto& name = map->spec().name; hides(probe, name) || own_.at(&probe).contains(name))
        names.push_back(name);
  return names;
}

std::optional<Error> MapsView::misfit() {
  if (auto error = map_misfit()) return error;
  if (auto error = sort_misfit()) return error;
  return where_.misfit(probes_, [this](Probe& probe, const Map& map) { return is_shown(probe, map); });
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
  const present::MapView view;
  for_each_shown([&](Probe& probe, const Map& map) {
    if (!present::is_shown(map.spec()) || present::has_variables(map.spec()) || present::is_histogram(map.spec()))
      return;
    const present::MapReport report(map, probe.source(), probe.loaded(), resources_, output_, view);
    found = found || report.find_column(options_.sort);
    for (auto& name : report.column_names())
      if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  });
  if (found) return std::nullopt;
  return misfit_of("--sort", options_.sort, "no map that is shown has such a column", names);
}

void MapsView::show(bool last, const std::function<bool()>& stop) {
  if (options_.folded) return;
  stop_ = stop;
  if (options_.interval) output_.begin_snapshot(++snapshots_, now());
  for_each_shown([&](Probe& probe, const Map& map) {
    if (!interrupted_) show(probe, map, last);
  });
  output_.begin_snapshot(0, {});
}

void MapsView::show(Probe& probe, const Map& map, bool last) {
  const auto& spec = map.spec();
  if (present::is_queue(spec))
    present::print_queue(map, probe.source(), probe.loaded(), resources_, output_,
                         last && !is_pinned(probe.source(), spec));
  if (!present::is_shown(spec)) return;
  if (present::has_variables(spec))
    return present::print_variables(map, probe.source(), probe.loaded(), resources_, output_);
  const present::MapView view{.top = options_.top,
                              .sort = options_.sort,
                              .read = [&](const Map& from) { return read(probe, from); },
                              .stop = stop_};
  const bool all_shown =
      present::is_histogram(spec)
          ? present::print_histogram(map, probe.source(), probe.loaded(), resources_, output_, view)
          : present::MapReport(map, probe.source(), probe.loaded(), resources_, output_, view).print();
  interrupted_ = !all_shown && stop_signal() != 0;
}

/// What the options make of a map's entries.
Snapshot MapsView::read(Probe& probe, const Map& map) {
  // Of maps of other kinds the entries are no counts: programs go by them.
  const bool clears = options_.clear && (is_hash(map.spec().type) || is_array(map.spec().type));
  auto snapshot = clears ? Table(map).take() : Table(map).snapshot_of_set(stop_);
  // What is not all there is not shown: the next snapshot has what was added since the last that was.
  if (snapshot.info().cut) return snapshot;
  if (options_.delta) {
    const auto& spec = map.spec();
    const present::RecordCells cells(spec.value, spec.name, "value", probe.source(), probe.loaded(), resources_);
    auto now = snapshot;
    auto& before = before_[{&probe, spec.name}];
    snapshot.subtract(before, [&](std::string_view field) {
      const auto column = std::ranges::find(cells.columns(), field, &present::RecordColumn::name);
      return column == cells.columns().end() || is_count(*column);
    });
    before = std::move(now);
  }
  where_.apply(snapshot, probe, map);
  return snapshot;
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
  const auto picture = report::flamegraph_svg(stacks, look);
  replace_file(options_.flamegraph, std::as_bytes(std::span(picture)), Stage::report, for_everybody);
}

}  // namespace sonda::cli
