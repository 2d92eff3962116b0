#include "support/paths.h"

namespace sonda::test {

std::filesystem::path in_source(std::string_view name) { return std::filesystem::path(SONDA_TEST_SOURCE) / name; }

std::filesystem::path test_data(std::string_view name) { return in_source("tests/data") / name; }

std::filesystem::path example_probe(std::string_view name) { return in_source("examples/probes") / name; }

std::filesystem::path built_program(std::string_view name) {
  return std::filesystem::path(SONDA_TEST_BUILD) / "bin" / name;
}

std::filesystem::path target(std::string_view name) {
  return std::filesystem::path(SONDA_TEST_BUILD) / "tests/targets" / name;
}

}  // namespace sonda::test
