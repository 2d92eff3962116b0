// Where the arguments of a USDT probe are when a program runs there.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace sonda {

/// How to get at one argument: displacement + register + (register << shift), or what is in memory there. Programs
/// read it as struct ____sonda_usdt_argument (src/compile/worker/text_before.cpp).
struct UsdtArgument {
  enum Kind : std::uint8_t { none, value, in_memory, unreadable };
  static constexpr std::uint16_t no_register = 0xffff;

  std::uint64_t displacement = 0;
  std::uint16_t base = no_register, index = no_register;  // bytes into struct pt_regs
  std::uint8_t shift = 0;
  std::uint8_t unused_bits = 0;  // of 64
  std::uint8_t is_signed = 0;
  Kind kind = none;
  bool operator==(const UsdtArgument&) const = default;
};
static_assert(sizeof(UsdtArgument) == 16);

/// sys/sdt.h has no more.
inline constexpr std::size_t most_usdt_arguments = 12;
using UsdtArguments = std::array<UsdtArgument, most_usdt_arguments>;

/// What a note's text says of an argument besides where it is: "-4" of "-4@%edi".
struct UsdtArgumentType {
  std::uint8_t bytes = 0;  ///< 1, 2, 4 or 8; 0 if the text makes no sense
  bool is_signed = false;
  bool is_float = false;
  bool operator==(const UsdtArgumentType&) const = default;
};

/// Of each argument in a note's text; at most `most_usdt_arguments`.
std::vector<UsdtArgumentType> usdt_argument_types(std::string_view text);

/// The virtual address of a symbol of the binary.
using AddressOfSymbol = std::function<std::optional<std::uint64_t>(std::string_view)>;

/// Reads a note's text, "-4@%edi 8@-16(%rbp) 4@$7", of the probe at virtual address `place`. What is not there is
/// `none`; what is, but cannot be read by a program (floating point, a symbol that the binary does not have, what makes
/// no sense), is `unreadable`.
UsdtArguments parse_usdt_arguments(std::string_view text, std::uint64_t place, const AddressOfSymbol& address_of);

}  // namespace sonda
