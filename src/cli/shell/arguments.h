// What stands behind a command's name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "typed/text_cursor.h"

namespace sonda::shell {

/// Read from left to right. Errors show the whole line, with a caret.
class Arguments {
 public:
  explicit Arguments(std::string_view line) : cursor_(line) {}

  TextCursor& cursor() noexcept { return cursor_; }
  bool empty() noexcept {
    cursor_.skip_blanks();
    return cursor_.at_end();
  }
  /// The next word, in quotes or bare up to a blank, where a backslash takes the meaning of the next character; nothing
  /// at the end.
  std::optional<std::string> try_word();
  /// The same; throws Error(Stage::usage) that `what` is missing.
  std::string word(std::string_view what);
  /// Whether the next bare word is this one; it is taken then.
  bool take(std::string_view word);
  /// All that is left, without blanks around it.
  std::string_view rest() noexcept;
  /// Takes all that is left.
  std::string_view take_rest() noexcept;
  /// Throws Error(Stage::usage) if there is more.
  void require_end();
  /// With a caret below what was read last.
  Error error(std::string subject, std::string cause, std::string hint = {}) const;

 private:
  TextCursor cursor_;
  std::size_t last_ = 0;
};

/// `text` as a word that try_word() reads back.
std::string quoted_word(std::string_view text);

}  // namespace sonda::shell
