// Page faults of the test's own.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

#include "support/catch.h"

namespace sonda::test {

/// Writes to `pages` fresh pages: so many minor faults at least.
inline void touch(std::size_t pages) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* memory = ::mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  ::madvise(memory, pages * page, MADV_NOHUGEPAGE);
  for (std::size_t i = 0; i < pages; ++i) static_cast<volatile char*>(memory)[i * page] = 1;
  ::munmap(memory, pages * page);
}

}  // namespace sonda::test
