// Stacks with counts: folded lines, and flame graphs, SVG files that open in a browser by themselves.
#pragma once

#include <cstddef>
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

/// One box: `count` of all counts, from `start` on, in row `depth`. Row 0 is the one that holds everything.
struct FlameFrame {
  const Frame* frame = nullptr;  ///< borrowed from the stacks; null in row 0
  std::size_t depth = 0;
  std::uint64_t start = 0, count = 0;
};

/// Callers before what they call, neighbours by name; the first is row 0. Equal frames on equal callers are one.
std::vector<FlameFrame> flame_frames(std::span<const CountedStack> stacks);

struct FlameGraphOptions {
  std::string title = "Flame graph";
  std::string subtitle;          ///< below the title; may be empty
  std::string unit = "samples";  ///< what is counted
  double width = 1200;           ///< pixels
  double narrowest = 0.1;        ///< frames of fewer pixels are left out; how many is said in the picture
};

/// The picture: equal frames merged, a click zooms, a search by regular expression marks (Ctrl-F or the button),
/// hovering tells count and share. Script and style are inside; nothing is fetched from anywhere. Names may be any
/// bytes.
std::string flamegraph_svg(std::span<const CountedStack> stacks, const FlameGraphOptions& options = {});

}  // namespace sonda::report
