// Operands as the assembler writes them. All that is said of x86-64 here is in Registers and in the operand's form.
#include "attach/usdt_arguments.h"

#include <asm/ptrace.h>

#include <cstddef>

#include "base/text.h"

namespace sonda {
namespace {

#if defined(__x86_64__)

struct Register {
  std::string_view name64, name32, name16, name8;
  std::size_t offset;
};

constexpr auto registers = std::to_array<Register>({
    {"rax", "eax", "ax", "al", offsetof(pt_regs, rax)},
    {"rbx", "ebx", "bx", "bl", offsetof(pt_regs, rbx)},
    {"rcx", "ecx", "cx", "cl", offsetof(pt_regs, rcx)},
    {"rdx", "edx", "dx", "dl", offsetof(pt_regs, rdx)},
    {"rsi", "esi", "si", "sil", offsetof(pt_regs, rsi)},
    {"rdi", "edi", "di", "dil", offsetof(pt_regs, rdi)},
    {"rbp", "ebp", "bp", "bpl", offsetof(pt_regs, rbp)},
    {"rsp", "esp", "sp", "spl", offsetof(pt_regs, rsp)},
    {"r8", "r8d", "r8w", "r8b", offsetof(pt_regs, r8)},
    {"r9", "r9d", "r9w", "r9b", offsetof(pt_regs, r9)},
    {"r10", "r10d", "r10w", "r10b", offsetof(pt_regs, r10)},
    {"r11", "r11d", "r11w", "r11b", offsetof(pt_regs, r11)},
    {"r12", "r12d", "r12w", "r12b", offsetof(pt_regs, r12)},
    {"r13", "r13d", "r13w", "r13b", offsetof(pt_regs, r13)},
    {"r14", "r14d", "r14w", "r14b", offsetof(pt_regs, r14)},
    {"r15", "r15d", "r15w", "r15b", offsetof(pt_regs, r15)},
});
constexpr auto instruction_pointer = static_cast<std::uint16_t>(offsetof(pt_regs, rip));

std::optional<std::uint16_t> register_offset(std::string_view name) {
  for (const auto& known : registers) {
    if (name == known.name64 || name == known.name32 || name == known.name16 || name == known.name8)
      return static_cast<std::uint16_t>(known.offset);
    // The second byte of the first four.
    if (name.size() == 2 && name[1] == 'h' && name[0] == known.name8[0] && known.name8.ends_with('l') &&
        known.name8.size() == 2)
      return static_cast<std::uint16_t>(known.offset + 1);
  }
  return std::nullopt;
}

#else
#error "name this processor's registers and operands here"
#endif

/// "-16", "counter+4", "7": a number, and whether an address of the binary is in it.
struct Sum {
  std::uint64_t number = 0;
  bool has_address = false;
};

class OperandReader {
 public:
  OperandReader(std::uint64_t place, const AddressOfSymbol& address_of) : place_(place), address_of_(address_of) {}

  std::optional<UsdtArgument> read(std::string_view text) const {
    if (text.starts_with('$')) return constant(text.substr(1));
    if (text.starts_with('%')) return in_register(text.substr(1));
    return in_memory(text);
  }

 private:
  std::optional<UsdtArgument> constant(std::string_view text) const {
    const auto sum = read_sum(text);
    if (!sum || text.empty()) return std::nullopt;
    UsdtArgument argument{.displacement = sum->number, .kind = UsdtArgument::value};
    if (sum->has_address) relate_to_place(argument);
    return argument;
  }

  static std::optional<UsdtArgument> in_register(std::string_view name) {
    const auto offset = register_offset(name);
    if (!offset) return std::nullopt;
    return UsdtArgument{.base = *offset, .kind = UsdtArgument::value};
  }

  /// DISPLACEMENT(BASE,INDEX,SCALE), of which any may be missing.
  std::optional<UsdtArgument> in_memory(std::string_view text) const {
    const auto open = text.find('(');
    const auto before = text.substr(0, open);
    const auto sum = before.empty() ? Sum{} : read_sum(before);
    if (!sum) return std::nullopt;
    UsdtArgument argument{.displacement = sum->number, .kind = UsdtArgument::in_memory};
    if (open == text.npos || text.substr(open) == "(%rip)") {
      // Where the binary runs is not where its symbols say; the distance is the same.
      if (!sum->has_address) return std::nullopt;
      relate_to_place(argument);
      return argument;
    }
    if (!text.ends_with(')')) return std::nullopt;
    const auto parts = split(text.substr(open + 1, text.size() - open - 2), ',');
    if (parts.size() > 3 || !read_register(parts[0], argument.base)) return std::nullopt;
    if (parts.size() > 1 && !read_register(parts[1], argument.index)) return std::nullopt;
    if (parts.size() > 2 && !read_scale(parts[2], argument.shift)) return std::nullopt;
    return argument;
  }

  void relate_to_place(UsdtArgument& argument) const {
    argument.displacement -= place_;
    argument.base = instruction_pointer;
  }

  static bool read_register(std::string_view text, std::uint16_t& to) {
    if (text.empty()) return true;
    const auto offset = text.starts_with("%r") ? register_offset(text.substr(1)) : std::nullopt;
    if (offset) to = *offset;
    return offset.has_value();
  }

  static bool read_scale(std::string_view text, std::uint8_t& shift) {
    constexpr std::string_view scales = "1248";
    const auto at = text.size() == 1 ? scales.find(text[0]) : scales.npos;
    if (at != scales.npos) shift = static_cast<std::uint8_t>(at);
    return at != scales.npos;
  }

  std::optional<Sum> read_sum(std::string_view text) const {
    Sum sum;
    while (!text.empty()) {
      const bool minus = text[0] == '-';
      if (minus || text[0] == '+') text.remove_prefix(1);
      const auto term = text.substr(0, text.find_first_of("+-"));
      text.remove_prefix(term.size());
      auto number = parse_u64(term);
      if (!number) {
        // One address is a place; the difference of two would be a number, but nobody writes it.
        if (term.empty() || minus || sum.has_address) return std::nullopt;
        number = address_of_(term);
        if (!number) return std::nullopt;
        sum.has_address = true;
      }
      sum.number += minus ? 0 - *number : *number;
    }
    return sum;
  }

  std::uint64_t place_;
  const AddressOfSymbol& address_of_;
};

/// "-4" of "-4@%edi": bytes, negative for a signed number. Floating point has a letter behind it.
UsdtArgumentType read_type(std::string_view text) {
  UsdtArgumentType type;
  type.is_signed = text.starts_with('-');
  if (type.is_signed) text.remove_prefix(1);
  type.is_float = text.ends_with('f');
  if (type.is_float) text.remove_suffix(1);
  const auto bytes = parse_u64(text);
  if (!bytes || (*bytes != 1 && *bytes != 2 && *bytes != 4 && *bytes != 8)) return {};
  type.bytes = static_cast<std::uint8_t>(*bytes);
  return type;
}

/// The words of a note's text, one for each argument.
std::vector<std::string_view> words_of_arguments(std::string_view text) {
  auto words = split(trim(text), ' ');
  std::erase(words, std::string_view());
  if (words.size() > most_usdt_arguments) words.resize(most_usdt_arguments);
  return words;
}

bool read_size(std::string_view text, UsdtArgument& argument) {
  const auto type = read_type(text);
  if (type.bytes == 0 || type.is_float) return false;
  argument.is_signed = type.is_signed ? 1 : 0;
  argument.unused_bits = static_cast<std::uint8_t>(64 - 8 * type.bytes);
  return true;
}

}  // namespace

UsdtArguments parse_usdt_arguments(std::string_view text, std::uint64_t place, const AddressOfSymbol& address_of) {
  UsdtArguments arguments;
  const OperandReader operands(place, address_of);
  std::size_t count = 0;
  for (const auto word : words_of_arguments(text)) {
    const auto at = word.find('@');
    auto argument = at == word.npos ? std::nullopt : operands.read(word.substr(at + 1));
    if (!argument || !read_size(word.substr(0, at), *argument))
      argument = UsdtArgument{.kind = UsdtArgument::unreadable};
    arguments[count++] = *argument;
  }
  return arguments;
}

std::vector<UsdtArgumentType> usdt_argument_types(std::string_view text) {
  std::vector<UsdtArgumentType> types;
  for (const auto word : words_of_arguments(text)) {
    const auto at = word.find('@');
    types.push_back(at == word.npos ? UsdtArgumentType{} : read_type(word.substr(0, at)));
  }
  return types;
}

}  // namespace sonda
