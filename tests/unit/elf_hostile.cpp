// Damaged binaries: any cut and any changed byte gives an answer or an Error, and nothing else.
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <random>

#include "base/files.h"
#include "elf/stubs.h"
#include "elf/symbols.h"
#include "sonda/error.h"
#include "support/catch.h"
#include "support/target_process.h"

namespace sonda::test {
namespace {

// A file in memory that can be opened by a path.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& bytes) : fd_(::memfd_create("binary", MFD_CLOEXEC)) {
    REQUIRE(::write(fd_.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

void ask_everything(const ElfFile& file) {
  for (const auto* name : {"target_first", "target_library", "puts", ""}) {
    const auto found = file.find(name);
    if (!found) continue;
    file.file_offset(found->address);
    file.is_code(found->address);
    file.function_at(found->address);
  }
  file.names();
  file.needed_libraries();
  file.build_id();
  import_stubs(ElfReader(file.path()), "__cxa_finalize");
}

// Whether all questions were answered; if not, an Error was thrown.
bool is_sound(const std::string& bytes) {
  const MemoryFile file(bytes);
  try {
    ask_everything(ElfFile::open(file.path()));
    return true;
  } catch (const Error& error) {
    REQUIRE(error.stage() == Stage::attach);
    REQUIRE_FALSE(error.cause().empty());
    return false;
  }
}

std::string small_binary() { return read_file(target("libcalls.so"), Stage::read); }

}  // namespace

TEST_CASE("elf: a binary cut short anywhere is no crash") {
  const auto whole = small_binary();
  REQUIRE(is_sound(whole));
  std::size_t refused = 0, cuts = 0;
  for (std::size_t size = 0; size < whole.size(); size += size < 1024 ? 1 : 61, ++cuts)
    if (!is_sound(whole.substr(0, size))) ++refused;
  CHECK(refused == cuts);  // the section headers come last, so that each cut is noticed
}

TEST_CASE("elf: a build id is that of a note whose owner is GNU, letter by letter") {
  auto bytes = small_binary();
  const auto owner = bytes.find(std::string_view("\3\0\0\0GNU\0", 8));
  REQUIRE(owner != bytes.npos);
  CHECK_FALSE(ElfFile::open(MemoryFile(bytes).path()).build_id().empty());
  bytes[owner + 6] = 'X';
  CHECK(ElfFile::open(MemoryFile(bytes).path()).build_id().empty());
}

TEST_CASE("elf: changed bytes are no crash") {
  const auto whole = small_binary();
  std::mt19937 random(5003);
  std::size_t refused = 0;
  for (int i = 0; i < 4000; ++i) {
    auto bytes = whole;
    for (int changes = 1 + i % 8; changes > 0; --changes) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (!is_sound(bytes)) ++refused;
  }
  CHECK(refused > 0);
}

TEST_CASE("elf: changed headers are no crash") {
  const auto whole = small_binary();
  Elf64_Ehdr header;
  std::memcpy(&header, whole.data(), sizeof header);
  const auto sections = header.e_shoff;
  REQUIRE(sections < whole.size());
  std::mt19937 random(101);
  std::size_t refused = 0;
  for (int i = 0; i < 4000; ++i) {
    auto bytes = whole;
    // Mostly in the headers, where each byte means something; often the largest values there are.
    const std::size_t at = i % 2 == 0 ? sections + random() % (whole.size() - sections) : random() % 1024;
    bytes[at] = i % 3 == 0 ? static_cast<char>(0xff) : static_cast<char>(random());
    if (i % 3 == 0 && at + 8 <= bytes.size()) std::memset(&bytes[at / 8 * 8], 0xff, 8);
    if (!is_sound(bytes)) ++refused;
  }
  CHECK(refused > 100);
}

TEST_CASE("elf: a function with improbably many stubs has none that are believed") {
  auto bytes = small_binary();
  const auto stubs = [&bytes] {
    const MemoryFile file(bytes);
    return import_stubs(ElfReader(file.path()), "__cxa_finalize");
  };
  REQUIRE(stubs().size() == 1);
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    // Every section is the one that holds the stub, under the same name.
    const auto at = header.e_shoff + i * sizeof(Elf64_Shdr);
    Elf64_Shdr section;
    std::memcpy(&section, &bytes[at], sizeof section);
    if (section.sh_type != SHT_PROGBITS || section.sh_entsize != 8 || (section.sh_flags & SHF_EXECINSTR) == 0) continue;
    for (std::size_t other = 1; other < header.e_shnum; ++other) {
      const auto place = header.e_shoff + other * sizeof(Elf64_Shdr);
      Elf64_Shdr replaced;
      std::memcpy(&replaced, &bytes[place], sizeof replaced);
      if (replaced.sh_type == SHT_PROGBITS) std::memcpy(&bytes[place], &section, sizeof section);
    }
    break;
  }
  CHECK(stubs().empty());
}

TEST_CASE("elf: a binary that is cut after it was opened gives an error") {
  const auto whole = small_binary();
  const MemoryFile memory(whole);
  const auto file = ElfFile::open(memory.path());
  REQUIRE(file.find("target_library"));
  REQUIRE(::ftruncate(memory.fd(), 100) == 0);
  CHECK_THROWS_AS(file.find("target_library"), Error);
}

TEST_CASE("elf: claims of great size are refused before memory is taken for them") {
  const auto whole = small_binary();
  const MemoryFile memory(whole);
  REQUIRE(::ftruncate(memory.fd(), 1L << 40) == 0);
  Elf64_Ehdr header;
  std::memcpy(&header, whole.data(), sizeof header);
  header.e_shnum = 0;  // the number is in the first section header
  Elf64_Shdr first{};
  first.sh_size = 1UL << 33;
  REQUIRE(::pwrite(memory.fd(), &header, sizeof header, 0) == sizeof header);
  REQUIRE(::pwrite(memory.fd(), &first, sizeof first, static_cast<off_t>(header.e_shoff)) == sizeof first);
  CHECK_THROWS_AS(ElfFile::open(memory.path()), Error);
}

}  // namespace sonda::test
