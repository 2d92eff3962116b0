// Functions of libbcc_bpf that BCC's Python calls otherwise than they are.
#include <sys/types.h>

#include <cerrno>
#include <cstdint>

#include "bcc/libbcc_bpf.h"

// NOLINTBEGIN(readability-identifier-naming): the names are libbcc's
extern "C" {

/// The Python hands over six arguments, and libbcc_bpf takes a seventh, the place of a counter that the kernel is to
/// keep: whatever stands on the stack then. Where it is not 0 the kernel refuses a second probe at the same place.
int bpf_attach_uprobe(int program, int on_return, const char* event, const char* file, std::uint64_t offset,
                      pid_t pid) {
  const auto real =
      sonda::bcc::of_libbcc_bpf<int(int, int, const char*, const char*, std::uint64_t, pid_t, std::uint32_t)>(__func__);
  if (real != nullptr) return real(program, on_return, event, file, offset, pid, 0);
  errno = ENOSYS;
  return -1;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
