// All checks there are, section by section.
#pragma once

#include <string>
#include <vector>

#include "cli/doctor/check.h"

namespace sonda::cli::doctor {

std::vector<Check> kernel_checks();
std::vector<Check> privilege_checks();
std::vector<Check> attach_checks();
std::vector<Check> map_checks();
std::vector<Check> network_checks();
std::vector<Check> compiler_checks();
std::vector<Check> user_checks();
/// One for each probe that comes with Sonda and, if wanted, for each example.
std::vector<Check> probe_checks(bool with_examples);

/// All of them, in the order of the report.
std::vector<Check> all_checks(bool with_examples);

/// Those of `checks` whose id or section is in `wanted`; all if it is empty. What was asked for by name counts as
/// needed. Throws Error(Stage::usage) for a name that is neither.
std::vector<Check> chosen(std::vector<Check> checks, const std::vector<std::string>& wanted);

}  // namespace sonda::cli::doctor
