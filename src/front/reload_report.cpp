#include "front/reload_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/text.h"

namespace sonda::front {
namespace {

double milliseconds(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

std::string per_run(const RunCount& count) { return std::to_string(count.nanoseconds / count.runs); }

/// "41", or "41 -> 44".
std::string from_to(std::uint64_t before, std::uint64_t after) {
  return before == after ? std::to_string(after) : fmt::format("{} -> {}", before, after);
}

/// Costs of all programs together; of their stacks the deepest.
ProgramCost total(const std::vector<ProgramChange>& programs, std::optional<ProgramCost> ProgramChange::* which) {
  ProgramCost sum;
  for (const auto& program : programs) {
    const auto& cost = program.*which;
    if (!cost) continue;
    sum.instructions += cost->instructions;
    sum.verified += cost->verified;
    sum.stack = std::max(sum.stack, cost->stack);
  }
  return sum;
}

std::string cost_line(const std::string& file, const Reload& reload, std::chrono::nanoseconds since_save) {
  const auto before = total(reload.programs, &ProgramChange::before),
             after = total(reload.programs, &ProgramChange::after);
  auto line = fmt::format("{}: live after {:.0f} ms; {} instructions, {} verified, stack {}", file,
                          milliseconds(since_save), from_to(before.instructions, after.instructions),
                          from_to(before.verified, after.verified), from_to(before.stack, after.stack));
  RunCount ran;
  for (const auto& program : reload.programs) {
    ran.runs += program.ran.runs;
    ran.nanoseconds += program.ran.nanoseconds;
  }
  if (ran.runs > 0 && ran.nanoseconds > 0) line += fmt::format("; {} ns a run so far", per_run(ran));
  return line;
}

std::string map_line(const RenewedMap& map) {
  auto line = fmt::format("  map {}: anew, {}", map.map, map.reason);
  const auto* what =
      map.is_variables ? (map.copied == 1 ? "variable" : "variables") : (map.copied == 1 ? "entry" : "entries");
  if (map.migrated) line += fmt::format("; {} {} taken over", map.copied, what);
  if (map.left > 0) line += fmt::format(", {} did not fit", map.left);
  if (map.late > 0) line += fmt::format(", {} changed meanwhile", map.late);
  return line;
}

report::Json cost_to_json(const std::optional<ProgramCost>& cost) {
  if (!cost) return nullptr;
  return {{"instructions", cost->instructions}, {"verified", cost->verified}, {"stack_bytes", cost->stack}};
}

report::Json count_to_json(const RunCount& count) {
  report::Json json{{"runs", count.runs}};
  json["ns_per_run"] = count.runs > 0 ? report::Json(count.nanoseconds / count.runs) : report::Json(nullptr);
  return json;
}

report::Json points_to_json(const std::vector<PointChange>& points) {
  auto array = report::Json::array();
  for (const auto& each : points)
    array.push_back({{"point", to_valid_utf8(to_string(each.point))}, {"function", each.function}});
  return array;
}

}  // namespace

std::vector<std::string> describe(const std::string& file, const Reload& reload, std::chrono::nanoseconds since_save) {
  std::vector<std::string> lines{cost_line(file, reload, since_save)};
  for (const auto& map : reload.renewed) lines.push_back(map_line(map));
  for (const auto& map : reload.added) lines.push_back(fmt::format("  map {}: new", map));
  for (const auto& map : reload.removed) lines.push_back(fmt::format("  map {}: gone", map));
  for (const auto& each : reload.attached)
    lines.push_back(fmt::format("  attached {} to {}", each.function, to_string(each.point)));
  for (const auto& each : reload.detached)
    lines.push_back(fmt::format("  detached {} from {}", each.function, to_string(each.point)));
  for (const auto& each : reload.direct)
    lines.push_back(fmt::format(
        "  {} at {}: {} ({})", each.function, to_string(each.point),
        each.in_one_step ? "exchanged by the kernel in one step"
                         : "attached anew before the old one was detached, so that some runs may be missed or doubled",
        each.reason));
  for (const auto& note : reload.notes) lines.push_back("  " + note);
  return lines;
}

report::Json to_json(const std::string& file, const Reload& reload, std::chrono::nanoseconds since_save) {
  report::Json json{{"type", "reload"},
                    {"file", to_valid_utf8(file)},
                    {"ms", milliseconds(since_save)},
                    {"compile_ms", milliseconds(reload.compile)},
                    {"load_ms", milliseconds(reload.load)},
                    {"swap_ms", milliseconds(reload.swap)}};
  json["programs"] = report::Json::array();
  for (const auto& program : reload.programs)
    json["programs"].push_back({{"function", program.function},
                                {"before", cost_to_json(program.before)},
                                {"after", cost_to_json(program.after)},
                                {"ran", count_to_json(program.ran)}});
  report::Json maps{{"kept", reload.kept}, {"added", reload.added}, {"removed", reload.removed}};
  maps["renewed"] = report::Json::array();
  for (const auto& map : reload.renewed) {
    report::Json one{{"map", map.map}, {"reason", map.reason}};
    if (map.migrated) {
      one["copied"] = map.copied;
      one["left"] = map.left;
      one["late"] = map.late;
    }
    maps["renewed"].push_back(std::move(one));
  }
  json["maps"] = std::move(maps);
  json["attached"] = points_to_json(reload.attached);
  json["detached"] = points_to_json(reload.detached);
  json["direct"] = report::Json::array();
  for (const auto& each : reload.direct)
    json["direct"].push_back({{"point", to_valid_utf8(to_string(each.point))},
                              {"function", each.function},
                              {"in_one_step", each.in_one_step},
                              {"reason", each.reason}});
  json["notes"] = reload.notes;
  return json;
}

std::string describe(const std::string& file, const std::vector<RunsAround>& runs) {
  std::vector<std::string> parts;
  for (const auto& each : runs)
    if (each.before.runs > 0 && each.after.runs > 0)
      parts.push_back(fmt::format("{} {} -> {} ns a run ({} and {} runs)", each.function, per_run(each.before),
                                  per_run(each.after), each.before.runs, each.after.runs));
  return parts.empty() ? std::string() : fmt::format("{}: {}", file, join(parts, ", "));
}

report::Json to_json(const std::string& file, const std::vector<RunsAround>& runs) {
  report::Json json{{"type", "reload_runs"}, {"file", to_valid_utf8(file)}};
  json["programs"] = report::Json::array();
  for (const auto& each : runs)
    json["programs"].push_back(
        {{"function", each.function}, {"before", count_to_json(each.before)}, {"after", count_to_json(each.after)}});
  return json;
}

}  // namespace sonda::front
