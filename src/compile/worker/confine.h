// What the compiler can do while it has other people's text in its hands: next to nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sonda {

/// What a worker may take unless the user chooses: bytes of data, and seconds of CPU time.
inline constexpr std::uint64_t usual_memory = std::uint64_t{1} << 30, usual_seconds = 20;

/// What is left to this process.
struct Confinement {
  std::vector<std::filesystem::path>
      readable;                    ///< files and folders with all below them; those that are not there, too
  std::filesystem::path writable;  ///< a folder, read as well
  std::uint64_t memory = 0;        ///< bytes of data; 0: no limit
  std::uint64_t seconds = 0;       ///< of CPU time; 0: no limit
};

/// Confines this process for good, which must have one thread: no capability, no new privileges, no file but those
/// given (Landlock), no socket, no process, no BPF nor any other system call but those that a compiler makes (seccomp,
/// which answers EPERM), limits on memory, CPU time and file sizes. Returns a line for each part that this kernel does
/// not have. Throws Error(Stage::compile) for a part that it has and that fails.
std::vector<std::string> confine(const Confinement& left);

}  // namespace sonda
