// What was seen and what was lost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sonda/probe_source.h"

namespace sonda {

/// Calls of a probe that failed, at one place and for one reason, and what was lost by it.
struct Loss {
  enum class What : std::uint8_t {
    events,   ///< found no room in a ring or perf buffer
    updates,  ///< of a map, a queue or a stack, which the kernel refused
    stacks,   ///< were not kept in a map of stack traces
    reads     ///< of memory (bpf_probe_read), which left zeros
  };
  What what = What::events;
  std::string map;     ///< empty: none, or not always the same one
  SourceLocation at;   ///< line 0 if unknown
  std::string reason;  ///< "full at 8 entries"
  int error = 0;       ///< the errno value that the kernel gave; 0 if it is one of several
  std::uint64_t count = 0;
  bool operator==(const Loss&) const = default;
};

/// Kept by every run. All counts are since the start of the run.
struct Ledger {
  std::uint64_t events_seen = 0;      ///< delivered to user space
  std::uint64_t events_lost = 0;      ///< did not fit a buffer; those of `losses` are among them
  std::uint64_t updates_refused = 0;  ///< map updates that failed: those of `losses`, and what the probe counts itself
  std::uint64_t probes_missed = 0;    ///< runs that the kernel skipped (recursion)
  std::uint64_t rows_printed = 0;
  /// Failed calls by their lines, but for lines below an `// @quiet` and buffers that nobody reads.
  std::vector<Loss> losses;

  bool lossless() const noexcept {
    return events_lost == 0 && updates_refused == 0 && probes_missed == 0 && losses.empty();
  }
};

/// Adds what another probe saw and lost.
void add(Ledger& sum, const Ledger& one);

/// One line that names what was lost, e.g. "lost: 12 events in a buffer, 3 map updates refused"; empty if nothing was.
std::string summary(const Ledger& ledger);

/// The place and the reason, too: "lost: 12 events of rows at probe.c:9: the ring buffer was full (4 KiB)", "refused: 3
/// updates of counts at probe.c:5: full at 8 entries".
std::string to_string(const Loss& loss);

}  // namespace sonda
