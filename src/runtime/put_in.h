// Instructions put into a program that is compiled already.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sonda/image.h"

namespace sonda {

struct Insertion {
  enum class Place : std::uint8_t { behind, instead };
  std::uint32_t instruction = 0;  ///< one that is not wide
  Place place = Place::behind;
  /// Who jumps in it stays in it. A jump to what follows `instruction` does not come through it.
  std::vector<bpf_insn> code;
  /// Where the last one of `code`, a jump, leads: an instruction of the program as it is now. Nothing: `code` leads
  /// nowhere but on.
  std::optional<std::uint32_t> then;
};

/// The program with the code put in; `insertions` are in the order of their instructions. Jumps, calls, references to
/// maps, functions and line records are moved along. Nothing if a jump would become too long for its 16 bits.
std::optional<ProgramSpec> put_in(ProgramSpec program, std::span<const Insertion> insertions);

/// For kernels that have no attach cookies: the program with the number in place of each call of
/// bpf_get_attach_cookie(), one instruction longer for each.
ProgramSpec with_constant_cookie(ProgramSpec program, std::uint64_t cookie);

}  // namespace sonda
