// How long a test waits for others.
#pragma once

#include <chrono>
#include <cstdlib>
#include <string>

namespace sonda::test {

/// How many times as long everything takes in a slow machine, such as an emulated one: SONDA_TEST_PATIENCE says it.
inline int slowness() {
  const char* times = std::getenv("SONDA_TEST_PATIENCE");
  return times == nullptr ? 1 : std::stoi(times);
}

/// How long anything may take before a test gives up: much more than it does, also on a busy machine.
inline std::chrono::seconds patience() { return std::chrono::seconds(60) * slowness(); }

/// The same for poll(2).
inline int patience_ms() { return static_cast<int>(std::chrono::milliseconds(patience()).count()); }

}  // namespace sonda::test
