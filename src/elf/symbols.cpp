#include "elf/symbols.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "sonda/error.h"

namespace sonda {
namespace {

constexpr Elf64_Half hidden_version = 0x8000;

ElfSymbol describe(const Elf64_Sym& symbol) {
  const auto type = ELF64_ST_TYPE(symbol.st_info);
  return {.address = symbol.st_value,
          .size = symbol.st_size,
          .defined = symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS && symbol.st_shndx != SHN_COMMON,
          .is_function = type == STT_FUNC || type == STT_NOTYPE || type == STT_GNU_IFUNC,
          .is_ifunc = type == STT_GNU_IFUNC};
}

// Calls visit(symbol, whether it is of an old version, name) for each named symbol of the table.
template <class Visitor>
void visit_table(const ElfReader& file, Elf64_Word table_type, Visitor visit) {
  const auto* table = file.section(table_type);
  if (!table || table->sh_type == SHT_NOBITS || table->sh_size == 0) return;
  const auto symbols = file.contents<Elf64_Sym>(*table, "its symbols");
  const auto strings = file.strings_of(*table);
  std::vector<Elf64_Half> versions;
  if (const auto* section = file.section(SHT_GNU_versym); section && table_type == SHT_DYNSYM)
    versions = file.contents<Elf64_Half>(*section, "its symbol versions");
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const auto name = string_at(strings, symbols[i].st_name);
    if (!name.empty()) visit(symbols[i], i < versions.size() && (versions[i] & hidden_version) != 0, name);
  }
}

// What makes one of several symbols of the same name the one that is meant.
int rank(const Elf64_Sym& symbol, bool old_version) {
  if (!describe(symbol).defined) return 1;
  if (ELF64_ST_BIND(symbol.st_info) == STB_LOCAL) return 2;
  return old_version ? 3 : 4;
}

std::optional<ElfSymbol> find_in(const ElfReader& file, Elf64_Word table_type, std::string_view wanted) {
  std::optional<ElfSymbol> best;
  int best_rank = 0;
  visit_table(file, table_type, [&](const Elf64_Sym& symbol, bool old_version, std::string_view name) {
    if (name != wanted || ELF64_ST_TYPE(symbol.st_info) == STT_FILE) return;
    const int this_rank = rank(symbol, old_version);
    if (this_rank > best_rank) {
      best = describe(symbol);
      best_rank = this_rank;
    } else if (this_rank == best_rank && best->address != symbol.st_value) {
      best->ambiguous = best->defined;
    }
  });
  return best;
}

bool is_defined_function(const Elf64_Sym& symbol) {
  const auto described = describe(symbol);
  return described.defined && described.is_function;
}

constexpr std::size_t longest_mangled = 4096, longest_demangled = 4096;
// A short name can stand for gigabytes: each reference to an earlier part may double what it says. With so many a name
// of the worst kind comes to some megabytes; names that anybody can read have fewer.
constexpr int most_references = 32;

// Of "S_", "S1Z_" and "T0_" in a mangled name, or what looks like them.
int references(std::string_view name) {
  int count = 0;
  for (std::size_t at = name.find_first_of("ST"); at != name.npos; at = name.find_first_of("ST", at + 1)) {
    const auto end = name.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", at + 1);
    if (end != name.npos && name[end] == '_') ++count;
  }
  return count;
}

struct Free {
  // NOLINTNEXTLINE(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): __cxa_demangle's contract
  void operator()(char* text) const noexcept { std::free(text); }
};

}  // namespace

std::optional<ElfSymbol> ElfFile::find(std::string_view name) const {
  const auto dynamic = find_in(reader_, SHT_DYNSYM, name);
  if (dynamic && dynamic->defined) return dynamic;
  auto full = find_in(reader_, SHT_SYMTAB, name);
  if (full && full->defined) return full;
  if (!dynamic && !full && !reader_.section(SHT_SYMTAB)) {
    if (const auto debug = debug_file()) full = find_in(debug->reader_, SHT_SYMTAB, name);
  }
  return full && (full->defined || !dynamic) ? full : dynamic;
}

std::optional<ElfSymbol> ElfFile::function_at(std::uint64_t address) const {
  std::optional<ElfSymbol> found;
  const auto visit = [&](const Elf64_Sym& symbol, bool, std::string_view) {
    if (!found && is_defined_function(symbol) && symbol.st_value <= address &&
        address - symbol.st_value < symbol.st_size)
      found = describe(symbol);
  };
  visit_table(reader_, SHT_DYNSYM, visit);
  if (!found) visit_table(reader_, SHT_SYMTAB, visit);
  return found;
}

// The dynamic symbols, then the full table, which may be in the debug file.
template <class Visitor>
void ElfFile::visit_all(Visitor visit) const {
  visit_table(reader_, SHT_DYNSYM, visit);
  visit_table(reader_, SHT_SYMTAB, visit);
  if (reader_.section(SHT_SYMTAB)) return;
  if (const auto debug = debug_file()) visit_table(debug->reader_, SHT_SYMTAB, visit);
}

std::vector<std::string> ElfFile::names() const {
  std::vector<std::string> all;
  visit_all([&](const Elf64_Sym& symbol, bool, std::string_view name) {
    if (is_defined_function(symbol)) all.emplace_back(name);
  });
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

std::vector<ElfFunction> ElfFile::functions() const {
  std::vector<ElfFunction> all;
  visit_all([&](const Elf64_Sym& symbol, bool, std::string_view name) {
    if (is_defined_function(symbol) && ELF64_ST_TYPE(symbol.st_info) != STT_NOTYPE)
      all.push_back({std::string(name), describe(symbol), ELF64_ST_BIND(symbol.st_info) == STB_LOCAL});
  });
  return all;
}

std::vector<std::string> ElfFile::needed_libraries() const {
  const auto* section = reader_.section(SHT_DYNAMIC);
  if (!section || section->sh_type == SHT_NOBITS) return {};
  const auto strings = reader_.strings_of(*section);
  std::vector<std::string> libraries;
  for (const auto& entry : reader_.contents<Elf64_Dyn>(*section, "its dynamic section")) {
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_NEEDED) libraries.emplace_back(string_at(strings, entry.d_un.d_val));
  }
  return libraries;
}

const Elf64_Phdr* ElfFile::segment(std::uint64_t address) const {
  const auto holds = [address](const Elf64_Phdr& segment) {
    return segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz;
  };
  const auto found = std::ranges::find_if(reader_.segments(), holds);
  return found == reader_.segments().end() ? nullptr : &*found;
}

std::optional<std::uint64_t> ElfFile::file_offset(std::uint64_t address) const {
  const auto* in = segment(address);
  if (!in || in->p_offset > reader_.size()) return std::nullopt;
  const auto offset = address - in->p_vaddr;
  return offset < reader_.size() - in->p_offset ? std::optional(in->p_offset + offset) : std::nullopt;
}

bool ElfFile::is_code(std::uint64_t address) const {
  const auto* in = segment(address);
  return in && (in->p_flags & PF_X) != 0;
}

std::string ElfFile::build_id() const {
  constexpr std::string_view owner(ELF_NOTE_GNU, sizeof ELF_NOTE_GNU);
  std::string id;
  for (const auto& segment : reader_.segments()) {
    if (segment.p_type != PT_NOTE || !id.empty()) continue;
    for_each_note(reader_.read<char>(segment.p_offset, segment.p_filesz, "its notes"),
                  [&](Elf64_Word type, std::string_view name, std::span<const char> content) {
                    if (id.empty() && type == NT_GNU_BUILD_ID && name == owner)
                      id = fmt::format("{:02x}", fmt::join(std::as_bytes(content), ""));
                  });
  }
  return id;
}

std::optional<ElfFile> ElfFile::debug_file() const {
  const auto id = build_id();
  if (id.size() < 4) return std::nullopt;
  const auto path = std::filesystem::path("/usr/lib/debug/.build-id") / id.substr(0, 2) / (id.substr(2) + ".debug");
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
  try {
    return ElfFile(path);
  } catch (const Error&) {
    return std::nullopt;  // it is only a second source; the binary itself is sound
  }
}

std::string demangle(const std::string& name) {
  if (!name.starts_with("_Z") || name.size() > longest_mangled || references(name) > most_references) return name;
  int status = 0;
  const std::unique_ptr<char, Free> text(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status));
  if (status != 0 || !text) return name;
  std::string demangled(text.get());
  return demangled.size() > longest_demangled ? name : demangled;
}

}  // namespace sonda
