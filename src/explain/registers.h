// Which registers an instruction reads and writes, and where a value in one was loaded.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sonda/image.h"
#include "verifier/trace.h"

namespace sonda {

struct RegisterUse {
  std::vector<int> read, written;  ///< their numbers, ascending; R10, which never changes, is left out
};

/// A call of a helper with an unknown number of arguments (one that is not known, or "...") reads R1 to R5.
RegisterUse register_use(const bpf_insn& instruction);

/// Of a load or store: how many bytes, and which register holds the address.
struct MemoryAccess {
  int base = 0;
  int size = 0;
  bool writes = false, reads = false;
};
std::optional<MemoryAccess> memory_access(const bpf_insn& instruction);

/// The wide load whose value the register holds before a step of the trace, followed back on the path that was walked,
/// through copies and places of the stack. Nothing if the value comes from elsewhere or too far back.
std::optional<std::uint32_t> wide_load_of(const ProgramSpec& program, const Trace& trace, std::size_t step, int number);

}  // namespace sonda
