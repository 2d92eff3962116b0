// The functions of one binary, by address.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "elf/reader.h"

namespace sonda {

class SymbolTable {
 public:
  struct Found {
    std::string_view name;     ///< as the compiler wrote it; borrowed
    std::uint64_t offset = 0;  ///< bytes into the function
  };

  /// Remembers which part of `file` is where, and takes its functions. Throws what ElfReader throws.
  explicit SymbolTable(const ElfReader& file);
  /// Takes the functions of another file too, such as the debug file; at the same address the plainest name stays.
  void add(const ElfReader& file);
  /// To be called when all are added.
  void finish();

  /// The virtual address that the byte at `offset` of the file comes to; nothing if no segment brings it there.
  std::optional<std::uint64_t> address_of(std::uint64_t offset) const;
  /// The function whose bytes hold virtual `address`; one without a size reaches to the next.
  std::optional<Found> find(std::uint64_t address) const;

  /// Of memory.
  std::size_t bytes() const noexcept { return functions_.capacity() * sizeof(Function) + names_.capacity(); }

 private:
  struct Function {
    std::uint64_t address;
    std::uint32_t size;
    std::uint32_t name;  // in names_
  };
  struct Segment {
    std::uint64_t offset, address, size;
    bool code;
  };
  void add_table(const ElfReader& file, Elf64_Word type);
  std::string_view name_of(const Function& function) const { return {names_.data() + function.name}; }

  std::vector<Segment> segments_;
  std::vector<Function> functions_;
  std::vector<char> names_;
};

}  // namespace sonda
