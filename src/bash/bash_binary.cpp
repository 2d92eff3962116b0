#include "bash/bash_binary.h"

#include <string_view>

#include "elf/reader.h"
#include "elf/stubs.h"
#include "sonda/error.h"

namespace sonda::bash {
namespace {

constexpr std::string_view cd_name = "cd_builtin";
constexpr std::string_view strerror_name = "strerror";

// Places besides the commands, as in the probe.
enum Place : std::uint8_t { message = 3, error_text = 4 };

constexpr std::uint64_t cookie_of(std::uint8_t place, std::uint64_t distance = 0) {
  constexpr auto place_shift = 56;
  return std::uint64_t{place} << place_shift | (distance & ~(std::uint64_t{0xff} << place_shift));
}

/// Where `symbol` belongs, if it is one that is looked for.
std::uint64_t* place_of(BashBinary& bash, std::string_view symbol) {
  if (symbol == cd_name) return &bash.cd;
  if (symbol == "pushd_builtin") return &bash.pushd;
  if (symbol == "popd_builtin") return &bash.popd;
  if (symbol == "the_current_working_directory") return &bash.directory;
  if (symbol == "builtin_error" || symbol == "report_error") return &bash.messages.emplace_back();
  if (symbol == strerror_name) return &bash.strerror.emplace_back();  // a bash that brings its own
  return nullptr;
}

std::optional<BashBinary> read(const ElfReader& file) {
  const auto* table = file.section(SHT_DYNSYM);
  if (table == nullptr) return std::nullopt;
  const auto strings = file.strings_of(*table);
  if (std::string_view(strings.data(), strings.size()).find(cd_name) == std::string_view::npos) return std::nullopt;
  BashBinary bash;
  for (const auto& symbol : file.contents<Elf64_Sym>(*table, "its symbols")) {
    if (symbol.st_shndx == SHN_UNDEF) continue;
    if (auto* place = place_of(bash, string_at(strings, symbol.st_name))) *place = symbol.st_value;
  }
  if (bash.cd == 0 || bash.directory == 0) return std::nullopt;
  return bash;
}

}  // namespace

std::vector<UprobeSpot> BashBinary::spots() const {
  std::vector<UprobeSpot> all;
  // The commands come last: once one of them is seen, so is what it says.
  for (const auto address : strerror) all.push_back(strerror_spot(address));
  for (const auto address : messages) all.push_back({.address = address, .cookie = cookie_of(message)});
  const auto add = [&](Builtin builtin, std::uint64_t address) {
    if (address == 0) return;
    const auto cookie = cookie_of(static_cast<std::uint8_t>(builtin), directory - address);
    all.push_back({.address = address, .cookie = cookie, .and_return = true});
  };
  add(Builtin::cd, cd);
  add(Builtin::pushd, pushd);
  add(Builtin::popd, popd);
  return all;
}

UprobeSpot strerror_spot(std::uint64_t address) { return {.address = address, .cookie = cookie_of(error_text)}; }

std::optional<BashBinary> read_bash(const std::filesystem::path& path) {
  try {
    const ElfReader file(path);
    auto bash = read(file);
    if (bash && bash->strerror.empty()) bash->strerror = import_stubs(file, strerror_name);
    return bash;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace sonda::bash
