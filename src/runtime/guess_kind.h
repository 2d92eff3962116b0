// As what to load a function of which nothing says where it is to be attached.
#pragma once

#include "sonda/image.h"
#include "sonda/program.h"

namespace sonda {

/// By the type of its first parameter: `struct pt_regs *` is a kprobe's, `struct xdp_md *` an XDP program's, ... A
/// kprobe if that says nothing.
ProgramKind guess_kind(const Image& image, const ProgramSpec& program);

}  // namespace sonda
