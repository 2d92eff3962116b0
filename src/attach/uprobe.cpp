// Programs on entry to, or return from, functions of user-space binaries.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "attach/find_binary.h"
#include "attach/here/binaries.h"
#include "attach/uprobe_spots.h"
#include "base/text.h"
#include "elf/symbols.h"
#include "kernel/kernel.h"
#include "sonda/error.h"

namespace sonda {
namespace {

struct UprobePlace {
  std::string function;      ///< as in the symbol table; empty for an address
  std::uint64_t offset = 0;  ///< in the file
};

constexpr std::string_view use_address = "give its address instead: uprobe:PATH:0xADDRESS";

/// A C++ name without its parameters and what stands behind them: "ns::f" of "ns::f(int) const".
std::string_view without_parameters(std::string_view name) {
  constexpr std::string_view call = "operator()", hidden = "(anonymous namespace)";
  for (std::size_t at = 0, depth = 0; at < name.size(); ++at) {
    if (name[at] == '<') ++depth;
    if (name[at] == '>' && depth > 0) --depth;
    if (name[at] != '(' || depth > 0) continue;
    const auto rest = name.substr(at);
    if (rest.starts_with(hidden))
      at += hidden.size() - 1;
    else if (name.substr(0, at + 2).ends_with(call))
      ++at;
    else
      return name.substr(0, at);
  }
  return name;
}

/// A name is looked up as the symbol table has it, then as C++ source has it: "ns::f(int)", or "ns::f" if there is one
/// such function. A pattern is matched against both; IFUNCs and the parts that compilers split off functions are left
/// out.
class Places {
 public:
  Places(const ElfFile& file, const Uprobe& point) : file_(file), point_(point), root_(root_of(point.pid)) {}

  /// By address; at least one, and one only unless the symbol is a pattern. Throws Error(Stage::attach).
  std::vector<UprobePlace> find() const {
    if (const auto* address = std::get_if<Address>(&point_.place)) return {at(address->value, {})};
    const auto& wanted = std::get<Symbol>(point_.place);
    if (const auto exact = file_.find(wanted.name)) return {at(checked(wanted, *exact), wanted.name)};
    const auto functions = file_.functions();
    const auto cxx = find_cxx(wanted, functions);
    if (cxx) return {at(checked(wanted, cxx->symbol), cxx->name)};
    if (!is_pattern(wanted.name)) refuse_missing(wanted.name, functions);
    return find_pattern(wanted.name, functions);
  }

 private:
  [[noreturn]] void refuse(std::string cause, std::string hint = {}) const {
    throw Error(Stage::attach, to_string(AttachPoint(point_)), std::move(cause), std::move(hint));
  }

  UprobePlace at(std::uint64_t address, std::string function) const {
    const auto offset = file_.file_offset(address);
    if (!offset || !file_.is_code(address))
      refuse(fmt::format("the address {:#x} is not in the binary's code", address),
             "addresses are those that nm prints, before the binary is moved to where it runs");
    if (point_.on_return) require_start_of_function(address);
    return {std::move(function), *offset};
  }

  std::uint64_t checked(const Symbol& wanted, const ElfSymbol& found) const {
    if (!found.defined) refuse_imported(wanted.name);
    if (!found.is_function) refuse(fmt::format("'{}' is data, not a function", wanted.name));
    if (found.is_ifunc)
      refuse(fmt::format("'{}' is not one function: code at that place chooses one when the program starts (GNU_IFUNC)",
                         wanted.name),
             fmt::format("name the one that is chosen, e.g. __{0}_avx_unaligned, a pattern for all (__{0}_*), or an "
                         "address",
                         wanted.name));
    if (found.ambiguous)
      refuse(fmt::format("several functions are called '{}'", wanted.name), std::string(use_address));
    if (found.size != 0 && wanted.offset >= found.size)
      refuse(fmt::format("'{}' is {} bytes long; there is no byte {} in it", wanted.name, found.size, wanted.offset));
    return found.address + wanted.offset;
  }

  std::optional<ElfFunction> find_cxx(const Symbol& wanted, const std::vector<ElfFunction>& functions) const {
    std::map<std::uint64_t, std::pair<const ElfFunction*, std::string>> whole, without;
    for (const auto& function : functions) {
      if (!function.name.starts_with("_Z") || is_part_of_user_function(function.name)) continue;
      auto name = demangle(function.name);
      if (name == wanted.name)
        whole.try_emplace(function.symbol.address, &function, name);
      else if (without_parameters(name) == wanted.name)
        without.try_emplace(function.symbol.address, &function, name);
    }
    const auto& found = whole.empty() ? without : whole;
    if (found.empty()) return std::nullopt;
    if (found.size() == 1) return *found.begin()->second.first;
    std::vector<std::string> names;
    for (const auto& [address, one] : found)
      names.push_back(whole.empty() ? fmt::format("\"{}\"", one.second) : fmt::format("{:#x}", address));
    refuse(fmt::format("{} functions are called '{}'", found.size(), wanted.name), "name one: " + join(names, ", "));
  }

  std::vector<UprobePlace> find_pattern(const std::string& pattern, const std::vector<ElfFunction>& functions) const {
    std::map<std::uint64_t, std::string> found;
    std::size_t chosen_at_start = 0;
    for (const auto& function : functions) {
      if (!matches_pattern(pattern, function.name) && !matches_pattern(pattern, demangle(function.name))) continue;
      if (function.symbol.is_ifunc) ++chosen_at_start;
      if (function.symbol.is_ifunc || is_part_of_user_function(function.name) ||
          !file_.is_code(function.symbol.address))
        continue;
      found.try_emplace(function.symbol.address, function.name);
    }
    if (found.empty() && chosen_at_start != 0)
      refuse(fmt::format("what '{}' matches is chosen when the program starts (GNU_IFUNC)", pattern),
             "name the functions that are chosen, e.g. __memcpy_avx_unaligned for memcpy");
    if (found.empty()) refuse_missing(pattern, functions);
    std::vector<UprobePlace> places;
    for (auto& [address, name] : found)
      if (const auto offset = file_.file_offset(address)) places.push_back({std::move(name), *offset});
    return places;
  }

  [[noreturn]] void refuse_missing(const std::string& name, const std::vector<ElfFunction>& functions) const {
    auto names = file_.names();
    if (names.empty())
      refuse("the binary has no symbols: it is stripped", fmt::format("install its debug symbols, or {}", use_address));
    const auto list = fmt::format("the functions that can be named: nm -D --defined-only {}", file_.path().string());
    if (is_pattern(name)) refuse(fmt::format("no function of the binary matches '{}'", name), list);
    for (const auto& function : functions)
      if (function.name.starts_with("_Z")) names.emplace_back(without_parameters(demangle(function.name)));
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    std::string hint = did_you_mean(name, names);
    if (hint.empty()) {
      const auto library = defining_library(file_, name, root_);
      hint = library ? fmt::format("it is in {}", library->string()) : list;
    }
    refuse(fmt::format("there is no function '{}' in the binary", name), std::move(hint));
  }

  [[noreturn]] void refuse_imported(const std::string& name) const {
    const auto library = defining_library(file_, name, root_);
    refuse(fmt::format("'{}' is imported from a shared library, not defined in this binary", name),
           library ? fmt::format("probe the library: {}", library->string())
                   : fmt::format("probe the library that has it, one of: {}", join(file_.needed_libraries(), ", ")));
  }

  // A return probe replaces the return address, which is on top of the stack only at a function's first instruction;
  // anywhere else it would destroy what happens to be there, in every process that runs this code.
  void require_start_of_function(std::uint64_t address) const {
    const auto around = file_.function_at(address);
    if (around && around->address != address)
      refuse("a return probe must be at the start of a function, and this is inside one",
             "leave out the offset, or use uprobe");
  }

  const ElfFile& file_;
  const Uprobe& point_;
  std::filesystem::path root_;  ///< libraries of the binary are looked for below it
};

}  // namespace

Attached attach_at(const Program& program, const Uprobe& point) {
  auto subject = to_string(AttachPoint(point));
  const auto file = open_binary(point.binary, point.pid, subject);
  const auto places = Places(file, point).find();
  FileSpots wanted{
      .file = file, .spots = {}, .on_return = point.on_return, .pid = point.pid, .subject = std::move(subject)};
  const bool numbered = places.size() > 1 && kernel_version_code() >= first_with_cookies;
  for (std::size_t i = 0; i < places.size(); ++i)
    wanted.spots.push_back({.offset = places[i].offset, .cookie = numbered ? i + 1 : 0});
  return attach_spots(program, wanted);
}

std::vector<std::string> functions_of(const Uprobe& point) {
  std::vector<std::string> names;
  const auto file = open_binary(point.binary, point.pid, to_string(AttachPoint(point)));
  for (auto& place : Places(file, point).find()) names.push_back(std::move(place.function));
  return names;
}

}  // namespace sonda
