#include "cli/doctor/check.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.h"
#include "sonda/error.h"

namespace sonda::cli::doctor {
namespace {

bool is_known(const std::string& name, const std::vector<Check>& checks) {
  return std::ranges::any_of(checks, [&](const Check& check) { return check.id == name || check.section == name; });
}

Error no_such(const std::string& name, const std::vector<Check>& checks) {
  std::vector<std::string> names;
  for (const auto& section : sections()) names.emplace_back(section.name);
  const auto there_are = "sections are " + join(names, ", ") + "; sonda doctor --list shows the checks";
  for (const auto& check : checks) names.push_back(check.id);
  return {Stage::usage, "--only " + name, "there is no such check or section", did_you_mean(name, names, there_are)};
}

}  // namespace

std::string_view to_string(Status status) noexcept {
  static constexpr std::array<std::string_view, 5> words{"ok", "limited", "missing", "broken", "unknown"};
  return words.at(static_cast<std::size_t>(status));
}

Finding ok(std::string found) { return {.status = Status::ok, .found = std::move(found)}; }

Finding limited(std::string found, std::string remedy) {
  return {.status = Status::limited, .found = std::move(found), .remedy = std::move(remedy)};
}

Finding missing(std::string found, std::string remedy) {
  return {.status = Status::missing, .found = std::move(found), .remedy = std::move(remedy)};
}

Finding broken(std::string found, std::string remedy) {
  return {.status = Status::broken, .found = std::move(found), .remedy = std::move(remedy)};
}

Finding unknown(std::string found, std::string remedy) {
  return {.status = Status::unknown, .found = std::move(found), .remedy = std::move(remedy)};
}

const std::vector<Section>& sections() {
  static const std::vector<Section> all{
      {"kernel", "Kernel"},
      {"privilege", "Privileges and containers"},
      {"attach", "Attach points and programs"},
      {"maps", "Maps"},
      {"network", "Network"},
      {"compiler", "Compiler"},
      {"user", "User space"},
      {"probes", "Probes"},
  };
  return all;
}

std::vector<Check> all_checks(bool with_examples) {
  std::vector<Check> all;
  for (auto part : {kernel_checks(), setting_checks(), privilege_checks(), attach_checks(), map_checks(),
                    network_checks(), compiler_checks(), user_checks(), probe_checks(with_examples)})
    std::ranges::move(part, std::back_inserter(all));
  return all;
}

std::vector<Check> chosen(std::vector<Check> checks, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return checks;
  for (const auto& name : wanted)
    if (!is_known(name, checks)) throw no_such(name, checks);
  const auto names = [&](const std::string& name) { return std::ranges::find(wanted, name) != wanted.end(); };
  std::erase_if(checks, [&](const Check& check) { return !names(check.id) && !names(check.section); });
  for (auto& check : checks) check.needed = check.needed || names(check.id);
  return checks;
}

}  // namespace sonda::cli::doctor
