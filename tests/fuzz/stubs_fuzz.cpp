// The code of a procedure linkage table, as a binary of somebody else's has it.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "elf/stubs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span code(data, size);
  constexpr std::uint64_t address = 0x401000, page = 0x1000;
  const auto slot = sonda::slot_of_stub(code, address);
  // A stub names its slot by the distance from itself: another page, and it is a page further.
  const auto further = sonda::slot_of_stub(code, address + page);
  if (slot.has_value() != further.has_value() || (slot && *further - *slot != page)) std::abort();
  if (slot && size < 6) std::abort();  // the shortest jump through memory
  (void)sonda::slot_of_stub(code, UINT64_MAX);
  return 0;
}
