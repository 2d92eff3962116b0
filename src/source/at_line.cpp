// One `@` line of a probe file, read word by word, with errors at the word that is wrong.
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

}  // namespace sonda
