// What the kernel tells of a program that is loaded.
#pragma once

#include <linux/bpf.h>

#include "sonda/map.h"

namespace sonda {

/// Without what takes room of the caller's (instructions, lines). Throws Error(Stage::read).
bpf_prog_info program_info(const Program& program);

}  // namespace sonda
