// Binaries of other people: every table is read, or refused with an Error.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "elf/stubs.h"
#include "elf/symbols.h"
#include "elf/usdt_notes.h"
#include "sonda/error.h"
#include "sonda/fd.h"

namespace {

template <class Action>
void attempt(Action action) {
  try {
    action();
  } catch (const sonda::Error& error) {
    if (error.stage() != sonda::Stage::attach) std::abort();
  }
}

void ask(const sonda::ElfFile& file) {
  attempt([&] {
    for (const auto& function : file.functions()) {
      const auto offset = file.file_offset(function.symbol.address);
      if (offset && *offset >= file.tables().size()) std::abort();
    }
  });
  attempt([&] { (void)file.find("f"); });
  attempt([&] { (void)file.function_at(0x1000); });
  attempt([&] { (void)file.names(); });
  attempt([&] { (void)file.needed_libraries(); });
  attempt([&] { (void)file.is_code(0x1000); });
  attempt([&] {
    if (file.build_id().find_first_not_of("0123456789abcdef") != std::string::npos) std::abort();
  });
  attempt([&] { (void)sonda::usdt_notes(file); });
  attempt([&] { (void)sonda::import_stubs(file.tables(), "g"); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sonda::UniqueFd file(::memfd_create("fuzz", MFD_CLOEXEC));
  if (!file || ::write(file.get(), data, size) != static_cast<ssize_t>(size)) return 0;
  attempt([&] { ask(sonda::ElfFile::opened("fuzz", std::move(file))); });
  return 0;
}
