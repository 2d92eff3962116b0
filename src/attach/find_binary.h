// Which file the binary of an attach point is: a path, a program's name, a library's name, or a process's own.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "elf/symbols.h"
#include "sonda/error.h"

namespace sonda {

/// Opens the binary that an attach point names.
///
/// A name without a slash is, with a `pid`, a program or library that the process has mapped; then, or without a pid, a
/// program of PATH (as root, whatever PATH says, of the system's own folders); then a library: of ld.so's cache, then
/// of the standard folders. "c" and "libc" stand for libc.so.6 if there is one library that is called so.
///
/// A path is looked up below the root folder of `pid` if the process has another one than we have (a container);
/// links in it cannot lead out of that folder.
///
/// Throws Error(Stage::attach) with `subject`, and near matches in the hint, if there is no such file.
ElfFile open_binary(const std::filesystem::path& binary, pid_t pid, const std::string& subject);

/// Where paths of that process start: "/", or /proc/PID/root if it has another root folder than we have.
std::filesystem::path root_of(pid_t pid);

/// Whether a file called `file` ("libc.so.6", "libstdc++-2.so") is what `name` ("c", "libc", "libc.so.6") stands for.
bool is_library_called(std::string_view file, std::string_view name);

/// A library that ld.so knows.
struct CachedLibrary {
  std::string name, path;
  bool operator==(const CachedLibrary&) const = default;
};

/// What the bytes of /etc/ld.so.cache tell of libraries for this processor; what makes no sense is left out.
std::vector<CachedLibrary> parse_library_cache(std::string_view bytes);

/// All files that a library's name stands for below `root`, real paths, each once.
std::vector<std::filesystem::path> libraries_called(std::string_view name, const std::filesystem::path& root = "/");
/// The names of the libraries that ld.so knows, for near matches.
std::vector<std::string> library_names(const std::filesystem::path& root = "/");

}  // namespace sonda
