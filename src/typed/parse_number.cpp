#include "typed/parse_number.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sonda {
namespace {

struct Digits {
  std::string_view text;
  int base = 10;
  bool negative = false;
};

/// The digits of a number, without its sign and prefix.
Digits digits_of(std::string_view word) {
  Digits digits{word};
  if (word.starts_with('-') || word.starts_with('+')) {
    digits.negative = word.front() == '-';
    digits.text.remove_prefix(1);
  }
  if (digits.text.size() < 3 || digits.text[0] != '0') return digits;
  constexpr std::string_view letters = "xXoObB";
  constexpr std::array<int, 3> bases{16, 8, 2};
  if (const auto letter = letters.find(digits.text[1]); letter != letters.npos) {
    digits.base = bases[letter / 2];
    digits.text.remove_prefix(2);
  }
  return digits;
}

std::uint64_t mask(std::uint32_t bits) { return bits >= 64 ? ~0ULL : (1ULL << bits) - 1; }

}  // namespace

std::string NumberRange::text() const {
  const auto most = mask(is_signed ? bits - 1 : bits);
  if (is_signed) return fmt::format("a whole number from {} to {}", -static_cast<std::int64_t>(most) - 1, most);
  return fmt::format("a whole number from 0 to {}", most);
}

std::optional<std::uint64_t> parse_number(std::string_view word, const NumberRange& range) {
  const auto [text, base, negative] = digits_of(word);
  std::uint64_t number = 0;
  const auto *begin = text.data(), *end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, number, base);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  if (base == 10 && text.size() > 1 && text[0] == '0') return std::nullopt;
  if (base != 10 && !negative) return number <= mask(range.bits) ? std::optional(number) : std::nullopt;
  const auto most = mask(range.is_signed ? range.bits - 1 : range.bits);
  if (!negative) return number <= most ? std::optional(number) : std::nullopt;
  if (!range.is_signed) return number == 0 ? std::optional(number) : std::nullopt;
  return number <= most + 1 ? std::optional((0 - number) & mask(range.bits)) : std::nullopt;
}

std::optional<std::vector<std::byte>> parse_hex_bytes(std::string_view digits, std::size_t size) {
  if (digits.size() != 2 * size) return std::nullopt;
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    std::uint8_t byte = 0;
    const auto* first = digits.data() + 2 * i;
    const auto [stop, error] = std::from_chars(first, first + 2, byte, 16);
    if (error != std::errc{} || stop != first + 2) return std::nullopt;
    bytes[i] = std::byte{byte};
  }
  return bytes;
}

std::optional<std::vector<std::byte>> parse_wide_number(std::string_view word, std::size_t size) {
  const auto digits = digits_of(word);
  if (digits.base == 16 && !digits.negative && digits.text.size() <= 2 * size) {
    auto bytes = parse_hex_bytes(std::string(2 * size - digits.text.size(), '0') + std::string(digits.text), size);
    if (bytes) std::ranges::reverse(*bytes);
    return bytes;
  }
  const auto number = parse_number(word, {});
  if (!number) return std::nullopt;
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < sizeof *number && i < size; ++i) bytes[i] = static_cast<std::byte>(*number >> (8 * i));
  return bytes;
}

}  // namespace sonda
