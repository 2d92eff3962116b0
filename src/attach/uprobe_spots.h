// Uprobes at any number of places of one binary: in one step where the kernel can, else one by one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attach/points.h"
#include "elf/symbols.h"

namespace sonda {

/// The first kernel whose uprobes tell a program which one it is at.
inline constexpr std::uint32_t first_with_cookies = 5U << 16 | 15U << 8;

/// A byte of a binary's file where a program runs.
struct FileSpot {
  std::uint64_t offset = 0;
  std::uint64_t cookie = 0;   ///< for bpf_get_attach_cookie(); 0 is what it gives without one
  std::uint64_t counter = 0;  ///< where the file has the 16-bit counter of a USDT probe's listeners; 0: nowhere
};

struct FileSpots {
  const ElfFile& file;
  std::vector<FileSpot> spots;
  bool on_return = false;
  pid_t pid = all_pids;
  std::string subject;  ///< of errors
};

/// Whether this kernel attaches many uprobes at once, for all processes or for `pid`.
bool has_multi_uprobes(pid_t pid);

/// What a program must be loaded as for attach_spots() to put it at many places at once.
ProgramKind kind_of_many_uprobes(pid_t pid);

/// The same for one link at both the entries and the returns (a `session`); nothing if this kernel has none, which is
/// before 6.13. FileSpots::on_return is then false.
std::optional<ProgramKind> kind_of_uprobe_sessions();

/// Puts `program` at all spots; how follows from what it was loaded as. Throws Error(Stage::attach), with
/// Exit::cannot_run where the kernel lacks what it takes.
Attached attach_spots(const Program& program, const FileSpots& wanted);

}  // namespace sonda
