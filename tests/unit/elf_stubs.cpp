// The stubs through which a binary calls what a library defines.
#include <array>

#include "elf/stubs.h"
#include "elf/symbols.h"
#include "support/catch.h"
#include "support/target_process.h"

namespace sonda::test {

TEST_CASE("elf: the stubs of an imported function are found") {
  for (const auto* name : {"calls", "calls_fixed", "calls_stripped"}) {
    INFO(name);
    const auto stubs = import_stubs(ElfReader(target(name)), "target_library");
    REQUIRE(stubs.size() == 1);
    CHECK(ElfFile::open(target(name)).is_code(stubs.front()));
  }
}

TEST_CASE("elf: what is not imported has no stubs") {
  const ElfReader file(target("calls"));
  for (const auto* name : {"target_first", "target_variable", "target_", "target_library2", "", "nonsense"}) {
    INFO(name);
    CHECK(import_stubs(file, name).empty());
  }
}

#if defined(__x86_64__)

using Bytes = std::vector<unsigned char>;

TEST_CASE("elf: the forms of a stub are known") {
  constexpr std::uint64_t address = 0x2000;
  const std::vector<std::pair<Bytes, std::uint64_t>> forms{
      {{0xff, 0x25, 0x10, 0, 0, 0}, 0x2016},
      {{0xff, 0x25, 0xf0, 0xff, 0xff, 0xff, 0x68}, 0x1ff6},
      {{0xf2, 0xff, 0x25, 0x10, 0, 0, 0}, 0x2017},
      {{0xf3, 0x0f, 0x1e, 0xfa, 0xff, 0x25, 0x10, 0, 0, 0}, 0x201a},
      {{0xf3, 0x0f, 0x1e, 0xfa, 0xf2, 0xff, 0x25, 0x10, 0, 0, 0}, 0x201b}};
  for (const auto& [code, slot] : forms) {
    CAPTURE(code);
    CHECK(slot_of_stub(code, address) == slot);
    for (std::size_t size = 0; size < 6; ++size) CHECK_FALSE(slot_of_stub(std::span(code).first(size), address));
  }
}

TEST_CASE("elf: other code is no stub") {
  for (const auto& code : {Bytes{0xff, 0x15, 0x10, 0, 0, 0}, Bytes{0xff, 0x35, 0x10, 0, 0, 0, 0xff, 0x25},
                           Bytes{0xe9, 0x25, 0x10, 0, 0, 0}, Bytes{0xf3, 0x0f, 0x1e, 0xfb, 0xff, 0x25, 0, 0, 0, 0},
                           Bytes{0xf2, 0xf2, 0xff, 0x25, 0, 0, 0, 0}, Bytes{}}) {
    CAPTURE(code);
    CHECK_FALSE(slot_of_stub(code, 0));
  }
}

#endif

}  // namespace sonda::test
