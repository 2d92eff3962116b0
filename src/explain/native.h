// What the kernel's JIT made of a program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sonda {

struct NativeCode {
  /// Where the code of one BPF instruction begins: an offset in `bytes`.
  struct Start {
    std::uint32_t instruction = 0, offset = 0;
    std::size_t translated = 0;  ///< instructions that the kernel made of it before the JIT
  };
  /// The program itself, or one that it calls; each is somewhere else in the kernel.
  struct Function {
    std::uint64_t address = 0;         ///< in the kernel
    std::size_t offset = 0, size = 0;  ///< in `bytes`
  };
  std::vector<Function> functions;
  std::vector<std::byte> bytes;     ///< of one function behind the other
  std::vector<Start> starts;        ///< by offset
  std::vector<std::uint32_t> kept;  ///< the instructions that the kernel did not take out; empty if it does not tell
  std::size_t translated = 0;       ///< instructions after the kernel's rewriting
  std::size_t size = 0;             ///< bytes of native code, known also where they are hidden
  std::uint64_t verified = 0;       ///< instructions that the verifier walked; 0 before Linux 5.16
  std::string missing;              ///< why there are no bytes, or no starts; empty if there are
};

/// What stands at an address of the kernel, as an offset in `bytes`; nothing if it is not the program's.
std::optional<std::size_t> offset_in(const NativeCode& code, std::uint64_t address);

/// Asks the kernel about the program `fd`, whose line records are tags of its instructions (Trial::tagged) if `tagged`.
/// Throws Error(Stage::read).
NativeCode native_code(int fd, bool tagged, const std::string& name);

}  // namespace sonda
