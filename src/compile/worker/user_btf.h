// The compiler's BTF, with lines that are the user's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compile/line_map.h"
#include "kernel/libbpf.h"
#include "sonda/image.h"

namespace sonda {

/// Bytes.
inline constexpr std::uint32_t instruction_size = sizeof(bpf_insn);

/// A function of the object file and where it stands in a program. All in instructions.
struct PlacedFunction {
  std::string name, section;
  std::uint32_t from = 0;  ///< in its section
  std::uint32_t count = 0;
  std::uint32_t at = 0;  ///< in the program
};

/// A variable of a section.
struct PlacedVariable {
  std::uint32_t id = 0;  ///< of its BTF_KIND_VAR
  std::uint32_t offset = 0, size = 0;
};

/// Owns the types of one compiled probe.
class UserBtf {
 public:
  /// `types` and `extension` are the sections .BTF and .BTF.ext; either may be empty, and then there is nothing in it.
  UserBtf(std::span<const std::byte> types, std::span<const std::byte> extension);

  bool empty() const noexcept { return !btf_; }
  /// Borrowed; null if empty.
  const btf* get() const noexcept { return btf_.get(); }

  /// Gives `program` the function types and the line records of what it is put together from; the first is itself.
  void describe(ProgramSpec& program, const std::vector<PlacedFunction>& functions, const UserText& text);

  /// Where the user wrote what became an instruction of `section`; line 0 if nobody knows.
  TextPlace place_of(const std::string& section, std::uint32_t instruction, const UserText& text) const;

  /// A struct by its C name without "struct", or 0.
  std::uint32_t find_struct(const std::string& name) const { return find(name, BTF_KIND_STRUCT); }
  /// The type of a struct's member, or 0.
  std::uint32_t member_type(std::uint32_t struct_id, std::string_view member) const;
  /// A global or static variable by its name in the object file, or 0.
  std::uint32_t find_variable(const std::string& name) const { return find(name, BTF_KIND_VAR); }
  /// The type of a variable, and its bytes.
  std::uint32_t variable_type(std::uint32_t variable) const;
  std::uint32_t variable_size(std::uint32_t variable) const;
  /// Describes a section as the kernel wants it of a map; gives the description's number, or 0.
  std::uint32_t add_section(const std::string& name, std::uint32_t size, std::span<const PlacedVariable> variables);

  /// As the kernel takes it.
  std::vector<std::byte> bytes() const;

 private:
  /// The type of that name and kind (BTF_KIND_...), or 0.
  std::uint32_t find(const std::string& name, std::uint32_t kind) const;

  /// The records of one section of .BTF.ext: an offset in bytes, then the rest as 32-bit numbers.
  std::vector<std::vector<std::uint32_t>> records(std::size_t header_field, const std::string& section) const;

  /// The line records of a function, in its program.
  std::vector<LineRecord> lines_of(const PlacedFunction& function, std::uint32_t file, const UserText& text);

  /// Whether the file called by the string at `file` is the probe's own, not one that it includes.
  bool is_of_probe(std::uint32_t file) const;

  BtfPointer btf_;
  std::span<const std::byte> extension_;
};

}  // namespace sonda
