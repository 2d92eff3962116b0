#include "cli/top/rates.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "base/escape.h"

namespace sonda::top {
namespace {

std::uint64_t grown(std::uint64_t now, std::uint64_t before) { return now > before ? now - before : 0; }

/// Three digits that count, and the unit.
template <std::size_t count>
std::string scaled(double value, double step, const std::array<std::string_view, count>& units) {
  std::size_t unit = 0;
  // What rounds to 1000 is 1.00 of the next unit.
  while (unit + 1 < count && std::abs(value) >= step - 0.5) {
    value /= step;
    ++unit;
  }
  const auto size = std::abs(value);
  const int decimals = unit == 0      ? (size < 10 && size != std::floor(size) ? 1 : 0)
                       : size < 9.995 ? 2
                       : size < 99.95 ? 1
                                      : 0;
  return fmt::format("{:.{}f}{}", value, decimals, units[unit]);
}

}  // namespace

void Comparison::add(MachineState state) {
  has_before_ = !now_.programs.empty() || now_.time != decltype(now_.time){};
  before_.clear();
  for (const auto& program : now_.programs) before_.emplace(program.facts.id, program.counts);
  if (has_before_) seconds_ = std::max(std::chrono::duration<double>(state.time - now_.time).count(), 1e-9);
  now_ = std::move(state);
  if (!has_before_) return;
  std::erase_if(histories_, [&](const auto& entry) { return program(entry.first) == nullptr; });
  for (const auto& program : now_.programs)
    if (const auto change = rates(program)) histories_[program.facts.id].add(change->runs_per_second());
}

std::optional<ProgramRates> Comparison::rates(const ProgramState& program) const {
  if (!has_before_ || !now_.measured) return std::nullopt;
  ProgramCounts before;  // of one that is new: nothing
  if (const auto found = before_.find(program.facts.id); found != before_.end()) before = found->second;
  return ProgramRates{.runs = grown(program.counts.runs, before.runs),
                      .nanoseconds = grown(program.counts.nanoseconds, before.nanoseconds),
                      .missed = grown(program.counts.missed, before.missed),
                      .seconds = seconds_};
}

std::optional<ProgramRates> Comparison::total() const {
  if (!has_before_ || !now_.measured) return std::nullopt;
  ProgramRates sum{.seconds = seconds_};
  for (const auto& program : now_.programs) {
    const auto part = rates(program);
    sum.runs += part->runs;
    sum.nanoseconds += part->nanoseconds;
    sum.missed += part->missed;
  }
  return sum;
}

const ProgramState* Comparison::program(std::uint32_t id) const {
  const auto found = std::ranges::lower_bound(now_.programs, id, {}, [](const auto& each) { return each.facts.id; });
  return found != now_.programs.end() && found->facts.id == id ? &*found : nullptr;
}

const MapState* Comparison::map(std::uint32_t id) const {
  const auto found = std::ranges::lower_bound(now_.maps, id, {}, [](const auto& each) { return each.facts.id; });
  return found != now_.maps.end() && found->facts.id == id ? &*found : nullptr;
}

const History* Comparison::history(std::uint32_t program) const {
  const auto found = histories_.find(program);
  return found == histories_.end() ? nullptr : &found->second;
}

std::string short_number(double value) {
  constexpr std::array<std::string_view, 7> units{"", "k", "M", "G", "T", "P", "E"};
  return scaled(value, 1000, units);
}

std::string short_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 7> units{"B", "K", "M", "G", "T", "P", "E"};
  return scaled(static_cast<double>(bytes), 1024, units);
}

std::string short_age(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f}s", std::max(seconds, 0.0));
  if (seconds < 2 * 3600) return fmt::format("{:.0f}m", std::floor(seconds / 60));
  if (seconds < 2 * 86400) return fmt::format("{:.0f}h", std::floor(seconds / 3600));
  return fmt::format("{:.0f}d", std::floor(seconds / 86400));
}

std::string fill_text(const Fill& fill) {
  const auto number = fill.used < 100000 ? fmt::to_string(fill.used) : short_number(static_cast<double>(fill.used));
  if (fill.certainty == Fill::Certainty::unknown) return "?";
  return (fill.certainty == Fill::Certainty::about      ? "~"
          : fill.certainty == Fill::Certainty::at_least ? ">="
                                                        : "") +
         number;
}

std::optional<double> fill_percent(const MapState& map) {
  if (map.fill.certainty == Fill::Certainty::unknown || map.facts.max_entries == 0) return std::nullopt;
  return 100.0 * static_cast<double>(map.fill.used) / map.facts.max_entries;
}

std::string holders_text(const std::vector<Holder>& holders) {
  if (holders.empty()) return {};
  auto text = fmt::format("{}[{}]", escape_for_terminal(holders.front().name), holders.front().pid);
  if (holders.size() > 1) text += fmt::format(" +{}", holders.size() - 1);
  return text;
}

double age_of(const ProgramFacts& program) {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9 -
         static_cast<double>(program.loaded) / 1e9;
}

}  // namespace sonda::top
