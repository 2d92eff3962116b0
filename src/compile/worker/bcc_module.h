// The only place that knows libbcc: compiles through ebpf::BPF and hands out what it made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <linux/bpf.h>

#include "sonda/image.h"

namespace sonda {

/// A compiled module. Everything it hands out is borrowed from it.
class BccModule {
 public:
  BccModule();
  BccModule(BccModule&&) noexcept;
  ~BccModule();

  /// Makes a map known that BPF_TABLE("extern", ...) can mean; before compile().
  void declare_exported(const MapSpec& map);
  /// Compiles; false if it failed. What the compiler says goes to the standard error.
  bool compile(const std::string& text, const std::vector<std::string>& flags);

  struct Function {
    std::string name;
    std::span<const bpf_insn> instructions;  ///< wide loads of maps carry their descriptors, see Table::fd
  };
  struct Table {
    std::string name;
    int fd = -1;
    std::uint32_t type = 0, key_size = 0, value_size = 0, max_entries = 0, flags = 0;
    std::string inner;  ///< of a map of maps: the name of the map that its inner ones look like
    Linkage linkage = Linkage::own;
  };
  std::vector<Function> functions() const;
  std::vector<Table> tables() const;
  std::string license() const;
  std::uint32_t kernel_version() const;
  /// A section of the object file, e.g. ".BTF"; empty if there is none.
  std::span<const std::byte> section(const std::string& name) const;
  /// The text that was compiled in the end, after BCC's rewriting.
  std::string_view rewritten() const;
  static std::string versions();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sonda
