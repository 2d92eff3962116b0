// Notes in binaries and of the kernel: build ids, and places that sys/sdt.h marks. Two readers must agree.
#include <elf.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "elf/reader.h"
#include "elf/usdt_notes.h"
#include "kernel/kernel.h"

namespace {

void look_at_usdt(std::span<const char> note) {
  const auto here = sonda::parse_usdt_note(note, 0), moved = sonda::parse_usdt_note(note, 0x1000);
  if (here.has_value() != moved.has_value()) std::abort();
  if (!here) return;
  // Three addresses, and three texts with their NULs.
  if (24 + here->provider.size() + here->name.size() + here->arguments.size() + 3 > note.size()) std::abort();
  for (const auto* text : {&here->provider, &here->name, &here->arguments})
    if (text->find('\0') != text->npos) std::abort();
  if (here->name != moved->name || (here->semaphore == 0 && moved->semaphore != 0)) std::abort();
  if (here->semaphore != 0 && moved->semaphore - here->semaphore != moved->address - here->address) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(reinterpret_cast<const char*>(data), size);
  std::string first;
  std::size_t in_notes = 0;
  sonda::for_each_note(bytes, [&](Elf64_Word type, std::string_view owner, std::span<const char> content) {
    if (content.data() < bytes.data() || content.data() + content.size() > bytes.data() + size) std::abort();
    in_notes += sizeof(Elf64_Nhdr) + owner.size() + content.size();
    if (first.empty() && type == NT_GNU_BUILD_ID && owner == std::string_view("GNU\0", 4))
      first = fmt::format("{:02x}", fmt::join(std::as_bytes(content), ""));
    look_at_usdt(content);
  });
  if (in_notes > size) std::abort();
  const auto id = sonda::build_id_in({bytes.data(), size});
  if (id.find_first_not_of("0123456789abcdef") != id.npos || (!id.empty() && id != first)) std::abort();
  look_at_usdt(bytes);
  return 0;
}
