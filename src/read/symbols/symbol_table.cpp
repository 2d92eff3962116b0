#include "read/symbols/symbol_table.h"

#include <algorithm>

namespace sonda {
namespace {

// How many functions before an address are asked whether they reach to it: small ones may lie inside a large one.
constexpr int neighbours = 16;

bool is_function(const Elf64_Sym& symbol) {
  const auto type = ELF64_ST_TYPE(symbol.st_info);
  const bool code = type == STT_FUNC || type == STT_GNU_IFUNC;
  return code && symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS && symbol.st_shndx != SHN_COMMON;
}

// Of several names for one function the plainest is shown: few leading underscores, then short, then by the alphabet.
bool is_plainer(std::string_view a, std::string_view b) {
  const auto underscores = [](std::string_view name) { return std::min(name.find_first_not_of('_'), name.size()); };
  if (underscores(a) != underscores(b)) return underscores(a) < underscores(b);
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace

SymbolTable::SymbolTable(const ElfReader& file) {
  for (const auto& segment : file.segments())
    if (segment.p_type == PT_LOAD)
      segments_.push_back({segment.p_offset, segment.p_vaddr, segment.p_filesz, (segment.p_flags & PF_X) != 0});
  std::ranges::stable_sort(segments_, std::ranges::greater{}, &Segment::code);
  add(file);
}

void SymbolTable::add(const ElfReader& file) {
  add_table(file, SHT_DYNSYM);
  add_table(file, SHT_SYMTAB);
}

void SymbolTable::add_table(const ElfReader& file, Elf64_Word type) {
  const auto* table = file.section(type);
  if (!table || table->sh_type == SHT_NOBITS || table->sh_size == 0) return;
  const auto symbols = file.contents<Elf64_Sym>(*table, "its symbols");
  const auto strings = file.strings_of(*table);
  for (const auto& symbol : symbols) {
    if (!is_function(symbol)) continue;
    const auto name = string_at(strings, symbol.st_name);
    if (name.empty() || names_.size() + name.size() >= UINT32_MAX) continue;
    const auto size = static_cast<std::uint32_t>(std::min<std::uint64_t>(symbol.st_size, UINT32_MAX));
    functions_.push_back({symbol.st_value, size, static_cast<std::uint32_t>(names_.size())});
    names_.insert(names_.end(), name.begin(), name.end());
    names_.push_back('\0');
  }
}

void SymbolTable::finish() {
  std::ranges::sort(functions_, [this](const Function& a, const Function& b) {
    if (a.address != b.address) return a.address < b.address;
    if ((a.size == 0) != (b.size == 0)) return b.size == 0;
    return is_plainer(name_of(a), name_of(b));
  });
  const auto same = std::ranges::unique(functions_, {}, &Function::address);
  functions_.erase(same.begin(), same.end());
  std::vector<char> names;
  for (auto& function : functions_) {
    const auto name = name_of(function);
    const auto at = static_cast<std::uint32_t>(names.size());
    names.insert(names.end(), name.data(), name.data() + name.size() + 1);  // with its NUL
    function.name = at;
  }
  names.shrink_to_fit();
  functions_.shrink_to_fit();
  names_ = std::move(names);
}

std::optional<std::uint64_t> SymbolTable::address_of(std::uint64_t offset) const {
  for (const auto& segment : segments_)
    if (offset >= segment.offset && offset - segment.offset < segment.size)
      return segment.address + (offset - segment.offset);
  return std::nullopt;
}

std::optional<SymbolTable::Found> SymbolTable::find(std::uint64_t address) const {
  const auto after = std::ranges::upper_bound(functions_, address, {}, &Function::address);
  auto at = after;
  for (int tries = 0; tries < neighbours && at != functions_.begin(); ++tries) {
    --at;
    const auto offset = address - at->address;
    const bool open_ended = at->size == 0 && tries == 0;
    if (open_ended || offset < at->size) return Found{name_of(*at), offset};
  }
  return std::nullopt;
}

}  // namespace sonda
