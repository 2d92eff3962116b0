// The programs of BCC that are on this machine, and the Python that runs them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sonda::front {

/// A program written against BCC's Python.
struct BccTool {
  std::string name;  ///< "opensnoop", also where the file is called opensnoop-bpfcc
  std::filesystem::path path;
  std::string about;  ///< the first line that its comment says of it; may be empty
};

/// Where they are looked for: `given`, the folders in SONDA_BCC_PATH (separated by colons), then where Debian and BCC
/// itself install them.
std::vector<std::filesystem::path> tool_folders(const std::vector<std::string>& given);

/// All in `folders`, by name; of several with one name the one in the first folder. As root, those alone that nobody
/// else could have written.
std::vector<BccTool> tools_in(const std::vector<std::filesystem::path>& folders);

/// What is to be said of the tool in that file.
BccTool tool_of(const std::filesystem::path& path);

/// The file of the tool: `name` is a path if there is a slash in it or `is_path`, else a tool's name or its file's.
/// Throws Error(Stage::usage) with near matches, or if root should run what others could have written.
std::filesystem::path find_tool(const std::string& name, bool is_path,
                                const std::vector<std::filesystem::path>& folders);

/// What starts the tool: a program and its arguments, the file itself last. A Python of `env` is Debian's. Throws
/// Error(Stage::usage) if it is no Python program and cannot be started itself.
std::vector<std::string> interpreter_of(const std::filesystem::path& script);

/// The environment variable by which a Python finds a library before others.
inline constexpr auto bcc_library_path = "LD_LIBRARY_PATH";

/// For the tools that this process starts or becomes: puts the folder of a libbcc.so.0 first in bcc_library_path, and
/// mounts debugfs and tracefs, where they are not, for this process and its children alone. Only for a process that has
/// one thread.
void prepare_for_bcc(const std::filesystem::path& folder);

/// Throws Error(Stage::usage, Exit::cannot_run) if that Python is not there, or has no module of BCC's.
void require_bcc_module(const std::string& python);

}  // namespace sonda::front
