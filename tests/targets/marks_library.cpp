// A mark with a counter in a shared library.
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

#include <cstdint>

extern "C" {
__attribute__((section(".probes"))) unsigned short sonda_library_called_semaphore = 0;

/// Passes the mark only while somebody listens; says how many do.
[[gnu::noinline]] long marks_in_library(long value) {
  const long listeners = *const_cast<volatile unsigned short*>(&sonda_library_called_semaphore);
  if (listeners != 0) {
    const auto small = static_cast<std::uint16_t>(value);
    DTRACE_PROBE2(sonda_library, called, value, small);
  }
  return listeners;
}
}
