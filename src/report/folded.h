// Stacks with counts, and their lines in the folded form that flame graph tools read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sonda::report {

struct Frame {
  std::string name;  ///< any bytes
  bool kernel = false;
  auto operator<=>(const Frame&) const = default;
};

struct CountedStack {
  std::vector<Frame> frames;  ///< outermost first: the process, main, ...
  std::uint64_t count = 0;
};

/// "bash;main;execute_command;[unknown];do_syscall_64_[k] 12\n". Names are made harmless; a ';' in one becomes ':', a
/// kernel frame gets the suffix "_[k]" that flame graph tools know.
std::string folded_line(const CountedStack& stack);

/// All of them, equal stacks added up, sorted.
std::string folded_text(std::span<const CountedStack> stacks);

}  // namespace sonda::report
