// The functions and tracepoints that the kernel's BTF names, with what the functions take.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/libbpf.h"

namespace sonda {

/// What a parameter of a kernel function is.
struct KernelParameter {
  /// A name as C writes it, "struct file", and how many pointers lead there.
  struct Spelling {
    std::string name;
    std::size_t pointers = 0;
  };
  std::vector<Spelling> spellings;  ///< of a typedef, and of what it stands for; the last is no typedef
  bool is_integer = false;

  std::size_t pointers() const noexcept { return spellings.empty() ? 0 : spellings.back().pointers; }
};

/// Of the kernel itself, not of its modules. Empty where the kernel does not tell its types.
class KernelPrototypes {
 public:
  KernelPrototypes();

  bool empty() const noexcept { return functions_.empty(); }
  bool has_function(std::string_view name) const { return functions_.contains(name); }
  bool has_raw_tracepoint(std::string_view name) const;
  /// Of a function that there is.
  std::vector<KernelParameter> parameters(std::string_view function) const;
  void for_each_function(const std::function<void(std::string_view name)>& use) const;

 private:
  BtfPointer types_;
  std::unordered_map<std::string_view, std::uint32_t> functions_, tracepoints_;
};

}  // namespace sonda
