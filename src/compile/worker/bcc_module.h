// The only place that uses libbcc (others stand before functions of its): compiles through ebpf::BPF and hands out what
// it made.
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
  /// `debug`: BCC's flags; what they ask for is printed.
  explicit BccModule(std::uint32_t debug = 0);
  BccModule(BccModule&&) noexcept;
  ~BccModule();

  /// Makes a map known that BPF_TABLE("extern", ...) can mean; before compile().
  void declare_exported(const MapSpec& map);
  /// Compiles; false if it failed. What the compiler says goes to the standard error.
  bool compile(const std::string& text, const std::vector<std::string>& flags);

  struct Table {
    std::string name;
    int fd = 0;  ///< what stands for it in the instructions of the object file: negative if the map is its own
    std::uint32_t type = 0, key_size = 0, value_size = 0, max_entries = 0, flags = 0;
    std::string inner;  ///< of a map of maps: the name of the map that its inner ones look like
    Linkage linkage = Linkage::own;
    PythonTypes python;
  };
  /// The names of those that can be programs.
  std::vector<std::string> functions() const;
  std::vector<Table> tables() const;
  std::string license() const;
  std::uint32_t kernel_version() const;
  /// The text that was compiled in the end, after BCC's rewriting.
  std::string_view rewritten() const;
  static std::string versions();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sonda
