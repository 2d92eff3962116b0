// Where a value that an instruction is given was loaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "sonda/image.h"
#include "verifier/trace.h"

namespace sonda {

/// The wide load whose value the register holds before a step of the trace, followed back on the path that was walked,
/// through copies and places of the stack. Nothing if the value comes from elsewhere or too far back.
std::optional<std::uint32_t> wide_load_of(const ProgramSpec& program, const Trace& trace, std::size_t step, int number);

}  // namespace sonda
