#include "source/c_scanner.h"

#include <algorithm>

#include "base/text.h"

namespace sonda {
namespace {

/// The `digits` at the front of `text` are taken off; whether there was one.
bool take_digits(std::string_view& text, std::string_view digits) {
  const auto length = std::min(text.find_first_not_of(digits), text.size());
  text.remove_prefix(length);
  return length > 0;
}

bool is_integer_suffix(std::string_view text) {
  constexpr std::string_view suffixes[] = {"", "u", "l", "ul", "lu", "ll", "ull", "llu"};
  std::string small(text);
  for (auto& c : small) c = c == 'U' ? 'u' : c == 'L' ? 'l' : c;
  return std::ranges::find(suffixes, small) != std::end(suffixes);
}

bool is_number(std::string_view text) {
  constexpr std::string_view decimal = "0123456789", hexadecimal = "0123456789abcdefABCDEF";
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    return take_digits(text, hexadecimal) && is_integer_suffix(text);
  }
  return take_digits(text, decimal) && is_integer_suffix(text);
}

/// A literal in one pair of quotes, with nothing after it.
bool is_literal(std::string_view text) {
  if (text.size() < 2 || (text[0] != '"' && text[0] != '\'')) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) < 0x20 || text[i] == 0x7f) return false;
    if (text[i] == text[0]) return i + 1 == text.size() && (text[0] == '"' || i > 1);
    if (text[i] == '\\') ++i;
  }
  return false;
}

}  // namespace

std::size_t name_length(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_name_character) - text.begin());
}

bool is_c_value(std::string_view text) {
  if (text.starts_with('-')) return is_number(text.substr(1));
  return is_number(text) || is_identifier(text) || is_literal(text);
}

CScanner::CScanner(std::string_view text) : text_(text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
}

std::optional<CToken> CScanner::next() {
  while (at_ < text_.size() && std::string_view(" \t\r\n\v\f").find(text_[at_]) != std::string_view::npos) {
    if (text_[at_] == '\n') line_start_ = true;
    ++at_;
  }
  if (at_ == text_.size()) return std::nullopt;
  const char c = text_[at_];
  if (const auto length = comment_length(at_); length > 0) return take(CToken::Kind::comment, length);
  if (c == '#' && line_start_) return take(CToken::Kind::directive, directive_length());
  if (c == '"' || c == '\'') return take(CToken::Kind::literal, literal_length(at_));
  if (is_digit(c)) return take(CToken::Kind::number, name_length(text_.substr(at_)));
  if (is_name_character(c)) return take(CToken::Kind::name, name_length(text_.substr(at_)));
  return take(CToken::Kind::sign, 1);
}

CToken CScanner::take(CToken::Kind kind, std::size_t length) {
  const CToken token{kind, text_.substr(at_, length), at_};
  at_ += length;
  if (kind != CToken::Kind::comment) line_start_ = false;
  return token;
}

bool CScanner::is_line_end(std::size_t at) const {
  if (text_[at] != '\n') return false;
  if (at > 0 && text_[at - 1] == '\r') --at;
  return at == 0 || text_[at - 1] != '\\';
}

/// Length of the comment that begins at `from`; 0 if none does.
std::size_t CScanner::comment_length(std::size_t from) const {
  const auto rest = text_.substr(from);
  if (rest.starts_with("//")) {
    auto end = from;
    while (end < text_.size() && !is_line_end(end)) ++end;
    return end - from;
  }
  if (!rest.starts_with("/*")) return 0;
  const auto end = rest.find("*/", 2);
  return end == rest.npos ? rest.size() : end + 2;
}

std::size_t CScanner::literal_length(std::size_t from) const {
  auto end = from + 1;
  while (end < text_.size() && !is_line_end(end)) {
    if (text_[end] == text_[from]) return end + 1 - from;
    end += text_[end] == '\\' && end + 1 < text_.size() && text_[end + 1] != '\r' ? 2 : 1;
  }
  return std::min(end, text_.size()) - from;
}

/// A preprocessor line with the lines that continue it; `/* */` belongs to it, `//` does not.
std::size_t CScanner::directive_length() const {
  auto end = at_;
  while (end < text_.size() && !is_line_end(end)) {
    const char c = text_[end];
    if (text_.substr(end, 2) == "//") break;
    const auto comment = comment_length(end);
    end += comment > 0 ? comment : c == '"' || c == '\'' ? literal_length(end) : 1;
  }
  return std::min(end, text_.size()) - at_;
}

LineTable::LineTable(std::string_view text) : text_(text), starts_{0} {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') starts_.push_back(i + 1);
}

LineColumn LineTable::find(std::size_t offset) const {
  const auto line = std::ranges::upper_bound(starts_, offset) - starts_.begin();
  return {static_cast<int>(line), static_cast<int>(offset - starts_[static_cast<std::size_t>(line - 1)] + 1)};
}

std::string_view LineTable::line(int number) const {
  const auto index = static_cast<std::size_t>(number - 1);
  auto text = text_.substr(starts_.at(index));
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace sonda
