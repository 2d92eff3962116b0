// What the kernel tells of a program that is loaded.
#pragma once

#include <linux/bpf.h>

#include <string>

#include "sonda/program.h"

namespace sonda {

/// Without what takes room of the caller's (instructions, lines). Throws Error(Stage::read).
bpf_prog_info program_info(const Program& program);
/// The same of the program called `name` at `fd`; `info` says where there is room for what.
void read_program_info(int fd, const std::string& name, bpf_prog_info& info);

}  // namespace sonda
