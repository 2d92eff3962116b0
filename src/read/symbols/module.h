// A file with code that processes have mapped, its symbols, and where those of a stripped one are kept.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "elf/mapped_files.h"
#include "elf/reader.h"
#include "read/symbols/symbol_table.h"

namespace sonda {

/// What is known of one file; shared by all who have it mapped.
struct Module {
  std::string path;  ///< as its processes see it
  std::string build_id;
  SymbolTable symbols;
};

/// A file that may be mapped by many, whatever it is called. A file that is written anew is another one.
struct FileIdentity {
  std::uint64_t device = 0, inode = 0;
  std::int64_t size = 0, seconds = 0, nanoseconds = 0;  ///< of its last change
  auto operator<=>(const FileIdentity&) const = default;
};

/// The open file behind a mapping of `pid`, through what /proc shows of the process: also a deleted one, or one in a
/// container. Of a process that is gone, the file that has the path now, if it has the inode too. Null if there is
/// none, or if it is no binary that can be read.
std::unique_ptr<ElfReader> open_mapped(pid_t pid, const Mapping& mapping);

/// Throws Error(Stage::attach).
FileIdentity identity_of(const ElfReader& file);

/// Reads the symbols of `file`, and of its debug file. Throws what ElfReader throws.
std::shared_ptr<const Module> read_module(pid_t pid, const Mapping& mapping, const ElfReader& file);

/// The vdso, which the kernel maps into every process from the same pages; null where there is none.
std::shared_ptr<const Module> read_vdso();

/// The last part of a path; "[vdso]" and the like as they are.
std::string_view file_part(std::string_view path);

/// The build id of an open binary, in hexadecimal; empty if it has none. Throws what ElfReader throws.
std::string build_id_of(const ElfReader& file);

/// What a stripped binary says of its debug file.
struct DebugLink {
  std::string name;  ///< of a file, never the way to one
  std::uint32_t checksum = 0;
};

/// The content of .gnu_debuglink: a name, padded with NULs to 4 bytes, and a checksum. Nothing if it is none.
std::optional<DebugLink> parse_debug_link(std::span<const char> content);

/// The debug file that belongs to `file`, which is called `path` inside each of `roots`: by build id below
/// /usr/lib/debug/.build-id, or by the name in .gnu_debuglink, beside the binary, in .debug beside it, and below
/// /usr/lib/debug. One with another build id or checksum is passed over, so is one that is damaged.
std::optional<ElfReader> find_debug_file(const ElfReader& file, const std::filesystem::path& path,
                                         std::span<const std::filesystem::path> roots);

}  // namespace sonda
