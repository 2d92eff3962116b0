#include "elf/stubs.h"

#include <algorithm>
#include <cstring>

namespace sonda {

// What a processor's stubs look like, and the relocations that fill their slots.
#if defined(__x86_64__)

static constexpr bool fills_slot(Elf64_Xword relocation) {
  return ELF64_R_TYPE(relocation) == R_X86_64_JUMP_SLOT || ELF64_R_TYPE(relocation) == R_X86_64_GLOB_DAT;
}

// [endbr64] [bnd] jmp *distance(%rip)
std::optional<std::uint64_t> slot_of_stub(std::span<const unsigned char> code, std::uint64_t address) noexcept {
  constexpr unsigned char endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa}, bnd[] = {0xf2}, jump[] = {0xff, 0x25};
  std::size_t at = 0;
  const auto take = [&](std::span<const unsigned char> bytes) {
    if (code.size() - at < bytes.size() || !std::ranges::equal(code.subspan(at, bytes.size()), bytes)) return false;
    at += bytes.size();
    return true;
  };
  take(endbr64);
  take(bnd);
  std::int32_t distance = 0;
  if (!take(jump) || code.size() - at < sizeof distance) return std::nullopt;
  std::memcpy(&distance, &code[at], sizeof distance);
  return address + at + sizeof distance + static_cast<std::uint64_t>(std::int64_t{distance});
}

#else

static constexpr bool fills_slot(Elf64_Xword) { return false; }
std::optional<std::uint64_t> slot_of_stub(std::span<const unsigned char>, std::uint64_t) noexcept { return {}; }

#endif

namespace {

constexpr std::size_t most_stubs = 8;  // of one function; linkers make one or two
constexpr std::size_t stub_alignment = 8;

std::vector<bool> symbols_called(const ElfReader& file, const Elf64_Shdr& table, std::string_view name) {
  const auto strings = file.strings_of(table);
  const auto symbols = file.contents<Elf64_Sym>(table, "its symbols");
  std::vector<bool> called(symbols.size());
  for (std::size_t i = 0; i < symbols.size(); ++i)
    called[i] = symbols[i].st_shndx == SHN_UNDEF && string_at(strings, symbols[i].st_name) == name;
  return called;
}

/// The slots that the loader fills with the function's address.
std::vector<std::uint64_t> slots_of(const ElfReader& file, const Elf64_Shdr& table, std::string_view name) {
  const auto called = symbols_called(file, table, name);
  std::vector<std::uint64_t> slots;
  if (std::ranges::find(called, true) == called.end()) return slots;
  const auto table_index = static_cast<std::size_t>(&table - file.sections().data());
  for (const auto& section : file.sections()) {
    if (section.sh_type != SHT_RELA || section.sh_link != table_index) continue;
    for (const auto& relocation : file.contents<Elf64_Rela>(section, "its relocations")) {
      const auto symbol = ELF64_R_SYM(relocation.r_info);
      if (!fills_slot(relocation.r_info) || symbol >= called.size() || !called[symbol]) continue;
      if (slots.size() == most_stubs) return {};
      slots.push_back(relocation.r_offset);
    }
  }
  return slots;
}

bool holds_stubs(const Elf64_Shdr& section, std::string_view name) {
  constexpr std::string_view table = ".plt";
  return section.sh_type == SHT_PROGBITS && (section.sh_flags & SHF_EXECINSTR) != 0 && name.starts_with(table) &&
         (name.size() == table.size() || name[table.size()] == '.');
}

}  // namespace

std::vector<std::uint64_t> import_stubs(const ElfReader& file, std::string_view name) {
  const auto* table = file.section(SHT_DYNSYM);
  if (table == nullptr) return {};
  const auto slots = slots_of(file, *table, name);
  if (slots.empty()) return {};
  const auto names = file.section_names();
  std::vector<std::uint64_t> stubs;
  for (const auto& section : file.sections()) {
    if (!holds_stubs(section, string_at(names, section.sh_name))) continue;
    const auto code = file.contents<unsigned char>(section, "its linkage table");
    for (std::size_t at = 0; at < code.size(); at += stub_alignment) {
      const auto slot = slot_of_stub(std::span(code).subspan(at), section.sh_addr + at);
      if (slot && std::ranges::find(slots, *slot) != slots.end()) stubs.push_back(section.sh_addr + at);
      if (stubs.size() > most_stubs) return {};
    }
  }
  std::ranges::sort(stubs);
  return stubs;
}

}  // namespace sonda
