// Notes of USDT probes and the arguments in them, of the assembler's making and of nobody's.
#include <algorithm>
#include <random>

#include "attach/find_binary.h"
#include "attach/usdt_arguments.h"
#include "base/files.h"
#include "elf/usdt_notes.h"
#include "support/catch.h"
#include "support/target_process.h"

namespace sonda::test {
namespace {

UsdtArguments parse(std::string_view text) {
  return parse_usdt_arguments(text, 0x1000, [](std::string_view name) -> std::optional<std::uint64_t> {
    return name == "counter" ? std::optional<std::uint64_t>(0x4010) : std::nullopt;
  });
}

// Offsets into struct pt_regs.
constexpr std::uint16_t r8 = 72, rax = 80, rcx = 88, rdi = 112, rbp = 32, rip = 128;
constexpr auto none = UsdtArgument::no_register;
using Kind = UsdtArgument::Kind;

UsdtArgument value(std::uint64_t displacement, std::uint16_t base, std::uint8_t unused, bool is_signed) {
  return {displacement, base, none, 0, unused, static_cast<std::uint8_t>(is_signed), Kind::value};
}
UsdtArgument memory(std::uint64_t displacement, std::uint16_t base, std::uint16_t index = none,
                    std::uint8_t shift = 0) {
  return {displacement, base, index, shift, 0, 0, Kind::in_memory};
}

}  // namespace

TEST_CASE("usdt: operands are understood") {
  const auto found = parse("-4@%edi 8@%rax 1@%cl 2@%r8w 1@%ah -8@$-7 4@$0x10");
  CHECK(found[0] == value(0, rdi, 32, true));
  CHECK(found[1] == value(0, rax, 0, false));
  CHECK(found[2] == value(0, rcx, 56, false));
  CHECK(found[3] == value(0, r8, 48, false));
  CHECK(found[4] == value(0, rax + 1, 56, false));
  CHECK(found[5] == value(~std::uint64_t{6}, none, 0, true));
  CHECK(found[6] == value(16, none, 32, false));
  CHECK(found[7].kind == Kind::none);

  const auto there = parse(
      "8@-16(%rbp) 8@(%rax) 8@8(%rax,%rcx,4) 8@(,%rcx,8) 8@counter(%rip) 8@counter+8(%rip) 8@counter 8@$counter "
      "8@-8+counter(%rip) 8@counter(,%rax,2)");
  CHECK(there[0] == memory(~std::uint64_t{15}, rbp));
  CHECK(there[1] == memory(0, rax));
  CHECK(there[2] == memory(8, rax, rcx, 2));
  CHECK(there[3] == memory(0, none, rcx, 3));
  CHECK(there[4] == memory(0x3010, rip));
  CHECK(there[5] == memory(0x3018, rip));
  CHECK(there[6] == memory(0x3010, rip));
  CHECK(there[7] == value(0x3010, rip, 0, false));
  CHECK(there[8] == memory(0x3008, rip));
  CHECK(there[9] == memory(0x4010, none, rax, 1));
}

TEST_CASE("usdt: what cannot be read is known as such, and hides nothing behind it") {
  for (const auto* text : {"4f@%xmm0",
                           "8@%xmm0",
                           "16@%rax",
                           "3@%rax",
                           "@%rax",
                           "%rax",
                           "8@",
                           "8@%",
                           "8@rax",
                           "8@(rax)",
                           "8@(%rax",
                           "8@(%rax,%rbx,3)",
                           "8@(%rax,%rbx,8,1)",
                           "8@(%eax)",
                           "8@16(%rip)",
                           "8@missing(%rip)",
                           "8@counter-counter",
                           "8@$",
                           "8@-counter",
                           "8@%fs:8",
                           "8@99999999999999999999(%rax)",
                           "--8@%rax"}) {
    INFO(text);
    const auto found = parse(std::string(text) + " 8@%rax");
    CHECK(found[0].kind == Kind::unreadable);
    CHECK(found[1] == value(0, rax, 0, false));
  }
  CHECK(parse("")[0].kind == Kind::none);
  CHECK(parse("   ")[0].kind == Kind::none);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "8@%rax ";
  CHECK(parse(many)[11].kind == Kind::value);
}

TEST_CASE("usdt: notes are found in programs and libraries") {
  const auto notes = usdt_notes(ElfFile::open(target("marks")));
  std::size_t copied = 0;
  for (const auto& note : notes) {
    CHECK(note.provider == "sonda_marks");
    if (note.name == "copied") ++copied;
    CHECK(ElfFile::open(target("marks")).is_code(note.address));
    CHECK((note.semaphore != 0) == (note.name != "operands"));
  }
  CHECK(copied == 2);
  CHECK(usdt_notes(ElfFile::open(target("libmarks.so"))).size() == 1);
  CHECK(usdt_notes(ElfFile::open(target("calls"))).empty());
}

TEST_CASE("usdt: damaged notes are no crash") {
  const auto whole = read_file(target("libmarks.so"), Stage::read);
  const auto at = whole.find("stapsdt");
  REQUIRE(at != whole.npos);
  const TemporaryFolder folder;
  const auto path = folder.path() / "damaged";
  std::mt19937 random(71);
  std::size_t refused = 0;
  for (int i = 0; i < 600; ++i) {
    auto bytes = whole;
    // Within the note: its sizes, its addresses, its texts.
    for (int changes = 1 + i % 4; changes > 0; --changes)
      bytes[at - 12 + random() % 100] = static_cast<char>(i % 2 == 0 ? random() : 0xff);
    replace_file(path, std::as_bytes(std::span(bytes)), Stage::read);
    try {
      for (const auto& note : usdt_notes(ElfFile::open(path))) parse(note.arguments);
    } catch (const Error& error) {
      CHECK(error.stage() == Stage::attach);
      ++refused;
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("a library's short name is told from others") {
  for (const auto* name : {"c", "libc", "libc.so", "libc.so.6"}) CHECK(is_library_called("libc.so.6", name));
  for (const auto* name : {"", "lib", "cc", "ib", "libc.so.7", "libc.s", "so"})
    CHECK_FALSE(is_library_called("libc.so.6", name));
  CHECK(is_library_called("libstdc++.so.6", "stdc++"));
  CHECK(is_library_called("libssl.so.3", "ssl"));
  CHECK_FALSE(is_library_called("libssl3.so", "ssl"));
  CHECK_FALSE(is_library_called("libcap.so.2", "c"));
  CHECK(is_library_called("bash", "bash"));
}

TEST_CASE("the cache of libraries is read with care") {
  const auto whole = read_file("/etc/ld.so.cache", Stage::read);
  const auto libraries = parse_library_cache(whole);
  const auto libc = std::ranges::find(libraries, std::string("libc.so.6"), &CachedLibrary::name);
  REQUIRE(libc != libraries.end());
  CHECK(libc->path.ends_with("/libc.so.6"));
  CHECK_FALSE(libraries_called("c").empty());
  CHECK(parse_library_cache("").empty());
  CHECK(parse_library_cache("glibc-ld.so.cache1.1").empty());
  std::mt19937 random(7);
  for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 200)
    parse_library_cache(whole.substr(0, size));
  for (int i = 0; i < 300; ++i) {
    auto bytes = whole;
    for (int changes = 0; changes < 8; ++changes) bytes[random() % 400] = static_cast<char>(random());
    for (const auto& library : parse_library_cache(bytes)) CHECK_FALSE(library.name.empty());
  }
}

}  // namespace sonda::test
