// Damaged binaries and odd mappings: an answer or an Error, and nothing else.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "base/files.h"
#include "elf/mapped_files.h"
#include "read/symbols/module.h"
#include "read/symbols/symbol_table.h"
#include "sonda/error.h"
#include "sonda/symbols.h"
#include "support/catch.h"
#include "support/scratch.h"
#include "support/target_process.h"

using namespace sonda;
using namespace sonda::test;

namespace {

// Whether all questions were answered; if not, an Error was thrown.
bool is_sound(const std::string& bytes) {
  const UniqueFd memory(::memfd_create("binary", MFD_CLOEXEC));
  REQUIRE(::write(memory.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  try {
    const ElfReader file("/proc/self/fd/" + std::to_string(memory.get()));
    SymbolTable table(file);
    table.finish();
    for (const std::uint64_t address : {0UL, 0x1100UL, 0x2000UL, UINT64_MAX}) {
      table.find(address);
      table.address_of(address);
    }
    const std::array<std::filesystem::path, 1> roots{"/nonexistent"};
    find_debug_file(file, "/bin/binary", roots);
    return true;
  } catch (const Error& error) {
    REQUIRE_FALSE(error.cause().empty());
    return false;
  }
}

struct Function {
  const char* name;
  std::uint64_t address, size;
};

template <class T>
void append(std::string& bytes, const T& object) {
  bytes.append(reinterpret_cast<const char*>(&object), sizeof object);
}

// A program whose only segment is its first 0x1000 bytes, at 0x400000, and whose symbols are these.
std::string binary_with(const std::vector<Function>& functions) {
  std::string names(1, '\0'), symbols(sizeof(Elf64_Sym), '\0');
  for (const auto& function : functions) {
    Elf64_Sym symbol{};
    symbol.st_name = static_cast<Elf64_Word>(names.size());
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbol.st_shndx = 1;
    symbol.st_value = function.address;
    symbol.st_size = function.size;
    append(symbols, symbol);
    names += function.name;
    names += '\0';
  }
  const std::size_t head = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr), after_names = head + symbols.size() + names.size();
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_EXEC;
  header.e_machine = ElfReader("/proc/self/exe").read<Elf64_Ehdr>(0, 1, "header").front().e_machine;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  header.e_shoff = after_names;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 2;
  const Elf64_Phdr segment{.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = 0x400000, .p_filesz = 0x1000};
  const Elf64_Shdr table{.sh_type = SHT_SYMTAB, .sh_offset = head, .sh_size = symbols.size(), .sh_link = 1};
  const Elf64_Shdr strings{.sh_type = SHT_STRTAB, .sh_offset = head + symbols.size(), .sh_size = names.size()};
  std::string bytes;
  append(bytes, header);
  append(bytes, segment);
  bytes += symbols + names;
  append(bytes, table);
  append(bytes, strings);
  return bytes;
}

std::string small_binary() { return read_file(target("chain_stripped.debug"), Stage::read); }

}  // namespace

TEST_CASE("lines of mappings are taken apart", "[symbols]") {
  const auto mapping =
      parse_mapping("7f8db6a0e000-7f8db6b63000 r-xp 00026000 fd:01 2228461                    /usr/lib/libc.so.6");
  REQUIRE(mapping);
  CHECK(mapping->start == 0x7f8db6a0e000);
  CHECK(mapping->end == 0x7f8db6b63000);
  CHECK(mapping->offset == 0x26000);
  CHECK(mapping->inode == 2228461);
  CHECK(mapping->code);
  CHECK(mapping->path == "/usr/lib/libc.so.6");
  CHECK(parse_mapping("1000-2000 rw-p 00000000 00:00 0")->path.empty());
  CHECK_FALSE(parse_mapping("1000-2000 rw-p 00000000 00:00 0")->code);
  CHECK(parse_mapping("1000-2000 r-xp 0 00:00 0     [vdso]")->path == "[vdso]");
  CHECK(parse_mapping("1000-2000 r-xp 0 0:1 5 /a b (deleted)")->path == "/a b");
  CHECK(parse_mapping("1000-2000 r-xp 0 0:1 5 /a\\012b\\012")->path == "/a\nb\n");
}

TEST_CASE("lines that are no mappings are none", "[symbols]") {
  for (const auto* line : {"", "-", "1000", "1000-", "1000-2000", "1000-2000 r-x", "1000-2000 r-xp", "1000-2000 r-xp 0",
                           "g-h r-xp 0 0:0 0", "2000-1000 r-xp 0 0:0 0", "1000-1000 r-xp 0 0:0 0",
                           "1000-2000 r-xp 0 00 0", "1000-2000 r-xp 0 0:0 x", "1000-fffffffffffffffff r-xp 0 0:0 0",
                           "1000-2000 r-xp -1 0:0 0", " 1000-2000 r-xp 0 0:0 0"}) {
    INFO(line);
    CHECK_FALSE(parse_mapping(line));
  }
}

TEST_CASE("a binary cut short anywhere names what it can or nothing", "[symbols]") {
  const auto whole = small_binary();
  REQUIRE(is_sound(whole));
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); size += size < 1024 ? 7 : 211)
    if (!is_sound(whole.substr(0, size))) ++refused;
  CHECK(refused > 50);
}

TEST_CASE("changed bytes of a binary do no harm", "[symbols]") {
  const auto whole = small_binary();
  Elf64_Ehdr header;
  std::memcpy(&header, whole.data(), sizeof header);
  REQUIRE(header.e_shoff < whole.size());
  std::mt19937 random(77);
  std::size_t refused = 0;
  for (int i = 0; i < 4000; ++i) {
    auto bytes = whole;
    const std::size_t from = i % 2 == 0 ? header.e_shoff : 0, span = i % 2 == 0 ? bytes.size() - from : bytes.size();
    for (int changes = 1 + i % 8; changes > 0; --changes) {
      const auto at = from + random() % span;
      bytes[at] = i % 3 == 0 ? static_cast<char>(0xff) : static_cast<char>(random());
    }
    if (!is_sound(bytes)) ++refused;
  }
  CHECK(refused > 100);
}

TEST_CASE("functions inside functions, without size, and under several names", "[symbols]") {
  const auto bytes = binary_with({{"outer", 0x1000, 0x100},
                                  {"small", 0x1010, 0x10},
                                  {"tiny", 0x1040, 4},
                                  {"from_assembler", 0x1200, 0},
                                  {"__alias", 0x1300, 0x10},
                                  {"plain", 0x1300, 0x10},
                                  {"plainer_but_long", 0x1300, 0x10},
                                  {"without_size", 0x1300, 0},
                                  {"at_the_end", UINT64_MAX - 1, UINT64_MAX}});
  const UniqueFd memory(::memfd_create("binary", MFD_CLOEXEC));
  REQUIRE(::write(memory.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  SymbolTable table(ElfReader("/proc/self/fd/" + std::to_string(memory.get())));
  table.finish();
  const auto name_at = [&](std::uint64_t address) {
    const auto found = table.find(address);
    return found ? std::string(found->name) + "+" + std::to_string(found->offset) : "";
  };
  CHECK(name_at(0xfff).empty());
  CHECK(name_at(0x1000) == "outer+0");
  CHECK(name_at(0x1011) == "small+1");
  CHECK(name_at(0x1050) == "outer+80");
  CHECK(name_at(0x1100).empty());
  CHECK(name_at(0x12ff) == "from_assembler+255");
  CHECK(name_at(0x1301) == "plain+1");
  CHECK(name_at(0x1310).empty());
  CHECK(name_at(UINT64_MAX) == "at_the_end+1");
  CHECK(table.address_of(0x10) == 0x400010);
  CHECK_FALSE(table.address_of(0x1000));
  CHECK_FALSE(table.address_of(UINT64_MAX));
}

TEST_CASE("a process that maps odd files as code is no trouble", "[symbols]") {
  const ScratchFolder folder;
  const auto path = folder.write("not-elf", std::string(8192, 'x'));
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  void* mapped = ::mmap(nullptr, 8192, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd.get(), 0);
  REQUIRE(mapped != MAP_FAILED);
  const auto found = ProcessSymbols().find(::getpid(), reinterpret_cast<std::uint64_t>(mapped) + 0x123);
  CHECK(found == SymbolAt{"", 0x123, path.string()});
  ::munmap(mapped, 8192);
}
