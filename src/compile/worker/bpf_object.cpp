#include "compile/worker/bpf_object.h"

#include <gelf.h>

#include <algorithm>
#include <memory>

#include "sonda/error.h"

namespace sonda {
namespace {

struct EndElf {
  void operator()(Elf* file) const { elf_end(file); }
};

[[noreturn]] void refuse() {
  throw Error(Stage::compile, "the compiler's object file", "it cannot be read", elf_errmsg(-1));
}

std::string text_at(Elf* file, std::size_t table, std::size_t offset) {
  const char* text = elf_strptr(file, table, offset);
  return text == nullptr ? "" : text;
}

std::span<const std::byte> contents(Elf_Scn* section) {
  const auto* data = elf_rawdata(section, nullptr);
  if (data == nullptr || data->d_buf == nullptr) return {};
  return {static_cast<const std::byte*>(data->d_buf), data->d_size};
}

void read_symbols(Elf_Scn* table, const GElf_Shdr& header, Elf* file, BpfObject& object) {
  auto* data = elf_getdata(table, nullptr);
  GElf_Sym symbol{};
  for (int i = 0; gelf_getsym(data, i, &symbol) != nullptr; ++i) {
    const auto kind = GELF_ST_TYPE(symbol.st_info);
    ObjectSymbol read{.name = text_at(file, header.sh_link, symbol.st_name),
                      .section = symbol.st_shndx < object.sections.size() ? symbol.st_shndx : 0U,
                      .value = symbol.st_value,
                      .size = symbol.st_size,
                      .is_function = kind == STT_FUNC,
                      .is_object = kind == STT_OBJECT};
    if (kind == STT_SECTION) read.name = object.sections[read.section].name;
    object.symbols.push_back(std::move(read));
  }
}

void read_relocations(Elf_Scn* table, const GElf_Shdr& header, BpfObject& object) {
  if (header.sh_info >= object.sections.size()) refuse();
  auto* data = elf_getdata(table, nullptr);
  GElf_Rel relocation{};
  for (int i = 0; gelf_getrel(data, i, &relocation) != nullptr; ++i) {
    const auto symbol = static_cast<std::uint32_t>(GELF_R_SYM(relocation.r_info));
    if (symbol >= object.symbols.size()) refuse();
    object.sections[header.sh_info].relocations.push_back(
        {relocation.r_offset, static_cast<std::uint32_t>(GELF_R_TYPE(relocation.r_info)), symbol});
  }
}

}  // namespace

const ObjectSection* BpfObject::section(std::string_view name) const {
  const auto found = std::ranges::find(sections, name, &ObjectSection::name);
  return found == sections.end() ? nullptr : &*found;
}

std::span<const std::byte> BpfObject::bytes_of(std::string_view name) const {
  const auto* found = section(name);
  return found == nullptr ? std::span<const std::byte>() : found->bytes;
}

const ObjectSymbol* BpfObject::function_at(std::uint32_t section, std::uint64_t offset) const {
  const auto found = std::ranges::find_if(symbols, [&](const ObjectSymbol& symbol) {
    return symbol.is_function && symbol.section == section && symbol.value == offset;
  });
  return found == symbols.end() ? nullptr : &*found;
}

BpfObject read_object(std::span<const std::byte> bytes) {
  ::elf_version(EV_CURRENT);
  // libelf takes memory to be written to; of a file that it only reads it writes nothing.
  auto* start = const_cast<char*>(reinterpret_cast<const char*>(bytes.data()));
  const std::unique_ptr<Elf, EndElf> file(elf_memory(start, bytes.size()));
  std::size_t names = 0;
  if (!file || elf_getshdrstrndx(file.get(), &names) != 0) refuse();

  BpfObject object;
  object.sections.emplace_back();  // there is none of number 0
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(file.get(), section)) != nullptr;) {
    GElf_Shdr header{};
    if (gelf_getshdr(section, &header) == nullptr) refuse();
    object.sections.push_back({.name = text_at(file.get(), names, header.sh_name),
                               .is_code = (header.sh_flags & SHF_EXECINSTR) != 0,
                               .is_allocated = (header.sh_flags & SHF_ALLOC) != 0,
                               .size = header.sh_size,
                               .bytes = header.sh_type == SHT_NOBITS ? std::span<const std::byte>() : contents(section),
                               .relocations = {}});
  }
  const auto for_each = [&](GElf_Word type, const auto& read) {
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(file.get(), section)) != nullptr;)
      if (GElf_Shdr header{}; gelf_getshdr(section, &header) != nullptr && header.sh_type == type)
        read(section, header);
  };
  for_each(SHT_SYMTAB,
           [&](Elf_Scn* section, const GElf_Shdr& header) { read_symbols(section, header, file.get(), object); });
  for_each(SHT_REL, [&](Elf_Scn* section, const GElf_Shdr& header) { read_relocations(section, header, object); });
  return object;
}

}  // namespace sonda
