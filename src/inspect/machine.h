// All BPF on the machine at one moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inspect/holders.h"
#include "inspect/links.h"
#include "inspect/maps.h"
#include "inspect/programs.h"
#include "kernel/run_statistics.h"

namespace sonda {

struct ProgramState {
  ProgramFacts facts;
  ProgramCounts counts;
  std::vector<Holder> holders;      ///< that have it, or a link to it, open
  std::vector<std::string> points;  ///< where it is attached, each once
  /// Of a dispatcher, which does nothing but jump to the program in the only slot of its array: that program's number.
  std::optional<std::uint32_t> jumps_to;
};

struct MapState {
  MapFacts facts;
  std::optional<std::uint64_t> memory;
  Fill fill;
  std::vector<Holder> holders;
  std::vector<std::uint32_t> programs;  ///< that use it
};

struct MachineState {
  std::chrono::steady_clock::time_point time;
  bool measured = false;  ///< whether the kernel counts runs
  std::vector<ProgramState> programs;
  std::vector<MapState> maps;
  std::vector<LinkFacts> links;
};

/// Shows each dispatcher as the program that it jumps to, if they have the same name: with that one's facts, but with
/// its own number, counts and places, as the kernel counts both as one. The program itself is taken out.
void fold_dispatchers(MachineState& state);

/// Looks at everything again and again; what is dear to find out it remembers, or looks at less often: memory, links
/// that moved and the processes every two seconds, but not for more than a hundredth of the time.
class Machine {
 public:
  /// Switches the kernel's statistics on for as long as this lives. Throws Error(Stage::kernel) with Exit::cannot_run
  /// if a privilege is missing.
  Machine();
  /// `thorough`: nothing that is older, nothing left out. Throws Error(Stage::kernel).
  MachineState look(bool thorough = false);
  const RunStatistics& statistics() const noexcept { return statistics_; }

 private:
  void add_points(MachineState& state);
  std::string point_of(const LinkFacts& link, const ProgramFacts& program);

  RunStatistics statistics_;
  ProgramList programs_;
  MapList maps_;
  LinkList links_;
  TargetNames targets_;
  Holders holders_;
  FillCounter fills_;
  std::chrono::steady_clock::time_point refreshed_;
  std::chrono::nanoseconds refresh_cost_{};
  std::vector<std::uint32_t> last_programs_;
};

}  // namespace sonda
