// Bytes between the members of a struct, written as members.
#pragma once

#include <bpf/btf.h>

#include <cstdint>
#include <vector>

namespace sonda {

/// Fills holes with arrays of bytes while structs are added to a BTF. What libbpf would write instead, runs of unnamed
/// bit-fields, is one wide integer to Clang. Its alignment differs between x86-64's data layout, for which libbcc has
/// Clang make code, and BPF's, which it then puts in its place: all that lies behind the run would move in the code,
/// and nowhere else.
class Padding {
 public:
  /// `to` is borrowed; `first` is the number that the next type after all others will have in it.
  Padding(btf& to, std::uint32_t first) : to_(to), first_(first) {}

  /// Before a member is added to the last struct of the BTF, or behind its last one: from bit `end` of what is there up
  /// to bit `next`, whole bytes get a member, unless C itself leaves them out for the sake of `alignment` (bytes).
  /// Throws Error(Stage::kernel).
  void fill(std::uint32_t end, std::uint32_t next, std::uint32_t alignment);

  /// After all other types: adds those of the members. Throws Error(Stage::kernel).
  void add_types();

 private:
  int array_of(std::uint32_t bytes);

  btf& to_;
  std::uint32_t first_;
  std::uint32_t members_ = 0;
  std::vector<std::uint32_t> lengths_;  ///< of the arrays, which are numbered from first_ + 2 on
};

}  // namespace sonda
