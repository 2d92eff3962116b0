// Which file a shared library's name stands for: only to tell the user where a function is that a binary imports.
#include <array>

#include "elf/symbols.h"
#include "sonda/error.h"

namespace sonda {
namespace {

#if defined(__x86_64__)
constexpr std::string_view multiarch = "x86_64-linux-gnu";
#elif defined(__aarch64__)
constexpr std::string_view multiarch = "aarch64-linux-gnu";
#else
#error "name this processor's library folder here"
#endif

bool defines(const std::filesystem::path& library, std::string_view name) {
  try {
    const auto found = ElfFile::open(library).find(name);
    return found && found->defined && found->is_function;
  } catch (const Error&) {
    return false;  // a library that cannot be read is not the one to recommend
  }
}

}  // namespace

std::optional<std::filesystem::path> find_library(std::string_view name, const std::filesystem::path& root) {
  if (name.empty() || name.find('/') != std::string_view::npos) return std::nullopt;
  const std::array folders{std::filesystem::path("usr/lib") / multiarch,
                           std::filesystem::path("lib") / multiarch,
                           std::filesystem::path("usr/lib64"),
                           std::filesystem::path("lib64"),
                           std::filesystem::path("usr/lib"),
                           std::filesystem::path("lib"),
                           std::filesystem::path("usr/local/lib")};
  for (const auto& folder : folders) {
    auto path = root / folder / name;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) return path;
  }
  return std::nullopt;
}

std::optional<std::filesystem::path> defining_library(const ElfFile& file, std::string_view name,
                                                      const std::filesystem::path& root) {
  for (const auto& library : file.needed_libraries()) {
    const auto path = find_library(library, root);
    if (path && defines(*path, name)) return path;
  }
  return std::nullopt;
}

}  // namespace sonda
