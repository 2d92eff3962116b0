#include "read/symbols/process_maps.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "base/text.h"

namespace sonda {
namespace {

using namespace std::chrono_literals;

// How long what was read is believed: programs without frame pointers yield many addresses that are in no mapping.
constexpr auto pause_between_readings = 100ms, pause_between_checks = 500ms;

// Differs between two processes that have the same id one after another, and between two programs of one process.
// Empty if it is gone.
std::string identity_of_process(pid_t pid) {
  const auto stat = try_read_file(fmt::format("/proc/{}/stat", pid)).value_or("");
  const auto after_name = stat.rfind(')');
  if (after_name == stat.npos) return {};
  const auto words = split(std::string_view(stat).substr(after_name), ' ');
  constexpr std::size_t start_time = 20;  // counted from the end of the name
  if (words.size() <= start_time) return {};
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink(fmt::format("/proc/{}/exe", pid), ignored);
  return program.empty() ? std::string{} : fmt::format("{} {}", words[start_time], program.string());
}

}  // namespace

std::vector<Mapping> read_code_mappings(pid_t pid) {
  std::vector<Mapping> mappings;
  const auto text = try_read_file(fmt::format("/proc/{}/maps", pid)).value_or("");
  for (const auto line : split_lines(text))
    if (auto mapping = parse_mapping(line); mapping && mapping->code) mappings.push_back(std::move(*mapping));
  std::ranges::sort(mappings, {}, &Mapping::start);
  return mappings;
}

ProcessMaps::ProcessMaps(pid_t pid) : pid_(pid), identity_(identity_of_process(pid)) { read(); }

void ProcessMaps::read() {
  read_at_ = checked_at_ = Clock::now();
  auto mappings = read_code_mappings(pid_);
  if (mappings.empty()) return;
  std::vector<Entry> fresh;
  for (auto& mapping : mappings) {
    const auto known = std::ranges::find(entries_, mapping, &Entry::mapping);
    if (known == entries_.end())
      fresh.push_back({std::move(mapping), nullptr, false});
    else
      fresh.push_back(std::move(*known));
  }
  entries_ = std::move(fresh);
}

ProcessMaps::Entry* ProcessMaps::holding(std::uint64_t address) {
  const auto after =
      std::ranges::upper_bound(entries_, address, {}, [](const Entry& each) { return each.mapping.start; });
  if (after == entries_.begin()) return nullptr;
  auto& entry = *std::prev(after);
  return address < entry.mapping.end ? &entry : nullptr;
}

void ProcessMaps::refresh_if_changed() {
  if (Clock::now() - checked_at_ < pause_between_checks) return;
  checked_at_ = Clock::now();
  auto identity = identity_of_process(pid_);
  if (identity.empty() || identity == identity_) return;
  identity_ = std::move(identity);
  entries_.clear();
  read();
}

ProcessMaps::Entry* ProcessMaps::find(std::uint64_t address) {
  refresh_if_changed();
  if (auto* entry = holding(address)) return entry;
  if (Clock::now() - read_at_ < pause_between_readings) return nullptr;
  read();
  return holding(address);
}

}  // namespace sonda
