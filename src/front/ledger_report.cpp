#include "front/ledger_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sonda::front {
namespace {

constexpr auto no_room = "it did not fit a buffer";
constexpr auto skipped = "the kernel skipped it, since the program was running on that CPU";

report::Cell text_or_null(const std::string& text) { return text.empty() ? report::Cell() : report::Cell(text); }

std::uint64_t counted_by_line(const Ledger& ledger, Loss::What what) {
  std::uint64_t sum = 0;
  for (const auto& loss : ledger.losses)
    if (loss.what == what) sum += loss.count;
  return sum;
}

/// What is in the sums of the ledger and at no line.
Ledger without_lines(const Ledger& ledger) {
  Ledger rest;
  const auto events = counted_by_line(ledger, Loss::What::events),
             updates = counted_by_line(ledger, Loss::What::updates);
  rest.events_lost = ledger.events_lost - std::min(ledger.events_lost, events);
  rest.updates_refused = ledger.updates_refused - std::min(ledger.updates_refused, updates);
  rest.probes_missed = ledger.probes_missed;
  return rest;
}

report::Fields object(const std::string& what, std::uint64_t count, const std::string& map, const SourceLocation& at,
                      const std::string& reason) {
  return {{"type", std::string("lost")},
          {"what", what},
          {"count", count},
          {"map", text_or_null(map)},
          {"file", at.line == 0 ? report::Cell() : report::Cell(at.file)},
          {"line", at.line == 0 ? report::Cell() : report::Cell(std::int64_t{at.line})},
          {"reason", reason}};
}

std::string word(Loss::What what) {
  constexpr std::array words{"events", "updates", "stacks", "reads"};
  return words[static_cast<std::size_t>(what)];
}

}  // namespace

std::vector<std::string> ledger_lines(const Ledger& ledger, const Remedy& remedy) {
  std::vector<std::string> lines;
  for (const auto& loss : ledger.losses) {
    const auto help = remedy ? remedy(loss) : std::string();
    lines.push_back(to_string(loss) + (help.empty() ? "" : ": " + help));
  }
  if (auto rest = summary(without_lines(ledger)); !rest.empty()) lines.push_back(std::move(rest));
  return lines;
}

std::vector<report::Fields> ledger_objects(const Ledger& ledger) {
  std::vector<report::Fields> objects;
  for (const auto& loss : ledger.losses)
    objects.push_back(object(word(loss.what), loss.count, loss.map, loss.at, loss.reason));
  const auto rest = without_lines(ledger);
  if (rest.events_lost > 0) objects.push_back(loss_object("events", rest.events_lost, {}, no_room));
  if (rest.updates_refused > 0) objects.push_back(loss_object("updates", rest.updates_refused, {}, "it was refused"));
  if (rest.probes_missed > 0) objects.push_back(loss_object("runs", rest.probes_missed, {}, skipped));
  return objects;
}

std::vector<std::string> uncounted_lines(const std::string& file, const LoadedImage& loaded) {
  std::vector<std::string> lines;
  for (const auto& function : loaded.uncounted())
    lines.push_back(fmt::format(
        "{}: what failed calls in {} lose is not counted: the kernel refuses the counting there", file, function));
  return lines;
}

report::Fields loss_object(const std::string& what, std::uint64_t count, const std::string& map,
                           const std::string& reason) {
  return object(what, count, map, {}, reason);
}

}  // namespace sonda::front
