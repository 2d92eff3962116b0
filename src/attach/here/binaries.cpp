#include "attach/here/binaries.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <tuple>

#include "attach/usdt_arguments.h"
#include "base/files.h"
#include "base/text.h"
#include "elf/mapped_files.h"
#include "elf/usdt_notes.h"
#include "sonda/error.h"

namespace sonda {
namespace {

std::string type_text(const UsdtArgumentType& type) {
  if (type.bytes == 0) return "?";
  if (type.is_float) return type.bytes == 4 ? "float" : "double";
  return fmt::format("{}{}", type.is_signed ? 's' : 'u', 8 * type.bytes);
}

Prototype arguments_of_mark(const UsdtNote& note) {
  Prototype prototype;
  for (const auto& type : usdt_argument_types(note.arguments)) {
    PointArgument argument;
    argument.name = fmt::format("arg{}", prototype.arguments.size() + 1);
    argument.type = type_text(type);
    argument.declaration = fmt::format("{} {}", argument.type, argument.name);
    if (type.bytes != 0) {
      argument.size = type.bytes;
      argument.is_signed = type.is_signed || type.is_float;
    }
    prototype.arguments.push_back(std::move(argument));
  }
  return prototype;
}

}  // namespace

bool is_part_of_user_function(std::string_view name) {
  return name.ends_with(".cold") || name.find(".cold.") != name.npos || name.find(".part.") != name.npos;
}

std::vector<std::string> probed_functions(const ElfFile& file) {
  struct Places {
    std::uint64_t first = 0;
    bool local = true, several = false, good = false;
  };
  std::map<std::string, Places> all;
  for (const auto& function : file.functions()) {
    const auto& symbol = function.symbol;
    const auto [there, is_new] = all.try_emplace(function.name, Places{.first = symbol.address});
    auto& places = there->second;
    places.local = places.local && function.local;
    places.several = places.several || places.first != symbol.address;
    places.good = places.good || (!symbol.is_ifunc && file.is_code(symbol.address));
  }
  std::vector<std::string> names;
  for (const auto& [name, places] : all)
    if (places.good && !(places.local && places.several) && !is_part_of_user_function(name)) names.push_back(name);
  return names;
}

std::vector<Mark> marks_in(const ElfFile& file) {
  std::map<std::tuple<std::string, std::string>, Prototype> all;
  for (const auto& note : usdt_notes(file))
    if (const std::tuple key(note.provider, note.name); !all.contains(key)) all.emplace(key, arguments_of_mark(note));
  std::vector<Mark> marks;
  for (auto& [key, arguments] : all) marks.push_back({std::get<0>(key), std::get<1>(key), std::move(arguments)});
  return marks;
}

std::vector<std::string> binaries_of_process(int pid, const std::string& subject) {
  const auto text = try_read_file(fmt::format("/proc/{}/maps", pid));
  if (!text) {
    if (std::error_code failed; std::filesystem::exists(fmt::format("/proc/{}", pid), failed))
      throw Error(Stage::attach, subject, fmt::format("process {} may not be looked at", pid), "run it with sudo")
          .with_exit(Exit::cannot_run);
    throw Error(Stage::attach, subject, fmt::format("there is no process {}", pid));
  }
  std::vector<std::string> paths;
  for (const auto line : split_lines(*text))
    if (auto mapping = parse_mapping(line); mapping && mapping->code && mapping->path.starts_with('/') &&
                                            std::ranges::find(paths, mapping->path) == paths.end())
      paths.push_back(std::move(mapping->path));
  return paths;
}

}  // namespace sonda
