// An explanation, shown: for a terminal, for diff, for scripts, and as a page. All text of the probe is made harmless.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/output.h"
#include "sonda/explanation.h"

namespace sonda::report {

struct ExplanationStyle {
  std::size_t width = 80;  ///< columns of the terminal; native code stands beside BPF where they are enough
  bool columns = true;     ///< false: an item a line, which diff likes
  bool colours = false;
  bool words = false;  ///< registers in plain words in place of the verifier's spelling
};

/// What suits where the output goes: columns and colours on a terminal only.
ExplanationStyle style_for(const Output& output);

/// Lines, each with its end.
std::string explanation_text(const Explanation& explanation, const ExplanationStyle& style);

/// One JSON object a line: the probe, then each function; docs/explain.md has the shape.
std::vector<std::string> explanation_json(const Explanation& explanation);

/// One HTML page that needs nothing else.
std::string explanation_page(const Explanation& explanation);

}  // namespace sonda::report
