// Symbols, addresses and offsets of binaries whose content is known.
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <fstream>

#include "base/files.h"
#include "elf/symbols.h"
#include "sonda/error.h"
#include "support/catch.h"
#include "support/target_process.h"

namespace sonda::test {
namespace {

std::string cause_of_opening(const std::filesystem::path& path) {
  try {
    ElfFile::open(path);
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::attach);
    CHECK(error.subject() == path.string());
    return error.cause();
  }
  return "none";
}

std::string bytes_at(const std::filesystem::path& path, std::uint64_t offset, std::size_t count) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  std::string bytes(count, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  return bytes;
}

}  // namespace

TEST_CASE("elf: functions, data and imports are told apart") {
  for (const auto* name : {"calls", "calls_fixed", "calls_stripped"}) {
    INFO(name);
    const auto file = ElfFile::open(target(name));
    const auto first = file.find("target_first");
    REQUIRE(first);
    CHECK(first->defined);
    CHECK(first->is_function);
    CHECK_FALSE(first->is_ifunc);
    CHECK_FALSE(first->ambiguous);
    CHECK(first->size > 0);
    CHECK(file.is_code(first->address));
    const auto variable = file.find("target_variable");
    REQUIRE(variable);
    CHECK(variable->defined);
    CHECK_FALSE(variable->is_function);
    CHECK_FALSE(file.is_code(variable->address));
    const auto imported = file.find("target_library");
    REQUIRE(imported);
    CHECK_FALSE(imported->defined);
    CHECK(file.find("target_chosen")->is_ifunc);
    CHECK_FALSE(file.find("target_firs"));
    CHECK_FALSE(file.find("target_firsts"));
    CHECK_FALSE(file.find(""));
  }
}

TEST_CASE("elf: local functions of the same name are ambiguous, and gone when stripped") {
  const auto* twin = "_ZN12_GLOBAL__N_111target_twinEl";
  const auto found = ElfFile::open(target("calls")).find(twin);
  REQUIRE(found);
  CHECK(found->ambiguous);
  CHECK_FALSE(ElfFile::open(target("calls_stripped")).find(twin));
}

TEST_CASE("elf: the offset is where the function's code is in the file") {
  // The same source and flags, stripped or not: the same code at the same place.
  const auto whole = ElfFile::open(target("calls")), stripped = ElfFile::open(target("calls_stripped"));
  const auto in_whole = *whole.find("target_first"), in_stripped = *stripped.find("target_first");
  REQUIRE(in_whole.size == in_stripped.size);
  const auto code = bytes_at(whole.path(), *whole.file_offset(in_whole.address), in_whole.size);
  const auto same = bytes_at(stripped.path(), *stripped.file_offset(in_stripped.address), in_stripped.size);
  CHECK(code.size() > 4);
  CHECK(static_cast<unsigned char>(code.back()) == 0xc3);  // ret
  CHECK(static_cast<unsigned char>(same.back()) == 0xc3);

  const auto fixed = ElfFile::open(target("calls_fixed"));
  const auto address = fixed.find("target_first")->address;
  CHECK(address >= 0x400000);
  CHECK(*fixed.file_offset(address) < 0x400000);
  CHECK_FALSE(fixed.file_offset(0x1000));
  CHECK_FALSE(fixed.file_offset(~0UL));
}

TEST_CASE("elf: the function around an address") {
  const auto file = ElfFile::open(target("calls"));
  const auto first = *file.find("target_first");
  CHECK(file.function_at(first.address)->address == first.address);
  CHECK(file.function_at(first.address + first.size - 1)->address == first.address);
  CHECK_FALSE(file.function_at(0));
  CHECK_FALSE(file.function_at(~0UL));
}

TEST_CASE("elf: names are the functions that can be probed") {
  const auto names = ElfFile::open(target("calls")).names();
  CHECK(std::ranges::is_sorted(names));
  CHECK(std::ranges::adjacent_find(names) == names.end());
  CHECK(std::ranges::count(names, "target_first") == 1);
  CHECK(std::ranges::count(names, "target_variable") == 0);
  CHECK(std::ranges::count(names, "target_library") == 0);
}

TEST_CASE("elf: libraries are named and found") {
  const auto file = ElfFile::open(target("calls"));
  const auto needed = file.needed_libraries();
  CHECK(std::ranges::count(needed, "libcalls.so") == 1);
  CHECK(std::ranges::count(needed, "libc.so.6") == 1);
  CHECK(defining_library(file, "puts")->filename() == "libc.so.6");
  CHECK_FALSE(defining_library(file, "no_such_function"));
  CHECK(find_library("libc.so.6"));
  for (const auto* wrong : {"", "no-such-library.so", "../lib/libc.so.6", "/lib/libc.so.6", ".", ".."})
    CHECK_FALSE(find_library(wrong));
}

TEST_CASE("elf: an older version of a symbol is not the one that is meant") {
  const auto libc = find_library("libc.so.6");
  REQUIRE(libc);
  const auto file = ElfFile::open(*libc);
  CHECK(file.find("puts")->is_function);
  CHECK(file.find("memcpy")->is_ifunc);
  // libc keeps pthread_create for programs linked before 2.34 under the same name.
  CHECK_FALSE(file.find("pthread_create")->ambiguous);
  CHECK(file.build_id().size() == 40);
}

TEST_CASE("elf: what is not a binary says what it is") {
  const TemporaryFolder folder;
  const auto at = [&](const char* name) { return folder.path() / name; };
  CHECK_THAT(cause_of_opening(at("missing")), Contains("No such file"));
  CHECK_THAT(cause_of_opening(folder.path()), Contains("directory"));
  CHECK_THAT(cause_of_opening("/dev/null"), Contains("device"));
  REQUIRE(::mkfifo(at("pipe").c_str(), 0600) == 0);
  CHECK_THAT(cause_of_opening(at("pipe")), Contains("pipe"));
  std::ofstream(at("empty")).close();
  CHECK_THAT(cause_of_opening(at("empty")), Contains("empty"));
  std::ofstream(at("text")) << "hello";
  CHECK_THAT(cause_of_opening(at("text")), Contains("not an ELF binary"));
  std::ofstream(at("start")) << "\177ELF";
  CHECK_THAT(cause_of_opening(at("start")), Contains("cut short"));
  std::ofstream(at("script")) << "#!/usr/bin/perl -w\nprint 1;\n";
  try {
    ElfFile::open(at("script"));
    FAIL("a script was taken for a binary");
  } catch (const Error& error) {
    CHECK_THAT(error.hint(), Contains("/usr/bin/perl"));
  }
  for (const auto* odd : {"#!", "#!\n", "#! ", "#"}) {
    std::ofstream(at("odd")) << odd;
    CHECK_THAT(cause_of_opening(at("odd")), Contains("not an ELF binary"));
  }
}

TEST_CASE("elf: binaries for other machines are refused") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "binary";
  const auto altered = [&](std::size_t at, char value) {
    auto bytes = read_file(target("calls"), Stage::read);
    bytes.at(at) = value;
    std::ofstream(path, std::ios::binary) << bytes;
    return cause_of_opening(path);
  };
  CHECK_THAT(altered(EI_CLASS, ELFCLASS32), Contains("64-bit"));
  CHECK_THAT(altered(EI_DATA, ELFDATA2MSB), Contains("another processor"));
  CHECK_THAT(altered(offsetof(Elf64_Ehdr, e_machine), static_cast<char>(EM_S390)), Contains("another processor"));
  CHECK_THAT(altered(offsetof(Elf64_Ehdr, e_type), ET_REL), Contains("neither a program nor a shared library"));
  CHECK_THAT(altered(offsetof(Elf64_Ehdr, e_shentsize), 7), Contains("unknown size"));
  CHECK_THAT(altered(offsetof(Elf64_Ehdr, e_phentsize), 7), Contains("unknown size"));
}

}  // namespace sonda::test
