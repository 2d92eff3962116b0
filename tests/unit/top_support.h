// A machine that never was, for tests of what `sonda top` makes of one.
#pragma once

#include <linux/bpf.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "cli/top/view.h"

namespace sonda::test {

inline ProgramState program(std::uint32_t id, std::string name, std::uint64_t runs, std::uint64_t nanoseconds) {
  ProgramState state;
  state.facts.id = id;
  state.facts.type = BPF_PROG_TYPE_KPROBE;
  state.facts.name = std::move(name);
  state.facts.instructions = 10 * id;
  state.facts.tag = "0123456789abcdef";
  state.counts = {.runs = runs, .nanoseconds = nanoseconds};
  state.holders = {{.pid = static_cast<pid_t>(1000 + id), .name = "holder" + std::to_string(id)}};
  state.points = {"kprobe:function_" + std::to_string(id)};
  return state;
}

inline MapState map(std::uint32_t id, std::string name, std::uint64_t used, std::uint32_t most) {
  MapState state;
  state.facts.id = id;
  state.facts.type = BPF_MAP_TYPE_HASH;
  state.facts.name = std::move(name);
  state.facts.max_entries = most;
  state.fill = {used, Fill::Certainty::exact};
  state.memory = 4096;
  return state;
}

/// A look at these, `seconds` after the beginning of time.
inline MachineState machine(double seconds, std::vector<ProgramState> programs, std::vector<MapState> maps = {}) {
  MachineState state;
  state.time = std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(1000 + seconds)));
  state.measured = true;
  state.programs = std::move(programs);
  state.maps = std::move(maps);
  return state;
}

inline std::vector<std::string> texts(const std::vector<top::Line>& lines) {
  std::vector<std::string> result;
  for (const auto& line : lines) result.push_back(top::plain_text(line));
  return result;
}

inline std::string all_of(const std::vector<top::Line>& lines) {
  std::string result;
  for (const auto& text : texts(lines)) result += text + '\n';
  return result;
}

}  // namespace sonda::test
