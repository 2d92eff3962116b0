// Texts of USDT arguments of any content: operands that a program can follow, or none.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "attach/usdt_arguments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sonda::UsdtArgument;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto address_of = [](std::string_view name) -> std::optional<std::uint64_t> {
    return name.size() % 2 == 0 ? std::optional<std::uint64_t>(name.size()) : std::nullopt;
  };
  constexpr std::uint16_t beyond_registers = 168;  // sizeof(struct pt_regs) on x86-64
  for (const auto& argument : sonda::parse_usdt_arguments(text, 0x1234, address_of)) {
    for (const auto offset : {argument.base, argument.index})
      if (offset != UsdtArgument::no_register && offset >= beyond_registers) __builtin_trap();
    if (argument.kind > UsdtArgument::unreadable || argument.shift > 3 || argument.unused_bits > 56) __builtin_trap();
  }
  const auto types = sonda::usdt_argument_types(text);
  if (types.size() > sonda::most_usdt_arguments) __builtin_trap();
  for (const auto& type : types)
    if (type.bytes > 8 || (type.bytes == 0 && (type.is_signed || type.is_float))) __builtin_trap();
  return 0;
}
