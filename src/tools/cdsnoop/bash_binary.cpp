#include "tools/cdsnoop/bash_binary.h"

#include <string_view>

#include "runtime/attach/elf_reader.h"
#include "sonda/error.h"
#include "tools/cdsnoop/change.h"

namespace sonda::tools {
namespace {

constexpr std::string_view cd_name = "cd_builtin";

/// Where `symbol` belongs, if it is one that is looked for.
std::uint64_t* place_of(BashBinary& bash, std::string_view symbol) {
  if (symbol == cd_name) return &bash.cd;
  if (symbol == "pushd_builtin") return &bash.pushd;
  if (symbol == "popd_builtin") return &bash.popd;
  if (symbol == "the_current_working_directory") return &bash.directory;
  if (symbol == "builtin_error" || symbol == "report_error") return &bash.messages.emplace_back();
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

std::vector<UprobeSpot> BashBinary::commands() const {
  std::vector<UprobeSpot> spots;
  const auto add = [&](Builtin builtin, std::uint64_t address) {
    if (address == 0) return;
    const auto distance = (directory - address) & ~(std::uint64_t{0xff} << 56);
    spots.push_back({.address = address, .cookie = static_cast<std::uint64_t>(builtin) << 56 | distance});
  };
  add(Builtin::cd, cd);
  add(Builtin::pushd, pushd);
  add(Builtin::popd, popd);
  return spots;
}

std::optional<BashBinary> read_bash(const std::filesystem::path& path) {
  try {
    return read(ElfReader(path));
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace sonda::tools
