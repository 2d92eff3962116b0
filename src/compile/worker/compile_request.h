// One compile, from the request to the image.
#pragma once

#include "compile/protocol.h"
#include "sonda/image.h"

namespace sonda {

/// Changes this process: its directory, its environment, what it sees mounted. What libbcc prints goes to the standard
/// output and error, which must be one file; what is in it is told with an error. Throws Error.
Image compile_request(const CompileRequest& request);

}  // namespace sonda
