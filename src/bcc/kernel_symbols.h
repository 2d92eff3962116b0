// The kernel's symbols for BCC's Python, which asks for a few names at each start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonda::bcc {

/// What /proc/kallsyms said at the first question: its text and a number for each line. libbcc makes strings and two
/// tables of it, of four times the size.
class KernelSymbols {
 public:
  struct Symbol {
    const char* name = nullptr;    ///< lives as long as the object
    const char* module = nullptr;  ///< "kernel" for its own
    std::uint64_t offset = 0;      ///< from the symbol's address
  };
  /// Nothing for an address that is below all symbols, or where the kernel hides them.
  std::optional<Symbol> at(std::uint64_t address);
  /// The address of a function; of several with one name the highest, as libbcc has it.
  std::optional<std::uint64_t> address_of(std::string_view name);

 private:
  struct Line {
    std::uint64_t address = 0;
    std::uint32_t name = 0, module = 0;  ///< in text_; 0: the kernel's own
  };
  void read();

  bool is_read_ = false, is_sorted_ = false;
  std::string text_;
  std::vector<Line> lines_;
};

}  // namespace sonda::bcc
