// A flame graph: one SVG file that opens in a browser by itself.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "report/folded.h"

namespace sonda::report {

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
