#include "verifier/source_text.h"

#include <algorithm>

#include "base/text.h"
#include "source/c_scanner.h"

namespace sonda {
namespace {

/// The text with blanks in place of comments, of preprocessor lines and of what stands in quotes; lines stay.
std::string code_of(std::string_view text) {
  std::string code(text);
  CScanner scanner(text);
  while (const auto token = scanner.next()) {
    const bool in_quotes = token->kind == CToken::Kind::literal && token->text.size() >= 2;
    if (token->kind != CToken::Kind::comment && token->kind != CToken::Kind::directive && !in_quotes) continue;
    const std::size_t edge = in_quotes ? 1 : 0;
    for (auto at = token->offset + edge; at < token->offset + token->text.size() - edge; ++at)
      if (code[at] != '\n') code[at] = ' ';
  }
  return code;
}

bool is_plain(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) { return is_name_character(c) || c == '-'; });
}

/// "return X;" in `code`: X.
std::optional<std::string_view> returned(std::string_view code) {
  constexpr std::string_view word = "return";
  const auto at = find_word(code, word);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rest = code.substr(at + word.size());
  const auto end = rest.find(';');
  return end == std::string_view::npos ? std::nullopt : std::optional(trim(rest.substr(0, end)));
}

/// Whether what stands before a name and behind it makes a declaration of it.
std::optional<Declaration> read_declaration(std::string_view code, std::size_t at, std::size_t length) {
  const auto start = code.find_last_of(";{(", at) == std::string_view::npos ? 0 : code.find_last_of(";{(", at) + 1;
  auto type = trim(code.substr(start, at - start));
  // Of several declared at once, the type stands before the first.
  const bool follows = type.ends_with(',') || (type.ends_with('*') && type.find(',') != std::string_view::npos);
  if (follows) return std::nullopt;
  const auto words = names_in(type);
  if (words.empty() || words.front() == "return" || words.front() == "else" || words.front() == "goto")
    return std::nullopt;
  if (type.find_first_of("=+-/.&|<>!,?:[)") != std::string_view::npos) return std::nullopt;
  auto rest = trim(code.substr(at + length));
  Declaration result{.type = std::string(type)};
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    result.elements = std::string(trim(rest.substr(1, end - 1)));
    rest = trim(rest.substr(end + 1));
    // Further dimensions.
    while (rest.starts_with('[') && rest.find(']') != std::string_view::npos)
      rest = trim(rest.substr(rest.find(']') + 1));
  }
  result.initialized = rest.starts_with('=') && !rest.starts_with("==");
  if (!result.initialized && !rest.starts_with(';') && !rest.starts_with(',')) return std::nullopt;
  return result;
}

}  // namespace

SourceText::SourceText(std::string_view text)
    : raw_(split_lines(text)), code_text_(code_of(text)), code_(split_lines(code_text_)) {
  int depth = 0;
  for (const auto line : code_) {
    depth_.push_back(depth);
    for (const char c : line) depth += c == '{' ? 1 : c == '}' ? -1 : 0;
  }
}

std::string_view SourceText::line(std::uint32_t number) const {
  return number >= 1 && number <= raw_.size() ? raw_[number - 1] : std::string_view();
}

std::string_view SourceText::code(std::uint32_t number) const {
  return number >= 1 && number <= code_.size() ? code_[number - 1] : std::string_view();
}

std::optional<SourceText::Function> SourceText::function_around(std::uint32_t number) const {
  if (number < 1 || number > code_.size()) return std::nullopt;
  Function result{number, number};
  while (result.first > 1 && depth_[result.first - 1] > 0) --result.first;
  if (depth_[number - 1] == 0 && code(number).find('{') == std::string_view::npos) return std::nullopt;
  while (result.last < code_.size() && depth_[result.last] > 0) ++result.last;
  return result;
}

std::optional<std::uint32_t> SourceText::end_of_statement(std::uint32_t number) const {
  const auto function = function_around(number);
  if (!function) return std::nullopt;
  for (auto at = number; at <= function->last; ++at) {
    const auto text = trim(code(at));
    if (text.ends_with(';')) return at;
    if (text.ends_with('{') || text.ends_with('}')) return std::nullopt;
  }
  return std::nullopt;
}

std::string SourceText::usual_return(std::uint32_t number) const {
  const auto function = function_around(number);
  if (!function) return "0";
  for (auto at = function->last; at >= function->first && at > 0; --at)
    if (const auto value = returned(code(at)); value && is_plain(*value)) return std::string(*value);
  // 0 would drop the packet, and say that the program failed.
  return has_word(code(function->first), "xdp_md") ? "XDP_PASS" : "0";
}

std::optional<Declaration> SourceText::declaration(std::string_view variable, std::uint32_t number) const {
  const auto function = function_around(number);
  if (!function) return std::nullopt;
  for (auto line = number; line >= function->first && line > 0; --line) {
    const auto text = code(line);
    for (auto at = find_word(text, variable); at != std::string_view::npos; at = find_word(text, variable, at + 1)) {
      auto found = read_declaration(text, at, variable.size());
      if (!found) continue;
      found->line = line;
      return found;
    }
  }
  return std::nullopt;
}

std::optional<std::string> SourceText::elements_of(std::string_view array) const {
  std::optional<std::string> result;
  for (const auto text : code_) {
    for (auto at = find_word(text, array); at != std::string_view::npos; at = find_word(text, array, at + 1)) {
      const auto found = read_declaration(text, at, array.size());
      if (!found || !found->elements || found->elements->empty()) continue;
      if (result && *result != *found->elements) return std::nullopt;
      result = found->elements;
    }
  }
  return result;
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
  for (auto at = text.find(word, from); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool begins = at == 0 || !is_name_character(text[at - 1]);
    if (begins && (end == text.size() || !is_name_character(text[end]))) return at;
  }
  return std::string_view::npos;
}

bool has_word(std::string_view text, std::string_view word) { return find_word(text, word) != std::string_view::npos; }

std::string_view name_before(std::string_view text, std::size_t end) {
  auto start = end;
  while (start > 0 && is_name_character(text[start - 1])) --start;
  return text.substr(start, end - start);
}

std::vector<std::string_view> names_in(std::string_view text) {
  std::vector<std::string_view> result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto length = name_length(text.substr(at));
    if (length == 0) continue;
    const auto name = text.substr(at, length);
    if (!is_digit(name[0]) && std::ranges::find(result, name) == result.end()) result.push_back(name);
    at += length - 1;
  }
  return result;
}

std::optional<std::string> assigned_variable(std::string_view text, std::size_t before) {
  for (auto at = text.find_last_of('=', before); at != std::string_view::npos && at > 0;
       at = text.find_last_of('=', at - 1)) {
    const bool is_operator = std::string_view("=!<>+-*/|&^%").find(text[at - 1]) != std::string_view::npos;
    if (is_operator || (at + 1 < text.size() && text[at + 1] == '=')) continue;
    const auto between = text.substr(at + 1, before - at - 1);
    // "counts", "(struct val *)counts": but not "counts ? a" or "1, b".
    if (between.find_first_of("?:,;|&+") != std::string_view::npos) return std::nullopt;
    const auto left = trim(text.substr(0, at));
    const auto name = name_before(left, left.size());
    const auto start = left.size() - name.size();
    const bool is_field = start > 0 && (left[start - 1] == '.' || left[start - 1] == '>' || left[start - 1] == ']');
    return is_identifier(name) && !is_field ? std::optional(std::string(name)) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::size_t> closing(std::string_view code, std::size_t open) {
  int depth = 0;
  for (auto at = open; at < code.size(); ++at) {
    if (code[at] == '(' || code[at] == '[') ++depth;
    if ((code[at] == ')' || code[at] == ']') && --depth == 0) return at;
  }
  return std::nullopt;
}

std::optional<CallText> only_call(std::string_view code, std::string_view name) {
  std::optional<CallText> result;
  for (auto at = code.find(name); at != std::string_view::npos; at = code.find(name, at + 1)) {
    const auto open = at + name.size();
    const bool begins = !is_name_character(name[0]) || at == 0 || !is_name_character(code[at - 1]);
    if (!begins || open >= code.size() || code[open] != '(') continue;
    const auto close = closing(code, open);
    if (result || !close) return std::nullopt;
    result = CallText{.name = at, .open = open, .close = *close};
  }
  if (!result) return result;
  int depth = 0;
  auto start = result->open + 1;
  for (auto at = start; at <= result->close; ++at) {
    if (at == result->close || (code[at] == ',' && depth == 0)) {
      result->arguments.push_back(trim(code.substr(start, at - start)));
      start = at + 1;
    } else if (code[at] == '(' || code[at] == '[' || code[at] == '{') {
      ++depth;
    } else if (code[at] == ')' || code[at] == ']' || code[at] == '}') {
      --depth;
    }
  }
  return result;
}

}  // namespace sonda
