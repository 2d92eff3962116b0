#include "report/folded.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/escape.h"

namespace sonda::report {
namespace {

std::string folded_name(const Frame& frame) {
  auto name = escape_for_terminal(frame.name);
  std::ranges::replace(name, ';', ':');
  if (name.empty()) name = "[unknown]";
  return frame.kernel ? name + "_[k]" : name;
}

std::string folded_frames(std::span<const Frame> frames) {
  std::string line;
  for (const auto& frame : frames) {
    if (!line.empty()) line += ';';
    line += folded_name(frame);
  }
  return line;
}

}  // namespace

std::string folded_line(const CountedStack& stack) {
  return fmt::format("{} {}\n", folded_frames(stack.frames), stack.count);
}

std::string folded_text(std::span<const CountedStack> stacks) {
  std::map<std::string, std::uint64_t> lines;
  for (const auto& stack : stacks)
    if (!stack.frames.empty()) lines[folded_frames(stack.frames)] += stack.count;
  std::string text;
  for (const auto& [line, count] : lines) text += fmt::format("{} {}\n", line, count);
  return text;
}

}  // namespace sonda::report
