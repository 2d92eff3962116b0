// Diagnostics of the text that BCC rewrote, on the lines that the user wrote.
#pragma once

#include <string_view>
#include <vector>

#include "compile/diagnostics.h"

namespace sonda {

/// BCC compiles a probe more than once: as the user wrote it, with the structs of tracepoints put before functions, and
/// as it rewrote it. Which of these a message is about shows in the source line that comes with it. Sets line and
/// column of what is about the probe to where that is in `source`; columns never lie behind the end of a line, and are
/// 0 where they mean nothing. `rewritten` is empty if BCC did not come so far.
void place_in_source(std::vector<Diagnostic>& diagnostics, std::string_view source, std::string_view rewritten);

}  // namespace sonda
