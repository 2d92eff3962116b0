#include "source/at_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/excerpt.h"
#include "base/text.h"

namespace sonda {
namespace {

/// The length of the word at the front of `text`, which is not empty.
std::size_t word_length(std::string_view text) {
  const char quote = text[0];
  if (quote != '"' && quote != '\'') return std::min(text.find_first_of(" \t"), text.size());
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == quote)
      return i + 1;
  }
  return text.size();
}

}  // namespace

SourceLocation ProbeText::at(std::string_view part) const {
  const auto place = lines_.find(static_cast<std::size_t>(part.data() - text_.data()));
  return {file_, place.line, place.column};
}

Error ProbeText::error(std::string_view part, std::string cause, std::string hint) const {
  const auto place = at(part);
  Error error(Stage::source, to_string(place), std::move(cause), std::move(hint));
  return error.with_excerpt(caret_excerpt(lines_.line(place.line), static_cast<std::size_t>(place.column)));
}

std::string_view AtLine::rest() const {
  // An empty rest still tells where it is: trim() would not.
  const auto text = trim(rest_);
  return text.empty() ? rest_.substr(rest_.size()) : text;
}

std::string_view AtLine::word(std::string_view what) {
  const auto text = rest();
  if (text.empty()) throw error(text, fmt::format("{} is missing", what));
  const auto word = text.substr(0, word_length(text));
  rest_ = text.substr(word.size());
  return word;
}

std::string_view AtLine::name(std::string_view what) {
  const auto text = word(what);
  if (!is_identifier(text)) throw error(text, fmt::format("'{}' cannot be {}: it is no C name", text, what));
  return text;
}

void AtLine::end() const {
  if (!at_end()) throw error(rest(), fmt::format("'{}' is too much here", rest()));
}

Error AtLine::error(std::string_view part, std::string cause, std::string hint) const {
  if (hint.empty() && !form_.empty()) hint = fmt::format("written {}", form_);
  return source_.error(part, std::move(cause), std::move(hint));
}

void QuietLines::begin(std::size_t offset) {
  const auto line = lines_.find(offset).line;
  if (line == last_line_)
    add(line, line);
  else
    waiting_ = true;
}

void QuietLines::feed(const CToken& token) {
  last_line_ = lines_.find(token.offset).line;
  if (std::exchange(waiting_, false) && !inside_) {
    inside_ = true;
    first_ = last_line_;
    braces_ = brackets_ = 0;
  }
  if (!inside_ || token.kind != CToken::Kind::sign) return;
  const char sign = token.text[0];
  if (sign == '(') ++brackets_;
  if (sign == ')') --brackets_;
  if (sign == '{') ++braces_;
  if (sign == '}') --braces_;
  const bool ends = (sign == ';' && braces_ <= 0 && brackets_ <= 0) || (sign == '}' && braces_ <= 0);
  if (!ends) return;
  add(first_, last_line_);
  inside_ = false;
}

void QuietLines::add(int from, int to) {
  for (int line = from; line <= to; ++line) found_.push_back(line);
}

std::vector<int> QuietLines::take() {
  if (inside_) add(first_, last_line_);
  std::ranges::sort(found_);
  found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
  return std::move(found_);
}

}  // namespace sonda
