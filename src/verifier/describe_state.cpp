#include "verifier/describe_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"

namespace sonda {
namespace {

constexpr auto smallest = std::numeric_limits<std::int64_t>::min();
constexpr auto largest = std::numeric_limits<std::int64_t>::max();
constexpr auto all_ones = std::numeric_limits<std::uint64_t>::max();
/// Larger numbers are better read in hexadecimal.
constexpr std::uint64_t longest_decimal = 1U << 20;

/// "6", "-4", "0x1f", "-0x8", whole.
std::optional<std::uint64_t> read_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || !is_digit(text[0])) return std::nullopt;
  const auto value = parse_u64(text);
  if (!value) return std::nullopt;
  return negative ? std::uint64_t{0} - *value : *value;
}

std::optional<std::uint32_t> small(std::optional<std::uint64_t> value) {
  if (!value || *value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

void take_attribute(std::string_view name, std::string_view value, RegisterState& state) {
  if (name == "map") state.map = value;
  const auto number = read_number(value);
  if (!number) return;
  const auto is_signed = static_cast<std::int64_t>(*number);
  if (name == "id") state.id = small(number);
  if (name == "ref_obj_id") state.reference = small(number);
  if (name == "ks") state.key_size = small(number);
  if (name == "vs" || name == "sz" || name == "mem_size") state.value_size = small(number);
  if (name == "off" || name == "imm_off") state.offset = is_signed;
  if (name == "r") state.packet_bytes = small(number);
  if (name == "smin" || name == "smin_value") state.range.smin = is_signed;
  if (name == "smax" || name == "smax_value") state.range.smax = is_signed;
  if (name == "umin" || name == "umin_value") state.range.umin = number;
  if (name == "umax" || name == "umax_value") state.range.umax = number;
}

/// "id=1,smin=umin=6,var_off=(0x0; 0xf)": several names may share a value.
void take_attributes(std::string_view text, RegisterState& state) {
  for (const auto part : split(text, ',')) {
    const auto value_at = part.rfind('=');
    if (value_at == std::string_view::npos) continue;
    for (const auto name : split(part.substr(0, value_at), '='))
      take_attribute(trim(name), part.substr(value_at + 1), state);
  }
}

bool take_ending(std::string_view& text, std::string_view ending) {
  if (!text.ends_with(ending)) return false;
  text.remove_suffix(ending.size());
  return true;
}

std::string show(std::uint64_t value) {
  return value > longest_decimal ? fmt::format("{:#x}", value) : fmt::format("{}", value);
}
std::string show(std::int64_t value) {
  return value < 0 ? "-" + show(std::uint64_t{0} - static_cast<std::uint64_t>(value))
                   : show(static_cast<std::uint64_t>(value));
}

std::string describe_number(const RegisterState& state) {
  if (state.constant) return fmt::format("the number {}", show(*state.constant));
  const auto& range = state.range;
  const auto smin = range.smin.value_or(smallest), smax = range.smax.value_or(largest);
  const auto umin = range.umin.value_or(0), umax = range.umax.value_or(all_ones);
  // What is never negative is the same number signed and unsigned.
  if (umax <= static_cast<std::uint64_t>(largest)) {
    const auto low = std::max(umin, smin > 0 ? static_cast<std::uint64_t>(smin) : 0);
    if (low == 0 && umax == 0xffffffff) return "any number of 32 bits";
    return fmt::format("a number from {} to {}", show(low), show(umax));
  }
  if (smin >= 0 && smin != smallest) return fmt::format("a number of at least {}, without an upper bound", show(smin));
  if (smin != smallest && smax != largest) return fmt::format("a number from {} to {}", show(smin), show(smax));
  if (smax != largest) return fmt::format("a number of at most {}, maybe negative", show(smax));
  if (smin != smallest) return fmt::format("a number of at least {}", show(smin));
  if (umin > 0) return fmt::format("a number of at least {}, without an upper bound", show(umin));
  return "any number";
}

std::string bytes(std::uint64_t count) { return fmt::format("{} byte{}", count, count == 1 ? "" : "s"); }

/// Where in what it points to.
std::string moved(const RegisterState& state) {
  std::string text;
  if (state.offset && *state.offset != 0) text = fmt::format(", at byte {}", show(*state.offset));
  const auto& range = state.range;
  if (range.umax && (!range.umin || *range.umin != *range.umax))
    text += fmt::format(", moved by {} to {} bytes", show(range.umin.value_or(0)), show(*range.umax));
  return text;
}

/// "ptr_or_null_task_struct": the name of a kernel's struct comes last.
constexpr std::string_view null_before_name = "or_null_";

/// The kernel's struct behind "ptr_", "trusted_ptr_", "rcu_ptr_", "untrusted_ptr_"...
std::optional<std::string_view> kernel_struct(std::string_view kind) {
  const auto at = kind.find("ptr_");
  if (at == std::string_view::npos || kind.starts_with("map_ptr")) return std::nullopt;
  if (at > 0 && kind[at - 1] != '_') return std::nullopt;
  const auto type = kind.substr(at + 4);
  return type.starts_with(null_before_name) ? type.substr(null_before_name.size()) : type;
}

struct Words {
  std::string_view kind, words;
};
constexpr std::array kinds{
    Words{"pkt_end", "the end of the packet"},
    Words{"pkt_meta", "what stands before the packet"},
    Words{"sock", "a socket"},
    Words{"sock_common", "a socket"},
    Words{"tcp_sock", "a TCP socket"},
    Words{"xdp_sock", "an XDP socket"},
    Words{"map_key", "a key of a map"},
    Words{"func", "a function"},
    Words{"buf", "a buffer"},
    Words{"rdonly_buf", "a buffer that may only be read"},
    Words{"rdwr_buf", "a buffer"},
    Words{"arena", "memory of an arena"},
    Words{"flow_keys", "the keys of a flow"},
    Words{"tp_buffer", "the arguments of the tracepoint"},
};

std::string describe_pointer(const RegisterState& state) {
  const auto of_map = state.map.empty() ? std::string("a map") : fmt::format("map {}", state.map);
  if (state.kind == "ctx") return "the context" + moved(state);
  if (state.kind == "fp") {
    if (!state.offset || *state.offset == 0) return "the top of the stack";
    return fmt::format("an address on the stack, {} below its top", bytes(static_cast<std::uint64_t>(-*state.offset)));
  }
  if (state.kind == "map_ptr" || state.kind == "const_map_ptr") return state.map.empty() ? "a map" : of_map;
  if (state.kind == "map_value") return "a value of " + of_map + moved(state);
  if (state.kind.ends_with("ringbuf_mem") || state.kind.ends_with("alloc_mem")) {
    const auto size = state.value_size ? " of " + bytes(*state.value_size) : "";
    return "a ring buffer record" + size + moved(state);
  }
  if (state.kind == "mem" || state.kind == "rdonly_mem")
    return (state.value_size ? "memory of " + bytes(*state.value_size) : "memory") + moved(state);
  if (state.kind == "pkt") {
    const auto size = state.packet_bytes.value_or(0);
    return "the packet" + moved(state) +
           (size > 0 ? fmt::format(", {} of which {} known to be there", bytes(size), size == 1 ? "is" : "are")
                     : ", of which nothing is known to be there");
  }
  if (const auto type = kernel_struct(state.kind))
    return fmt::format("{} of the kernel's struct {}",
                       state.kind.starts_with("percpu") ? "a CPU's own copy" : "the address", *type) +
           moved(state);
  const auto* known = std::ranges::find(kinds, state.kind, &Words::kind);
  return (known == kinds.end() ? std::string(state.kind) : std::string(known->words)) + moved(state);
}

/// Bytes of a stack slot, the highest address first: "mmmm????".
std::optional<std::string> describe_slot(std::string_view state) {
  if (state.size() != 8 || state.find_first_not_of("?m0ridf") != std::string_view::npos) return std::nullopt;
  const auto unset = static_cast<std::size_t>(std::ranges::count(state, '?'));
  if (unset == state.size()) return "8 bytes that were never written";
  if (unset > 0) return fmt::format("8 bytes, {} of them never written", unset);
  if (state.find_first_not_of('0') == std::string_view::npos) return "8 bytes of 0";
  return "8 bytes of data";
}

}  // namespace

RegisterState read_register_state(std::string_view state) {
  RegisterState result;
  const auto bracket = std::min(state.find('('), state.size());
  result.kind = state.substr(0, bracket);
  if (bracket < state.size()) {
    auto inside = state.substr(bracket + 1);
    if (inside.ends_with(')')) inside.remove_suffix(1);
    take_attributes(inside, result);
  }
  // A 'P' marks what has to be known precisely, "inv" is how numbers were called before Linux 5.18.
  auto plain = result.kind;
  if (plain.starts_with("inv")) plain.remove_prefix(3);
  if (plain.starts_with('P')) plain.remove_prefix(1);
  if (const auto number = read_number(plain)) {
    result.kind = "scalar";
    result.constant = static_cast<std::int64_t>(*number);
    return result;
  }
  if (plain.empty() || plain == "scalar") {
    result.kind = "scalar";
    return result;
  }
  result.may_be_null =
      take_ending(result.kind, "_or_null") || result.kind.find(null_before_name) != std::string_view::npos;
  if (result.kind.starts_with("fp")) {
    if (const auto offset = read_number(result.kind.substr(2))) {
      result.kind = "fp";
      result.offset = static_cast<std::int64_t>(*offset);
    }
  }
  return result;
}

std::string describe_state(std::string_view state) {
  if (auto slot = describe_slot(state)) return std::move(*slot);
  const auto read = read_register_state(state);
  if (read.kind == "scalar") return describe_number(read);
  return describe_pointer(read) + (read.may_be_null ? ", or NULL" : "");
}

}  // namespace sonda
