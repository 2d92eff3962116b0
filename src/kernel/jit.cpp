#include "kernel/jit.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/arch.h"

namespace sonda::jit {

// Of x86-64, the only one so far; arch.h refuses others.

bool begins_frame(std::string_view text) { return text == "push rbp"; }

bool may_make_frame(std::string_view text, bool begun) {
  const auto begins = [&](auto... words) { return (text.starts_with(words) || ...); };
  if (text.empty()) return false;
  if (begun && (loads_private_stack(text) || begins("add r9, qword ptr gs:"))) return true;
  return begun ? begins("push ", "mov rbp, rsp", "sub rsp, ", "nop", "cmp rax, 0x21", "ja ", "mov rax, rsp", "jmp ")
               : begins("endbr64", "nop", "xor eax, eax", "xor rax, rax", "push rbp");
}

// r9 is none of those that keep R0 to R10.
bool loads_private_stack(std::string_view text) { return text.starts_with("movabs r9, "); }

std::optional<std::uint64_t> loaded_number(std::string_view text) {
  if (!text.starts_with("movabs ")) return std::nullopt;
  auto number = trim(text.substr(text.rfind(' ')));
  const bool negative = number.starts_with('-');
  if (negative) number.remove_prefix(1);
  const auto value = parse_u64(number);
  return value && negative ? std::optional(0 - *value) : value;
}

}  // namespace sonda::jit
