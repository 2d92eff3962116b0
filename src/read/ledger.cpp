// What was lost, in words.
#include "sonda/ledger.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"

namespace sonda {
namespace {

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

void add(Ledger& sum, const Ledger& one) {
  sum.events_seen += one.events_seen;
  sum.events_lost += one.events_lost;
  sum.updates_refused += one.updates_refused;
  sum.probes_missed += one.probes_missed;
  sum.rows_printed += one.rows_printed;
  sum.losses.insert(sum.losses.end(), one.losses.begin(), one.losses.end());
}

std::string summary(const Ledger& ledger) {
  std::vector<std::string> parts;
  const auto add = [&parts](std::uint64_t count, std::string_view one, std::string_view many) {
    if (count > 0) parts.push_back(counted(count, one, many));
  };
  add(ledger.events_lost, "event in a buffer", "events in a buffer");
  add(ledger.updates_refused, "map update refused", "map updates refused");
  add(ledger.probes_missed, "run of a program skipped by the kernel", "runs of programs skipped by the kernel");
  std::uint64_t stacks = 0, reads = 0;
  for (const auto& loss : ledger.losses) {
    if (loss.what == Loss::What::stacks) stacks += loss.count;
    if (loss.what == Loss::What::reads) reads += loss.count;
  }
  add(stacks, "stack", "stacks");
  add(reads, "read of memory", "reads of memory");
  return parts.empty() ? std::string() : "lost: " + join(parts, ", ");
}

std::string to_string(const Loss& loss) {
  struct Words {
    std::string_view verb, one, many;
  };
  constexpr std::array words{Words{"lost", "event", "events"}, Words{"refused", "update", "updates"},
                             Words{"lost", "stack", "stacks"}, Words{"failed", "read", "reads"}};
  const auto& word = words[static_cast<std::size_t>(loss.what)];
  return fmt::format("{}: {}{}{}: {}", word.verb, counted(loss.count, word.one, word.many),
                     loss.map.empty() ? "" : " of " + loss.map, loss.at.line == 0 ? "" : " at " + to_string(loss.at),
                     loss.reason);
}

}  // namespace sonda
