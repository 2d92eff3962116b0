// Names, addresses and file offsets in a binary: what a uprobe needs to know.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/reader.h"

namespace sonda {

/// What a binary says about one of its names.
struct ElfSymbol {
  std::uint64_t address = 0;  ///< virtual, as in the symbol table
  std::uint64_t size = 0;     ///< bytes; 0 if the binary does not say
  bool defined = false;       ///< false: imported from a shared library
  bool is_function = false;   ///< code rather than data; true for an IFUNC as well
  bool is_ifunc = false;      ///< GNU_IFUNC: the address is that of the code which chooses the function at start-up
  bool ambiguous = false;     ///< several functions, local to their source files, have this name; this is one of them
};

/// A function that is defined in a binary.
struct ElfFunction {
  std::string name;  ///< as in the symbol table
  ElfSymbol symbol;
  bool local = false;  ///< to a source file: others may have the name, too
};

/// A 64-bit program or shared library for this machine's processor. Tables are read when they are asked for; no answer
/// is kept. All functions throw Error(Stage::attach) with the path as subject if the file is damaged.
class ElfFile {
 public:
  /// Throws if there is no such file, or it is not a regular file, not ELF, of another word size or processor, neither
  /// a program nor a shared library, or cut short. `path` may be any that opens, such as /proc/PID/root/bin/bash.
  static ElfFile open(const std::filesystem::path& path) { return ElfFile(path); }

  /// One that is open already; `path` is what errors call it.
  static ElfFile opened(const std::filesystem::path& path, UniqueFd fd) { return ElfFile(path, std::move(fd)); }

  const std::filesystem::path& path() const noexcept { return reader_.path(); }
  /// Borrowed.
  int fd() const noexcept { return reader_.fd(); }

  /// Looks in the dynamic symbols, then in the full table, then in the debug file below /usr/lib/debug that has this
  /// file's build id. A global name wins over a local one, a default symbol version over an old one. A name that is
  /// only imported is found too, and is not `defined`.
  std::optional<ElfSymbol> find(std::string_view name) const;
  /// The function whose bytes hold `address`, if a symbol with a size says so.
  std::optional<ElfSymbol> function_at(std::uint64_t address) const;
  /// The names of all functions that are defined here, each once, sorted.
  std::vector<std::string> names() const;
  /// All that the binary or its debug file marks as functions; aliases, and parts that a compiler split off, are among
  /// them.
  std::vector<ElfFunction> functions() const;
  /// The shared libraries it asks for, as it names them ("libc.so.6").
  std::vector<std::string> needed_libraries() const;

  /// Where the byte at virtual `address` is in the file; nothing if no segment brings it from there, or the file ends
  /// before.
  std::optional<std::uint64_t> file_offset(std::uint64_t address) const;
  /// Whether `address` lies in an executable segment.
  bool is_code(std::uint64_t address) const;

  /// In hexadecimal; empty if there is none.
  std::string build_id() const;

  /// The headers and tables themselves.
  const ElfReader& tables() const noexcept { return reader_; }

 private:
  explicit ElfFile(const std::filesystem::path& path) : reader_(path) {}
  ElfFile(const std::filesystem::path& path, UniqueFd fd) : reader_(path, std::move(fd)) {}
  template <class Visitor>
  void visit_all(Visitor visit) const;
  const Elf64_Phdr* segment(std::uint64_t address) const;
  std::optional<ElfFile> debug_file() const;

  ElfReader reader_;
};

/// The library of that name (one without a slash) in the system's library folders below `root`.
std::optional<std::filesystem::path> find_library(std::string_view name, const std::filesystem::path& root = "/");

/// Which of the libraries that `file` asks for defines the function `name`, as far as they are found below `root`.
std::optional<std::filesystem::path> defining_library(const ElfFile& file, std::string_view name,
                                                      const std::filesystem::path& root = "/");

/// A C++ name as its source has it; any other name as it is.
std::string demangle(const std::string& name);

}  // namespace sonda
