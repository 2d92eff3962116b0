#include "cli/top/lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/escape.h"
#include "base/text.h"
#include "read/map_types.h"

namespace sonda::top {
namespace {

constexpr double none = -std::numeric_limits<double>::infinity();

/// Builds a row cell by cell.
class RowBuilder {
 public:
  explicit RowBuilder(std::string id) { row_.id = std::move(id); }
  void text(const std::string& raw) { harmless(escape_for_terminal(raw)); }
  void harmless(std::string text) {
    row_.searched += text + '\n';
    row_.keys.emplace_back(text);
    row_.cells.push_back(std::move(text));
  }
  void number(double key, std::string text) {
    row_.keys.emplace_back(key);
    row_.cells.push_back(std::move(text));
  }
  void number(std::optional<double> key, std::string text) {
    number(key.value_or(none), key ? std::move(text) : std::string("-"));
  }
  void searched_harmless(const std::string& text) { row_.searched += text + '\n'; }
  void searched(const std::string& raw) { row_.searched += escape_for_terminal(raw) + '\n'; }
  ListRow take(bool dim) {
    row_.dim = dim;
    return std::move(row_);
  }

 private:
  ListRow row_;
};

std::string percent(double value) {
  return value < 9.995 ? fmt::format("{:.2f}", value) : fmt::format("{:.1f}", value);
}

template <class Number>
std::optional<double> as_number(const std::optional<Number>& value) {
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

ListRow program_row(const Comparison& comparison, const ProgramState& program) {
  const auto& facts = program.facts;
  const auto rates = comparison.rates(program);
  const auto cost = rates ? rates->ns_per_run() : std::nullopt;
  RowBuilder row(fmt::to_string(facts.id));
  row.number(-double(facts.id), fmt::to_string(facts.id));
  row.text(facts.name.empty() ? "(no name)" : facts.name);
  row.harmless(program_type_name(facts.type));
  row.harmless(holders_text(program.holders));
  row.number(rates ? std::optional(rates->runs_per_second()) : std::nullopt,
             rates ? short_number(rates->runs_per_second()) : "");
  row.number(cost, short_number(cost.value_or(0)));
  row.number(rates ? std::optional(rates->cpu_percent()) : std::nullopt, rates ? percent(rates->cpu_percent()) : "");
  row.text(join(program.points, ", "));
  row.number(double(facts.maps.size()), fmt::to_string(facts.maps.size()));
  row.number(as_number(facts.memory), short_bytes(facts.memory.value_or(0)));
  row.number(age_of(facts), short_age(age_of(facts)));
  row.number(double(facts.instructions), fmt::to_string(facts.instructions));
  row.number(double(facts.jit_bytes), short_bytes(facts.jit_bytes));
  row.number(rates ? std::optional(double(rates->missed)) : std::nullopt, rates ? fmt::to_string(rates->missed) : "");
  row.number(double(facts.uid), fmt::to_string(facts.uid));
  for (const auto& holder : program.holders) row.searched(fmt::format("{}[{}]", holder.name, holder.pid));
  return row.take(rates && rates->runs == 0);
}

std::string programs_text(const Comparison& comparison, const MapState& map) {
  std::vector<std::string> names;
  for (const auto id : map.programs)
    if (const auto* program = comparison.program(id); program != nullptr)
      names.push_back(escape_for_terminal(program->facts.name));
  return join(names, ",");
}

ListRow map_row(const Comparison& comparison, const MapState& map) {
  const auto& facts = map.facts;
  const auto full = fill_percent(map);
  RowBuilder row(fmt::to_string(facts.id));
  row.number(-double(facts.id), fmt::to_string(facts.id));
  row.text(facts.name.empty() ? "(no name)" : facts.name);
  row.harmless(map_type_name(facts.type));
  row.number(map.fill.certainty == Fill::Certainty::unknown ? none : double(map.fill.used), fill_text(map.fill));
  row.number(double(facts.max_entries),
             facts.max_entries < 100000 ? fmt::to_string(facts.max_entries) : short_number(facts.max_entries));
  row.number(full, full ? fmt::format("{:.0f}", *full) : "");
  row.number(as_number(map.memory), short_bytes(map.memory.value_or(0)));
  row.harmless(programs_text(comparison, map));
  row.harmless(holders_text(map.holders));
  row.number(double(facts.key_size), fmt::to_string(facts.key_size));
  row.number(double(facts.value_size), fmt::to_string(facts.value_size));
  for (const auto& holder : map.holders) row.searched(fmt::format("{}[{}]", holder.name, holder.pid));
  return row.take(false);
}

std::optional<double> number_of(const Value& value) {
  if (const auto* number = std::get_if<std::uint64_t>(&value.storage())) return static_cast<double>(*number);
  if (const auto* number = std::get_if<std::int64_t>(&value.storage())) return static_cast<double>(*number);
  return std::nullopt;
}

ListRow entry_row(const EntryTracker& tracker, const EntryTracker::Entry& entry) {
  RowBuilder row(std::string(tracker.content().key_bytes(entry.row)));
  const bool counts = !tracker.map().measures().empty();
  const auto key = tracker.content().key(entry.row);
  const auto value = tracker.content().value(entry.row);
  if (const auto number = number_of(key))
    row.number(-*number, to_text(key));
  else
    row.harmless(to_text(key));
  if (counts)
    row.number(entry.number, to_text(value));
  else
    row.harmless(to_text(value));
  row.searched_harmless(to_text(key));
  row.number(counts ? entry.per_second : std::nullopt, short_number(entry.per_second.value_or(0)));
  return row.take(entry.per_second && *entry.per_second == 0);
}

}  // namespace

List program_list(const Comparison& comparison, bool active_only) {
  List list{.columns = {{.header = "ID", .side = Side::right, .rank = 4, .least = 3},
                        {.header = "NAME", .rank = 0, .least = 9, .good = 24},
                        {.header = "TYPE", .rank = 5, .least = 10},
                        {.header = "OWNER", .rank = 6, .least = 12, .good = 21},
                        {.header = "RUNS/S", .side = Side::right, .rank = 2, .least = 6},
                        {.header = "NS/RUN", .side = Side::right, .rank = 3, .least = 6},
                        {.header = "CPU%", .side = Side::right, .rank = 1, .least = 5},
                        {.header = "ATTACHED TO", .rank = 7, .least = 22, .good = 32},
                        {.header = "MAPS", .side = Side::right, .rank = 8},
                        {.header = "MEM", .side = Side::right, .rank = 9, .least = 5, .spare = true},
                        {.header = "AGE", .side = Side::right, .rank = 10, .least = 4, .spare = true},
                        {.header = "INSNS", .side = Side::right, .rank = 11, .spare = true},
                        {.header = "JIT", .side = Side::right, .rank = 12, .least = 5, .spare = true},
                        {.header = "MISSED", .side = Side::right, .rank = 13, .spare = true},
                        {.header = "UID", .side = Side::right, .rank = 14, .spare = true}}};
  for (const auto& program : comparison.now().programs) {
    const auto rates = comparison.rates(program);
    if (!active_only || !rates || rates->runs > 0) list.rows.push_back(program_row(comparison, program));
  }
  return list;
}

List map_list(const Comparison& comparison) {
  List list{.columns = {{.header = "ID", .side = Side::right, .rank = 5, .least = 3},
                        {.header = "NAME", .rank = 0, .least = 10},
                        {.header = "TYPE", .rank = 4, .least = 9},
                        {.header = "ENTRIES", .side = Side::right, .rank = 2},
                        {.header = "OF", .side = Side::right, .rank = 3, .least = 5},
                        {.header = "FULL%", .side = Side::right, .rank = 1},
                        {.header = "MEM", .side = Side::right, .rank = 6, .least = 5},
                        {.header = "PROGRAMS", .rank = 7, .least = 16},
                        {.header = "OWNER", .rank = 8, .least = 9},
                        {.header = "KEY", .side = Side::right, .rank = 9},
                        {.header = "VALUE", .side = Side::right, .rank = 9}}};
  for (const auto& map : comparison.now().maps) list.rows.push_back(map_row(comparison, map));
  return list;
}

List entry_list(const EntryTracker& tracker, std::size_t column, bool reversed, const std::string& filter,
                std::size_t most) {
  const auto& measures = tracker.map().measures();
  const auto& measure = measures.empty() ? std::string() : measures[tracker.measure()];
  List list{.columns = {{.header = "KEY", .rank = 0, .least = 8},
                        {.header = "VALUE", .side = measure.empty() ? Side::right : Side::left, .rank = 1, .least = 6},
                        {.header = "PER SEC", .side = Side::right, .rank = 2, .least = 7}}};
  auto entries = tracker.entries();
  if (!filter.empty())
    std::erase_if(entries,
                  [&](const auto& entry) { return !contains_text(to_text(tracker.content().key(entry.row)), filter); });
  if (column == 0 || entries.size() <= most) {  // by the text of the key; the rows are sorted where they are shown
    std::vector<ListRow> rows;
    for (const auto& entry : entries) rows.push_back(entry_row(tracker, entry));
    list.rows = std::move(rows);
    return list;
  }
  const auto key = [&](const EntryTracker::Entry& entry) {
    return column == 1 ? entry.number : entry.per_second.value_or(none);
  };
  const auto middle = entries.begin() + static_cast<std::ptrdiff_t>(most);
  std::ranges::partial_sort(entries, middle,
                            [&](const auto& a, const auto& b) { return reversed ? key(a) < key(b) : key(a) > key(b); });
  for (auto entry = entries.begin(); entry != middle; ++entry) list.rows.push_back(entry_row(tracker, *entry));
  return list;
}

}  // namespace sonda::top
