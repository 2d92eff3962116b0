#include "cli/top/snapshot_json.h"

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "present/json_text.h"
#include "read/map_types.h"

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
  switch (certainty) {
    case Fill::Certainty::exact:
      return "exact";
    case Fill::Certainty::about:
      return "about";
    case Fill::Certainty::at_least:
      return "at_least";
    case Fill::Certainty::unknown:
      break;
  }
  return "unknown";
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

}  // namespace

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
  present::append_json(text, value);
  return report::Json::parse(text);
}

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

}  // namespace sonda::top
