// The compiler's BTF, with lines that are the user's own.
#pragma once

#include <bpf/btf.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/image.h"

namespace sonda {

/// Owns the types of one compiled probe.
class UserBtf {
 public:
  /// `types` and `extension` are the sections .BTF and .BTF.ext; either may be empty, and then there is nothing in it.
  UserBtf(std::span<const std::byte> types, std::span<const std::byte> extension);

  bool empty() const noexcept { return !btf_; }
  /// Borrowed; null if empty.
  const btf* get() const noexcept { return btf_.get(); }

  /// Gives `program` its function type and its line records: the lines of `section` in the compiler's text, turned into
  /// lines of `source` through `lines` (see map_lines) and called `name`.
  void describe(ProgramSpec& program, const std::string& section, std::string_view source, std::string_view rewritten,
                const std::vector<std::uint32_t>& lines, const std::string& name);

  /// A struct by its C name without "struct", or 0.
  std::uint32_t find_struct(const std::string& name) const;
  /// The type of a struct's member, or 0.
  std::uint32_t member_type(std::uint32_t struct_id, std::string_view member) const;

  /// As the kernel takes it.
  std::vector<std::byte> bytes() const;

 private:
  struct Free {
    void operator()(btf* types) const { btf__free(types); }
  };
  /// The records of one section of .BTF.ext: an offset in bytes, then the rest as 32-bit numbers.
  std::vector<std::vector<std::uint32_t>> records(std::size_t header_field, const std::string& section) const;

  /// Whether the file called by the string at `file` is the probe's own, not one that it includes.
  bool is_of_probe(std::uint32_t file) const;

  std::unique_ptr<btf, Free> btf_;
  std::span<const std::byte> extension_;
};

}  // namespace sonda
