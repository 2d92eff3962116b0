// Which registers an instruction reads and writes.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <vector>

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

}  // namespace sonda
