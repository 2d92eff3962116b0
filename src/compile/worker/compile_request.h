// One compile, from the request to the image.
#pragma once

#include <cstdint>
#include <functional>

#include "compile/protocol.h"
#include "sonda/error.h"
#include "sonda/image.h"

namespace sonda {

/// Whose text it is: the compiler is confined for good before it sees a user's.
enum class Text : std::uint8_t { users, ours };

/// Changes this process: its directory, its environment, what it sees mounted. What libbcc prints goes to the standard
/// output and error, which must be one file; what is in it is told with an error. Throws Error, but for what LLVM gives
/// up with: there is no way back from that. It goes to `fatal`, which ends the process.
Image compile_request(const CompileRequest& request, const std::function<void(const Error&)>& fatal, Text whose);

}  // namespace sonda
