// Addresses turned into names: of the kernel, and of processes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonda {

/// What an address stands for. Names are raw bytes, C++ ones demangled: escape before printing.
struct SymbolAt {
  std::string name;          ///< the function; empty if it is not known
  std::uint64_t offset = 0;  ///< bytes into the function; without a name: the address in the module's own symbol table
  std::string module;        ///< kernel: the module, empty for the kernel itself; process: the mapped file, or "[vdso]"
  bool operator==(const SymbolAt&) const = default;
};

/// "name+0x12 [module]"; without a name "[unknown] [module+0x1234]", without both "0xADDRESS". The file of a process is
/// shortened to its last part; everything is escaped.
std::string to_text(const SymbolAt& symbol, std::uint64_t address);

/// The kernel's own symbols. Read at the first question and kept: some 40 bytes for each. Not for several threads.
class KernelSymbols {
 public:
  explicit KernelSymbols(std::filesystem::path file = "/proc/kallsyms");
  KernelSymbols(KernelSymbols&&) noexcept;
  KernelSymbols& operator=(KernelSymbols&&) noexcept;
  ~KernelSymbols();

  /// Whether there are any: a kernel may hide its addresses (kernel.kptr_restrict), and then finds none.
  bool known();
  /// Throws Error(Stage::read) that says why there are none, and what to do about it.
  void require_known();

  /// The last symbol at or below `address`; no name outside the kernel's addresses, or if the symbols are not known.
  SymbolAt find(std::uint64_t address);
  /// The address of the symbol of that name; one of them if several have it.
  std::optional<std::uint64_t> address_of(std::string_view name);
  /// At most `most` names that begin so, each once, sorted if there are no more than that.
  std::vector<std::string> starting_with(std::string_view prefix, std::size_t most);
  std::size_t size();

 private:
  struct Impl;
  Impl& loaded();
  std::filesystem::path file_;
  std::unique_ptr<Impl> impl_;
};

/// The symbols of processes: from the files that they have mapped (seen through their own root, so that containers
/// work), those files' debug files, and the vdso. What was read is kept for each file, and a process's mappings until
/// an address is in none of them. Nothing about a process can make this throw: what cannot be told is unknown. Not for
/// several threads.
class ProcessSymbols {
 public:
  ProcessSymbols();
  ProcessSymbols(ProcessSymbols&&) noexcept;
  ProcessSymbols& operator=(ProcessSymbols&&) noexcept;
  ~ProcessSymbols();

  /// `address` is one of process `pid` (a thread's id will do). All is empty if the process was gone when it was first
  /// asked about, or if nothing executable is mapped there.
  SymbolAt find(pid_t pid, std::uint64_t address);
  /// The byte at `offset` of the file with that build id (hexadecimal). Looks in the files that `pid` (0: nobody) has
  /// mapped, then in those that any process has mapped now.
  SymbolAt find(std::string_view build_id, std::uint64_t offset, pid_t pid = 0);

  /// Reads the mappings of `pid` now, so that its addresses can be named when it is gone; false if it is gone already.
  /// Costs one read of /proc/PID/maps, and opens each mapped program and library.
  bool remember(pid_t pid);
  /// Forgets the mappings of `pid`, or of every process, which may have become others since; files stay known.
  void forget(pid_t pid);
  void forget_processes();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sonda
