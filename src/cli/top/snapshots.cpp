#include "cli/top/snapshots.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/escape.h"
#include "base/text.h"
#include "cli/top/lists.h"
#include "cli/top/snapshot_json.h"
#include "sonda/error.h"

namespace sonda::top {
namespace {

constexpr std::size_t usual_program_order = 6, usual_map_order = 3, usual_entry_order = 1;

std::string upper(std::string text) {
  for (auto& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

/// An object's value as a cell of CSV: a list is its parts with blanks between them, a process "name[pid]".
report::Cell cell_of(const report::Json& value) {
  if (value.is_null()) return std::monostate();
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::vector<std::string> parts;
  for (const auto& part : value) {
    if (part.is_object() && part.contains("pid"))
      parts.push_back(fmt::format("{}[{}]", part["name"].get<std::string>(), part["pid"].get<int>()));
    else
      parts.push_back(part.is_string() ? part.get<std::string>() : part.dump());
  }
  return join(parts, " ");
}

}  // namespace

void require_column(const TopOptions& options, const EntryTracker* entries) {
  static const Comparison nothing;
  if (options.sort.empty()) return;
  const auto list = entries != nullptr ? entry_list(*entries, 0, false, {}, 0)
                    : options.maps     ? map_list(nothing)
                                       : program_list(nothing, false);
  std::vector<std::string> headers;
  for (const auto& column : list.columns) headers.push_back(column.header);
  if (std::ranges::find(headers, upper(options.sort)) == headers.end())
    throw Error(Stage::usage, "--sort " + options.sort, "there is no such column", "there are: " + join(headers, ", "));
}

ListView Snapshots::rows(const Comparison& comparison, const WatchedMap* map) const {
  ListView view(map != nullptr ? usual_entry_order : options_.maps ? usual_map_order : usual_program_order);
  view.set(map != nullptr  ? entry_list(*map->tracker, 0, false, options_.filter, MapRows::most_entries)
           : options_.maps ? map_list(comparison)
                           : program_list(comparison, false),
           options_.filter);
  if (const auto column = view.find_column(upper(options_.sort))) view.sort_by(*column);
  if (options_.reverse) view.reverse();
  if (options_.most) view.keep(*options_.most);
  return view;
}

void Snapshots::print(const Comparison& comparison, const WatchedMap* map) {
  ++number_;
  const auto view = rows(comparison, map);
  if (output_.text()) return print_text(comparison, view);
  const auto found = objects(comparison, map, view);
  if (output_.json())
    print_json(comparison, map, found);
  else
    print_csv(found);
}

std::vector<report::Json> Snapshots::objects(const Comparison& comparison, const WatchedMap* map,
                                             const ListView& rows) const {
  std::vector<report::Json> result;
  for (const auto& row : rows.rows()) {
    if (map != nullptr) {
      if (const auto at = map->tracker->find(row.id))
        result.push_back(entry_json(*map->tracker, *at, map->id, number_));
      continue;
    }
    const auto id = static_cast<std::uint32_t>(std::stoul(row.id));
    result.push_back(options_.maps ? map_json(*comparison.map(id), number_)
                                   : program_json(comparison, *comparison.program(id), number_));
  }
  return result;
}

void Snapshots::print_text(const Comparison& comparison, const ListView& rows) {
  const auto& now = comparison.now();
  const auto total = comparison.total();
  output_.line(fmt::format(
      "{}{} programs, {} maps, {} links, {}", number_ > 1 ? "\n" : "", now.programs.size(), now.maps.size(),
      now.links.size(),
      total ? fmt::format("{} runs/s, {:.2f}% of a CPU", short_number(total->runs_per_second()), total->cpu_percent())
            : std::string("run times are not measured: this kernel cannot, Linux 5.8 can")));
  std::vector<std::size_t> widths;
  for (const auto& column : rows.columns()) widths.push_back(display_width(column.header));
  for (const auto& row : rows.rows())
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], display_width(row.cells[i]));
  const auto print = [&](const auto& cell) {
    std::string text;
    for (std::size_t i = 0; i < widths.size(); ++i) text += fit(cell(i), widths[i], rows.columns()[i].side, true) + ' ';
    text.erase(text.find_last_not_of(' ') + 1);
    output_.line(text);
  };
  print([&](std::size_t i) { return rows.columns()[i].header; });
  for (const auto& row : rows.rows()) print([&](std::size_t i) { return row.cells[i]; });
}

void Snapshots::print_csv(const std::vector<report::Json>& objects) {
  for (const auto& object : objects) {
    std::vector<report::Column> columns;
    report::Row cells;
    for (const auto& [key, value] : object.items()) {
      if (key == "type") continue;
      columns.push_back({.header = key, .key = key});
      cells.push_back(cell_of(value));
    }
    output_.row("top", columns, cells);
  }
}

void Snapshots::print_json(const Comparison& comparison, const WatchedMap* map,
                           const std::vector<report::Json>& objects) {
  output_.object(sample_json(comparison, number_));
  for (const auto& object : objects) output_.object(object);
  if (map != nullptr || options_.maps) return;
  // Of the programs that were shown.
  std::unordered_set<std::uint32_t> programs, maps;
  for (const auto& object : objects) {
    programs.insert(object["id"].get<std::uint32_t>());
    for (const auto& id : object["maps"]) maps.insert(id.get<std::uint32_t>());
  }
  const bool all = options_.filter.empty() && !options_.most;
  for (const auto& each : comparison.now().maps)
    if (all || maps.contains(each.facts.id)) output_.object(map_json(each, number_));
  for (const auto& link : comparison.now().links)
    if (all || programs.contains(link.program)) output_.object(link_json(link, number_));
}

}  // namespace sonda::top
