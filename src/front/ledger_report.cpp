#include "front/ledger_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "report/writer.h"

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
  return {{"type", "lost"},
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

void warn_of_losses(Run& run, const Ledger& ledger, const Remedy& remedy) {
  for (const auto& loss : ledger.losses) {
    const auto help = remedy ? remedy(loss) : std::string();
    run.warn(to_string(loss) + (help.empty() ? "" : ": " + help));
  }
  if (const auto rest = summary(without_lines(ledger)); !rest.empty()) run.warn(rest);
}

void print_losses(report::Output& output, const Ledger& ledger) {
  const auto print = [&output](const report::Fields& fields) { output.object(report::json_object(fields)); };
  for (const auto& loss : ledger.losses) print(object(word(loss.what), loss.count, loss.map, loss.at, loss.reason));
  const auto rest = without_lines(ledger);
  if (rest.events_lost > 0) print(loss_object("events", rest.events_lost, {}, no_room));
  if (rest.updates_refused > 0) print(loss_object("updates", rest.updates_refused, {}, "it was refused"));
  if (rest.probes_missed > 0) print(loss_object("runs", rest.probes_missed, {}, skipped));
}

void warn_of_uncounted(Run& run, const std::string& file, const LoadedImage& loaded) {
  for (const auto& function : loaded.uncounted())
    run.warn(fmt::format("{}: what failed calls in {} lose is not counted: the kernel refuses the counting there", file,
                         function));
}

report::Fields loss_object(const std::string& what, std::uint64_t count, const std::string& map,
                           const std::string& reason) {
  return object(what, count, map, {}, reason);
}

}  // namespace sonda::front
