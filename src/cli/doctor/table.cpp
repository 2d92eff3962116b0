#include "cli/doctor/table.h"

#include <algorithm>
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

std::vector<Check> all_checks(bool with_examples) {
  std::vector<Check> all;
  for (auto part : {kernel_checks(), privilege_checks(), attach_checks(), map_checks(), network_checks(),
                    compiler_checks(), user_checks(), probe_checks(with_examples)})
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
