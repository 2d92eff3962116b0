#include "cli/top/snapshots.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/escape.h"
#include "base/text.h"
#include "cli/top/lists.h"
#include "read/map_types.h"
#include "sonda/error.h"

namespace sonda::top {
namespace {

template <class Value>
report::Json or_null(const std::optional<Value>& value) {
  return value ? report::Json(*value) : report::Json(nullptr);
}

report::Json rounded(double value) { return std::round(value * 1000) / 1000; }

report::Json rounded(const std::optional<double>& value) { return value ? rounded(*value) : report::Json(nullptr); }

report::Json holders_json(const std::vector<Holder>& holders) {
  auto array = report::Json::array();
  for (const auto& holder : holders) array.push_back({{"pid", holder.pid}, {"name", to_valid_utf8(holder.name)}});
  return array;
}

std::string_view to_string(Fill::Certainty certainty) {
  constexpr std::string_view words[] = {"exact", "about", "at_least", "unknown"};
  return words[static_cast<std::size_t>(certainty)];
}

/// The figures of an interval; null where there is none.
void add_rates(report::Json& object, const std::optional<ProgramRates>& rates) {
  object["runs"] = rates ? report::Json(rates->runs) : report::Json(nullptr);
  object["nanoseconds"] = rates ? report::Json(rates->nanoseconds) : report::Json(nullptr);
  object["runs_per_second"] = rates ? rounded(rates->runs_per_second()) : report::Json(nullptr);
  object["ns_per_run"] = rates ? rounded(rates->ns_per_run()) : report::Json(nullptr);
  object["cpu_percent"] = rates ? report::Json(rates->cpu_percent()) : report::Json(nullptr);
  object["missed"] = rates ? report::Json(rates->missed) : report::Json(nullptr);
}

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

// Objects, as docs/top.md has them; `snapshot` is the number of the one that they belong to.

report::Json sample_json(const Comparison& comparison, std::uint64_t snapshot) {
  const auto& now = comparison.now();
  report::Json object{{"type", "sample"},
                      {"snapshot", snapshot},
                      {"seconds", comparison.seconds()},
                      {"measured", now.measured},
                      {"programs", now.programs.size()},
                      {"maps", now.maps.size()},
                      {"links", now.links.size()}};
  add_rates(object, comparison.total());
  return object;
}

report::Json program_json(const Comparison& comparison, const ProgramState& program, std::uint64_t snapshot) {
  const auto& facts = program.facts;
  report::Json object{{"type", "program"},
                      {"snapshot", snapshot},
                      {"id", facts.id},
                      {"name", to_valid_utf8(facts.name)},
                      {"program_type", program_type_name(facts.type)},
                      {"tag", facts.tag}};
  add_rates(object, comparison.rates(program));
  object["total_runs"] = program.counts.runs;
  object["total_nanoseconds"] = program.counts.nanoseconds;
  object["jumps_to"] = or_null(program.jumps_to);
  object["gpl"] = facts.gpl;
  object["instructions"] = facts.instructions;
  object["verified"] = facts.verified;
  object["jit_bytes"] = facts.jit_bytes;
  object["memory"] = or_null(facts.memory);
  object["age"] = rounded(age_of(facts));
  object["uid"] = facts.uid;
  object["holders"] = holders_json(program.holders);
  auto points = report::Json::array();
  for (const auto& point : program.points) points.push_back(to_valid_utf8(point));
  object["points"] = std::move(points);
  object["maps"] = facts.maps;
  return object;
}

report::Json map_json(const MapState& map, std::uint64_t snapshot) {
  const auto& facts = map.facts;
  const bool known = map.fill.certainty != Fill::Certainty::unknown;
  return {{"type", "map"},
          {"snapshot", snapshot},
          {"id", facts.id},
          {"name", to_valid_utf8(facts.name)},
          {"map_type", map_type_name(facts.type)},
          {"key_size", facts.key_size},
          {"value_size", facts.value_size},
          {"max_entries", facts.max_entries},
          {"flags", facts.flags},
          {"used", known ? report::Json(map.fill.used) : report::Json(nullptr)},
          {"certainty", to_string(map.fill.certainty)},
          {"memory", or_null(map.memory)},
          {"holders", holders_json(map.holders)},
          {"programs", map.programs}};
}

report::Json link_json(const LinkFacts& link, std::uint64_t snapshot) {
  return {{"type", "link"},          {"snapshot", snapshot},
          {"id", link.id},           {"link_type", link_type_name(link.type)},
          {"program", link.program}, {"point", to_valid_utf8(link.point)}};
}

report::Json to_json(const Value& value) {
  std::string text;
  report::append_json(text, value);
  return report::Json::parse(text);
}

/// `row` is one of the tracker's content.
report::Json entry_json(const EntryTracker& tracker, std::size_t row, std::uint32_t map, std::uint64_t snapshot) {
  const auto& content = tracker.content();
  report::Json object{{"type", "entry"},
                      {"snapshot", snapshot},
                      {"map", map},
                      {"key", to_json(content.key(row))},
                      {"value", to_json(content.value(row))}};
  const auto& measures = tracker.map().measures();
  auto rates = report::Json::object();
  for (std::size_t i = 0; i < measures.size(); ++i) rates[measures[i]] = rounded(tracker.rate(row, i));
  if (measures.empty())
    object["per_second"] = nullptr;
  else
    object["per_second"] = measures.front().empty() ? rates[""] : rates;
  return object;
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
