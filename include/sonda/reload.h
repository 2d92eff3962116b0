// What an edited probe came to when it took the place of the one that runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sonda/attach_point.h"
#include "sonda/events.h"
#include "sonda/image.h"
#include "sonda/loaded_image.h"
#include "sonda/map.h"
#include "sonda/probe_source.h"

namespace sonda {

/// How often a program ran, and how long. Zero unless the kernel is told to measure (BPF_ENABLE_STATS).
struct RunCount {
  std::uint64_t runs = 0, nanoseconds = 0;
  RunCount operator-(const RunCount& other) const noexcept {
    return {runs - other.runs, nanoseconds - other.nanoseconds};
  }
  bool operator==(const RunCount&) const = default;
};

/// One attached function: its runs since it was put there or, in a live probe, since the last swap.
struct FunctionRuns {
  std::string function;
  RunCount count;
};

/// What a program costs before it has run once.
struct ProgramCost {
  std::uint32_t instructions = 0;  ///< as compiled
  std::uint32_t verified = 0;      ///< walked by the verifier, over all paths; 0 before Linux 5.16
  std::uint32_t stack = 0;         ///< bytes, of 512
  bool operator==(const ProgramCost&) const = default;
};

/// The same map under a new description: it begins empty, but for what was migrated. Variables are always taken over,
/// by name and type; those that are new have the value that the source gives them.
struct RenewedMap {
  std::string map;
  std::string reason;         ///< "value: field cpu u64 -> u32", "type hash -> lru_hash", "max_entries 64 -> 128"
  bool is_variables = false;  ///< what is counted here is variables, not entries
  bool migrated = false;
  std::uint64_t copied = 0;  ///< entries
  std::uint64_t left = 0;    ///< entries that do not fit the new map: their key, or the map is full
  std::uint64_t late = 0;    ///< entries that programs changed after they were copied, before the swap
};

struct ProgramChange {
  std::string function;
  std::optional<ProgramCost> before, after;  ///< nothing where there was or is no such program
  RunCount ran;                              ///< the one before, from its own swap to this one
};

struct PointChange {
  AttachPoint point;
  std::string function;
};

/// A point where no dispatcher stands between the kernel and the program.
struct DirectChange {
  AttachPoint point;
  std::string function;
  bool in_one_step = false;  ///< the kernel exchanged the program in its link: nothing was missed or seen twice
  std::string reason;        ///< why no dispatcher serves it
};

/// What a reload did. Everything was in order before the first of the old programs was replaced.
struct Reload {
  std::vector<std::string> kept, added, removed;  ///< maps, but for program arrays and maps of maps
  std::vector<RenewedMap> renewed;
  std::vector<PointChange> attached, detached;
  std::vector<DirectChange> direct;
  std::vector<ProgramChange> programs;  ///< those that are, or were, attached or called
  std::vector<std::string> notes;       ///< a line for each thing that no longer fits, such as a parameter that is gone
  std::chrono::nanoseconds compile{};   ///< until there was an image
  std::chrono::nanoseconds load{};      ///< until maps, programs and points were ready
  std::chrono::nanoseconds swap{};      ///< from the first program that was replaced to the last
};

struct ReloadOptions {
  /// Copies what the old and the new form of a map have in common; see RenewedMap.
  bool migrate = false;
  /// Name and value, in place of those the probe was opened with. One that the file does not have gives a note.
  std::optional<std::vector<std::pair<std::string, std::string>>> parameters;
  /// Where the functions go; as the file says, if not set. Asked only if Probe::attach() was called with or without a
  /// plan. Points that are in the plan as before stay as they are.
  std::function<std::vector<Attachment>(const ProbeSource& source, const Image& image)> plan;
  /// Sees the maps before anything changes; throws to refuse.
  std::function<void(const ProbeSource& source, const LoadedImage& next)> check;
  /// Gives the callback for a ring or perf buffer that is new, or renewed, before programs send to it. Without it, or
  /// if it gives an empty one, a renewed buffer that is open goes on with the callback it has, a new one stays closed.
  std::function<EventCallback(const Map& buffer)> events;
  /// Sees the maps as they were when no old program runs any more; those named are no longer used.
  std::function<void(const LoadedImage& before, const std::vector<std::string>& gone)> retired;
};

/// An edited probe that compiles.
struct Edited {
  ProbeSource source;
  Image image;
  std::vector<std::string> notes;
  std::vector<std::string> trace, warnings;  ///< what the compile would have told CompileOptions::trace and ::warn
  std::chrono::nanoseconds compile{};
};

}  // namespace sonda
