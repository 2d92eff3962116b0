// What was lost, in one line.
#include "sonda/ledger.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace sonda {
namespace {

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

std::string summary(const Ledger& ledger) {
  std::vector<std::string> parts;
  if (ledger.events_lost > 0) parts.push_back(counted(ledger.events_lost, "event in a buffer", "events in a buffer"));
  if (ledger.updates_refused > 0)
    parts.push_back(counted(ledger.updates_refused, "map update refused", "map updates refused"));
  if (ledger.probes_missed > 0)
    parts.push_back(counted(ledger.probes_missed, "run of a program skipped by the kernel",
                            "runs of programs skipped by the kernel"));
  return parts.empty() ? std::string() : "lost: " + join(parts, ", ");
}

}  // namespace sonda
