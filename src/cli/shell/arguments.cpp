#include "cli/shell/arguments.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "base/text.h"

namespace sonda::shell {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

}  // namespace

std::optional<std::string> Arguments::try_word() {
  cursor_.skip_blanks();
  last_ = cursor_.at();
  if (cursor_.at_end()) return std::nullopt;
  std::string word;
  while (!cursor_.at_end() && blanks.find(cursor_.peek()) == blanks.npos) {
    if (cursor_.at_quote()) {
      word += cursor_.quoted();
      continue;
    }
    if (cursor_.peek() == '\\' && cursor_.rest().size() > 1) cursor_.go_to(cursor_.at() + 1);
    word += cursor_.peek();
    cursor_.go_to(cursor_.at() + 1);
  }
  return word;
}

std::string Arguments::word(std::string_view what) {
  auto word = try_word();
  if (!word) throw error(std::string(trim(cursor_.text())), fmt::format("{} is missing", what));
  return std::move(*word);
}

bool Arguments::take(std::string_view word) {
  cursor_.skip_blanks();
  const auto rest = cursor_.rest();
  if (!rest.starts_with(word)) return false;
  if (rest.size() > word.size() && blanks.find(rest[word.size()]) == blanks.npos) return false;
  last_ = cursor_.at();
  cursor_.go_to(last_ + word.size());
  return true;
}

std::string_view Arguments::rest() noexcept {
  cursor_.skip_blanks();
  return trim(cursor_.rest());
}

std::string_view Arguments::take_rest() noexcept {
  const auto text = rest();
  last_ = cursor_.at();
  cursor_.go_to(cursor_.text().size());
  return text;
}

void Arguments::require_end() {
  if (empty()) return;
  last_ = cursor_.at();
  throw error(std::string(rest()), "it takes no more than what stands before this");
}

Error Arguments::error(std::string subject, std::string cause, std::string hint) const {
  return cursor_.error(last_, std::move(subject), std::move(cause), std::move(hint));
}

std::string quoted_word(std::string_view text) {
  constexpr std::string_view special = " \t\r\n\v\f\"'\\";
  if (!text.empty() && text.find_first_of(special) == text.npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : escape_for_terminal(text)) quoted += c == '"' ? "\\\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace sonda::shell
