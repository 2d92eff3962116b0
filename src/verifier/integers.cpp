// Local variables that are numbers.
#include "verifier/edits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sonda {
namespace {

/// The text without blanks.
std::string compact(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (c != ' ' && c != '\t') result += c;
  return result;
}

/// The function's code down to `line`, without blanks.
std::string code_above(const SourceText& source, std::uint32_t line, bool whole = false) {
  const auto function = source.function_around(line);
  std::string result;
  if (!function) return result;
  for (auto at = function->first; at <= (whole ? function->last : line); ++at)
    result += compact(source.code(at)) + '\n';
  return result;
}

/// Whether `text` has `number` with one of these behind it.
bool has_with(std::string_view text, std::string_view number, const std::vector<std::string>& behind) {
  for (auto at = text.find(number); at != std::string_view::npos; at = text.find(number, at + 1)) {
    if (at > 0 && (is_name_character(text[at - 1]) || text[at - 1] == '.' || text.substr(0, at).ends_with("->")))
      continue;
    const auto rest = text.substr(at + number.size());
    for (const auto& each : behind) {
      if (!rest.starts_with(each)) continue;
      const auto next = rest.substr(each.size(), 1);
      // Shifts are no comparisons.
      if ((each == "<" || each == ">") && next == each) continue;
      if (next.empty() || !is_name_character(each.back()) || !is_name_character(next[0])) return true;
    }
  }
  return false;
}

/// Whether negative values of it mean something.
bool is_used_negative(const SourceText& source, std::uint32_t line, std::string_view variable) {
  return has_with(code_above(source, line, true), variable, {"<0", "<=0", ">=0", ">-", "<-", "==-", "=-", "--"});
}

struct Width {
  std::string_view name;
  int bits;
};
constexpr Width widths[] = {{"bool", 8},     {"char", 8},    {"u8", 8},      {"s8", 8},   {"uint8_t", 8},
                            {"int8_t", 8},   {"short", 16},  {"u16", 16},    {"s16", 16}, {"uint16_t", 16},
                            {"int16_t", 16}, {"int", 32},    {"u32", 32},    {"s32", 32}, {"uint32_t", 32},
                            {"int32_t", 32}, {"long", 64},   {"u64", 64},    {"s64", 64}, {"uint64_t", 64},
                            {"int64_t", 64}, {"size_t", 64}, {"ssize_t", 64}};

struct TypePlace {
  Declaration declared;
  std::size_t from = 0, to = 0;  ///< its type, in the code of its line
  IntegerType type;
};

std::optional<TypePlace> place_of_type(const SourceText& source, std::uint32_t line, std::string_view variable) {
  auto declared = source.declaration(variable, line);
  if (!declared || declared->elements || declared->line == 0 || has_word(declared->type, "static")) return std::nullopt;
  const auto type = integer_type(declared->type);
  if (!type) return std::nullopt;
  // A key of a map, or what a helper fills, is as wide as it is.
  const auto whole = code_above(source, line, true);
  const auto name = std::string(variable);
  if (has_with(whole, "&" + name, {",", ")", ";"}) || whole.find("sizeof(" + name + ")") != whole.npos)
    return std::nullopt;
  const auto code = source.code(declared->line);
  const auto at = find_word(code, variable);
  const auto from = at == std::string_view::npos ? at : code.rfind(declared->type, at);
  if (from == std::string_view::npos) return std::nullopt;
  return TypePlace{.declared = *declared, .from = from, .to = from + declared->type.size(), .type = *type};
}

std::vector<std::string_view> wider_types(const SourceText& source, std::uint32_t line, std::string_view variable,
                                          const IntegerType& type) {
  if (!type.is_signed)
    return type.bits < 64 || type.is_volatile ? std::vector<std::string_view>{"u64"} : std::vector<std::string_view>{};
  const bool keeps_sign = is_used_negative(source, line, variable);
  if (type.bits == 64 && !type.is_volatile)
    return keeps_sign ? std::vector<std::string_view>{} : std::vector<std::string_view>{"u64"};
  return keeps_sign ? std::vector<std::string_view>{"s64"} : std::vector<std::string_view>{"u64", "s64"};
}

/// The declaration with another type. What 8 or 16 bits cut off, they cut off on purpose.
Suggestion with_type(const SourceText& source, const TypePlace& place, std::string_view variable,
                     std::string_view type) {
  const auto line = place.declared.line;
  const auto code = source.code(line);
  const auto equals = code.find('=', find_word(code, variable, place.to));
  const auto end = equals == std::string_view::npos ? equals : code.find_first_of(";,", equals);
  if (place.type.bits > 16 || !place.declared.initialized || end == std::string_view::npos)
    return replaced(source, line, place.from, place.to, type);
  const auto value = trim(code.substr(equals + 1, end - equals - 1));
  return replaced(source, line, place.from, end,
                  fmt::format("{} {} = ({})({})", type, variable, place.declared.type, value));
}

/// Whether nothing is done between the two lines but declaring.
bool follows(const SourceText& source, std::uint32_t declaration, std::uint32_t line) {
  for (auto at = declaration + 1; at < line; ++at)
    if (const auto text = trim(source.code(at)); !text.empty() && (!text.ends_with(';') || text.find('=') != text.npos))
      return false;
  return true;
}

}  // namespace

std::optional<IntegerType> integer_type(std::string_view type) {
  IntegerType result{.bits = 0};
  bool says_unsigned = false, says_signed = false;
  for (const auto word : names_in(type)) {
    const auto name = word.starts_with("__") ? word.substr(2) : word;
    if (name == "const") continue;
    if (name == "volatile")
      result.is_volatile = true;
    else if (name == "unsigned")
      says_unsigned = true;
    else if (name == "signed")
      says_signed = true;
    else if (const auto* known = std::ranges::find(widths, name, &Width::name); known != std::end(widths))
      result.bits = name == "int" && result.bits != 0 ? result.bits : known->bits;  // "long int"
    else
      return std::nullopt;
    says_unsigned = says_unsigned || is_unsigned(word);
  }
  if (type.find('*') != type.npos) return std::nullopt;
  if (result.bits == 0 && (says_unsigned || says_signed)) result.bits = 32;
  if (result.bits == 0) return std::nullopt;
  result.is_signed = !says_unsigned;
  return result;
}

bool is_unsigned(std::string_view type) {
  return type.starts_with("u") || type.starts_with("__u") || type == "size_t" || type.find("uint") != type.npos;
}

bool is_variable(std::string_view text) {
  const auto names = names_in(text);
  return !names.empty() && names.front() != "sizeof" && text.find_first_of("(=\"'") == std::string_view::npos &&
         text.find("++") == std::string_view::npos && text.find("--") == std::string_view::npos;
}

bool may_be_negative(const SourceText& source, std::uint32_t line, std::string_view variable) {
  const auto declared = source.declaration(variable, line);
  return declared && !is_unsigned(declared->type) && integer_type(declared->type);
}

bool has_comparison(const SourceText& source, std::uint32_t line, std::string_view number,
                    const std::vector<std::string>& behind) {
  const auto text = code_above(source, line);
  const auto what = compact(number);
  return std::ranges::any_of(behind, [&](const std::string& each) { return has_with(text, what, {compact(each)}); });
}

std::vector<Suggestion> widened(const SourceText& source, std::uint32_t line, std::string_view variable) {
  const auto place = place_of_type(source, line, variable);
  if (!place) return {};
  std::vector<Suggestion> result;
  for (const auto type : wider_types(source, line, variable, place->type))
    result.push_back(with_type(source, *place, variable, type));
  return result;
}

std::vector<Suggestion> widened_and_checked(const SourceText& source, std::uint32_t line, std::string_view variable,
                                            std::string_view check) {
  const auto place = place_of_type(source, line, variable);
  const auto before = place_before(source, line);
  if (!place || !before || !place->declared.initialized || place->declared.line >= *before) return {};
  const auto code = trim(source.code(place->declared.line));
  const bool is_alone = code.ends_with(';') && code.find(';') + 1 == code.size() && stands_alone(code);
  const auto types = wider_types(source, line, variable, place->type);
  if (!is_alone || types.empty() || !follows(source, place->declared.line, *before)) return {};
  auto change = with_type(source, *place, variable, types.front());
  change.text += fmt::format(" {}", check);
  return {std::move(change)};
}

}  // namespace sonda
