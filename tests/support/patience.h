// How long a test waits for others.
#pragma once

#include <chrono>
#include <cstdlib>
#include <string>

namespace sonda::test {

/// How long anything may take before a test gives up: much more than it does, also on a busy machine. Where everything
/// is slow, as in an emulated one, SONDA_TEST_PATIENCE says how many times as long.
inline std::chrono::seconds patience() {
  const char* times = std::getenv("SONDA_TEST_PATIENCE");
  return std::chrono::seconds(60) * (times == nullptr ? 1 : std::stoi(times));
}

/// The same for poll(2).
inline int patience_ms() { return static_cast<int>(std::chrono::milliseconds(patience()).count()); }

}  // namespace sonda::test
