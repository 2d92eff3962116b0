// What was seen and what was lost.
#pragma once

#include <cstdint>
#include <string>

namespace sonda {

/// Kept by every run. All counts are since the start of the run.
struct Ledger {
  std::uint64_t events_seen = 0;      ///< delivered to user space
  std::uint64_t events_lost = 0;      ///< did not fit a buffer
  std::uint64_t updates_refused = 0;  ///< map updates that failed, as the probe counted them
  std::uint64_t probes_missed = 0;    ///< runs that the kernel skipped (recursion)
  std::uint64_t rows_printed = 0;

  bool lossless() const noexcept { return events_lost == 0 && updates_refused == 0 && probes_missed == 0; }
};

/// One line that names what was lost, e.g. "lost: 12 events in a buffer, 3 map updates refused"; empty if nothing was.
std::string summary(const Ledger& ledger);

}  // namespace sonda
