// The drawings of an explanation's page, as SVG that stands in the page itself.
#pragma once

#include <string>
#include <string_view>

#include "sonda/explanation.h"

namespace sonda::report {

/// Fit for a page: what is no text becomes visible, and nothing in it is markup.
std::string page_text(std::string_view bytes);

/// The stack from the frame pointer down, each slot as high as it has bytes. Empty if nothing is on it.
std::string stack_picture(const FunctionExplanation& function);

/// Which function jumps to which, by which slot. Empty if none does.
std::string call_picture(const Explanation& explanation);

}  // namespace sonda::report
