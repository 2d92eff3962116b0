// How the kernel is set: sysctls and limits, as far as they matter to BPF.
#pragma once

#include <string>
#include <vector>

#include "cli/doctor/check.h"

namespace sonda::cli::doctor {

std::vector<Check> setting_checks(const std::string& section);

}  // namespace sonda::cli::doctor
