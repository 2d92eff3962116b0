#include "typed/text_cursor.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>

#include "base/excerpt.h"

namespace sonda {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

std::optional<std::uint32_t> hexadecimal(std::string_view digits) {
  std::uint32_t number = 0;
  const auto *begin = digits.data(), *end = begin + digits.size();
  const auto [stop, error] = std::from_chars(begin, end, number, 16);
  if (digits.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

/// Takes the escape that `raw` begins with, behind its backslash; false if there is no such.
bool take_escape(std::string_view& raw, std::string& out) {
  if (raw.empty()) return false;
  const char kind = raw.front();
  constexpr std::string_view plain = "\\\"'", names = "nt", meant = "\n\t";
  if (plain.find(kind) != plain.npos) {
    out += kind;
    raw.remove_prefix(1);
    return true;
  }
  if (const auto named = names.find(kind); named != names.npos) {
    out += meant[named];
    raw.remove_prefix(1);
    return true;
  }
  if (kind == 'x' && raw.size() >= 3) {
    const auto byte = hexadecimal(raw.substr(1, 2));
    if (byte) out += static_cast<char>(*byte);
    raw.remove_prefix(3);
    return byte.has_value();
  }
  const auto close = raw.find('}');
  if (!raw.starts_with("u{") || close == raw.npos) return false;
  const auto code = hexadecimal(raw.substr(2, close - 2));
  if (!code || *code > 0x10ffff) return false;
  append_utf8(out, *code);
  raw.remove_prefix(close + 1);
  return true;
}

}  // namespace

void append_utf8(std::string& text, char32_t code) {
  const unsigned more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;  // bytes behind the first
  constexpr char32_t first[] = {0x00, 0xc0, 0xe0, 0xf0};
  text += static_cast<char>(first[more] | code >> 6 * more);
  for (auto left = more; left > 0; --left) text += static_cast<char>(0x80 | (code >> 6 * (left - 1) & 0x3f));
}

void TextCursor::skip_blanks() noexcept {
  while (!at_end() && blanks.find(text_[at_]) != blanks.npos) ++at_;
}

bool TextCursor::take(char c) noexcept {
  skip_blanks();
  if (at_end() || text_[at_] != c) return false;
  ++at_;
  return true;
}

void TextCursor::require_end() {
  skip_blanks();
  if (!at_end()) throw error(at_, std::string(rest()), "there is more than the value");
}

std::string_view TextCursor::up_to(std::string_view ends) noexcept {
  const auto found = text_.find_first_of(ends, at_);
  const auto part = text_.substr(at_, found == text_.npos ? found : found - at_);
  at_ += part.size();
  const auto last = part.find_last_not_of(blanks);
  return last == part.npos ? part.substr(0, 0) : part.substr(0, last + 1);
}

std::string TextCursor::quoted() {
  const auto begin = at_;
  const char quote = text_[at_++];
  const auto from = at_;
  while (!at_end() && text_[at_] != quote) at_ += text_[at_] == '\\' && at_ + 1 < text_.size() ? 2 : 1;
  if (at_end()) throw error(begin, std::string(text_.substr(begin)), fmt::format("the closing {} is missing", quote));
  return unescaped(text_.substr(from, at_++ - from));
}

std::string TextCursor::unescaped(std::string_view raw) const {
  std::string out;
  while (!raw.empty()) {
    const char c = raw.front();
    raw.remove_prefix(1);
    if (c != '\\') {
      out += c;
      continue;
    }
    const auto from = offset_of(raw) - 1;
    if (!take_escape(raw, out))
      throw error(from, std::string(text_.substr(from, 2)), "there is no such escape",
                  R"(there are: \\ \" \' \n \t \xHH \u{HHHH})");
  }
  return out;
}

Error TextCursor::error(std::size_t offset, std::string subject, std::string cause, std::string hint) const {
  if (make_error_) return make_error_(offset, std::move(subject), std::move(cause), std::move(hint));
  Error error(Stage::usage, std::move(subject), std::move(cause), std::move(hint));
  error.with_excerpt(caret_excerpt(text_, offset + 1));
  return error;
}

}  // namespace sonda
