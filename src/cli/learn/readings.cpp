#include "cli/learn/readings.h"

#include <fmt/format.h>

#include "base/text.h"
#include "explain/helpers.h"
#include "read/map_types.h"

namespace sonda::learn {
namespace {

/// Of the record that holds for the instruction; 0 if none does.
std::uint32_t line_of(const ProgramSpec& program, std::size_t instruction) {
  std::uint32_t line = 0;
  for (const auto& record : program.lines)
    if (record.instruction <= instruction && record.line != 0) line = record.line;
  return line;
}

Counts counts_of(const Probe& probe, std::string_view name) {
  Counts counts;
  for (const auto entry : probe.table(name).snapshot()) {
    std::uint64_t sum = 0;
    for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu) sum += as_number(entry.on_cpu(cpu));
    if (sum != 0 || !is_array(probe.loaded().map(name).spec().type)) counts[as_number(entry.key)] = sum;
  }
  return counts;
}

}  // namespace

const Probe& watch(Trial& trial, const std::vector<Order>& orders) {
  const auto& probe = trial.watch([&] { place(orders); });
  trial.fact(fmt::format("the shop took {}", counted(orders.size(), "order")));
  return probe;
}

const Map* find_map(Trial& trial, const Probe& probe, std::string_view name) {
  std::vector<std::string> names;
  for (const auto& map : probe.loaded().maps()) {
    if (map->spec().name == name) return map.get();
    if (map->spec().name != usdt_arguments_map) names.push_back(map->spec().name);
  }
  trial.wrong(fmt::format("the probe has no map that is called '{}'", name),
              names.empty() ? "declare it, as the lesson shows" : "it has: " + join(names, ", "));
  return nullptr;
}

std::uint64_t as_number(const RecordView& value) {
  const auto& type = value.type();
  if (type.kind == Kind::structure && type.fields.size() == 1) return as_number(value[type.fields.front().name]);
  return value.u64();
}

std::optional<Counts> read_counts(Trial& trial, const Probe& probe, std::string_view name) {
  if (find_map(trial, probe, name) == nullptr) return std::nullopt;
  try {
    return counts_of(probe, name);
  } catch (const Error& error) {
    if (error.stage() != Stage::read) throw;
    trial.wrong(fmt::format("the map '{}' cannot be read as numbers: {}", name, error.cause()),
                "keep its key and value as the lesson says them");
    return std::nullopt;
  }
}

std::optional<std::uint64_t> read_sum(Trial& trial, const Probe& probe, std::string_view name) {
  const auto counts = read_counts(trial, probe, name);
  if (!counts) return std::nullopt;
  std::uint64_t sum = 0;
  for (const auto& [key, value] : *counts) sum += value;
  return sum;
}

void compare_counts(Trial& trial, std::string_view whose, std::string_view what, const Counts& expected,
                    const Counts& found) {
  if (found.empty())
    return trial.wrong_figure({.text = fmt::format("no {} is in the map", whose),
                               .expected = counted(expected.size(), whose),
                               .found = "none"});
  for (const auto& [key, value] : found)
    if (!expected.contains(key)) {
      trial.wrong_figure({.text = fmt::format("the map has a {} {}, which there is not", whose, key),
                          .expected = counted(expected.size(), whose),
                          .found = counted(found.size(), whose)});
      return;
    }
  for (const auto& [key, value] : expected) {
    const auto known = found.find(key);
    const auto there = known == found.end() ? 0 : known->second;
    if (there == value) continue;
    trial.wrong_figure({.text = fmt::format("the {} of {} {} is not right", what, whose, key),
                        .expected = with_commas(value),
                        .found = known == found.end() ? "no entry" : with_commas(there)});
    return;
  }
}

std::optional<std::uint32_t> line_of_call(const Probe& probe, std::string_view helper) {
  for (const auto& program : probe.image().programs)
    for (std::size_t i = 0; i < program.instructions.size(); ++i) {
      ProgramSpec one;
      one.instructions = {program.instructions[i]};
      const auto called = called_helpers(one);
      if (!called.empty() && called.front() == helper) return line_of(program, i);
    }
  return std::nullopt;
}

std::uint32_t line_of_use(const Probe& probe, std::string_view map) {
  const auto& image = probe.image();
  for (const auto& program : image.programs)
    for (const auto& use : program.maps)
      if (image.maps.at(use.map).name == map) return line_of(program, use.instruction);
  return 0;
}

}  // namespace sonda::learn
