// What the target programs share: their options, and the handshake with the test that started them.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace target {

/// The number after option `name`, or `otherwise`.
inline long option(int argc, char** argv, std::string_view name, long otherwise) {
  for (int i = 1; i + 1 < argc; ++i)
    if (argv[i] == name) return std::strtol(argv[i + 1], nullptr, 10);
  return otherwise;
}

inline bool flag(int argc, char** argv, std::string_view name) {
  for (int i = 1; i < argc; ++i)
    if (argv[i] == name) return true;
  return false;
}

/// Waits until the test writes a newline, or is gone.
inline void wait_for_newline() {
  for (int c = std::getchar(); c != '\n' && c != EOF;) c = std::getchar();
}

/// Says that everything is set up, and waits until the test has attached.
inline void handshake(int argc, char** argv) {
  if (!flag(argc, argv, "--wait-for-newline")) return;
  std::puts("ready");
  std::fflush(stdout);
  wait_for_newline();
}

/// Says that the work is done, and waits until the test has detached, so that the end of the process is not in its
/// counts.
inline void farewell(int argc, char** argv) {
  std::fflush(stdout);
  if (flag(argc, argv, "--wait-for-newline")) wait_for_newline();
}

}  // namespace target
