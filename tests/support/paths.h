// Where a test finds what belongs to it.
#pragma once

#include <filesystem>
#include <string_view>

namespace sonda::test {

/// The running test program, for probes on functions of its own.
inline constexpr const char* this_program = "/proc/self/exe";

/// `name` below the top folder of the source tree.
std::filesystem::path in_source(std::string_view name);
/// `name` below tests/data.
std::filesystem::path test_data(std::string_view name);
/// The probe of that name below examples/probes.
std::filesystem::path example_probe(std::string_view name);
/// The built program of that name.
std::filesystem::path built_program(std::string_view name);
/// The built target program of that name (tests/targets).
std::filesystem::path target(std::string_view name);

}  // namespace sonda::test
