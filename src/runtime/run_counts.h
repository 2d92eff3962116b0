// What the kernel tells of a program that is loaded, and counts of its runs.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <string>

#include "sonda/loaded_image.h"
#include "sonda/program.h"
#include "sonda/reload.h"

namespace sonda {

/// Without what takes room of the caller's (instructions, lines). Throws Error(Stage::read).
bpf_prog_info program_info(const Program& program);
/// The same of the program called `name` at `fd`; `info` says where there is room for what.
void read_program_info(int fd, const std::string& name, bpf_prog_info& info);

/// How often the kernel did not run the program, because it was running on that CPU already. Always 0 before Linux
/// 5.12, which does not count. Throws Error(Stage::read).
std::uint64_t missed_runs(const Program& program);
/// The same for all programs of `loaded`.
std::uint64_t missed_runs(const LoadedImage& loaded);

/// Throws Error(Stage::read).
RunCount run_count(const Program& program);
/// Of all programs of `loaded`.
RunCount run_count(const LoadedImage& loaded);
/// Nanoseconds for one run; 0 if there was none.
double nanoseconds_each(const RunCount& count);

/// `spec` is what `program` was loaded from. Throws Error(Stage::read).
ProgramCost program_cost(const ProgramSpec& spec, const Program& program);

/// Bytes of its stack that the program touches.
std::uint32_t stack_used(const ProgramSpec& program);

}  // namespace sonda
