// Where the 512 bytes of a program's stack went.
#pragma once

#include <vector>

#include "explain/observe.h"
#include "sonda/explanation.h"
#include "sonda/image.h"

namespace sonda {

/// The slots that `accesses` of a program show, from the frame pointer down. `code` tells which line and which map an
/// instruction is about, `source` are the lines of the file.
std::vector<StackSlot> stack_slots(const Image& image, const std::vector<StackAccess>& accesses,
                                   const std::vector<std::pair<int, std::vector<std::string>>>& contents,
                                   const std::vector<BpfLine>& code, const std::vector<std::string>& source);

}  // namespace sonda
