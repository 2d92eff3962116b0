// A line of text that is read from left to right, with errors that show the place.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "sonda/error.h"

namespace sonda {

/// Appends the character in UTF-8.
void append_utf8(std::string& text, char32_t code);

class TextCursor {
 public:
  /// Makes the error for the byte `offset`.
  using MakeError = std::function<Error(std::size_t offset, std::string subject, std::string cause, std::string hint)>;

  explicit TextCursor(std::string_view text) : text_(text) {}
  /// Of a text that stands in another one, which errors are to show.
  TextCursor(std::string_view text, MakeError make_error) : text_(text), make_error_(std::move(make_error)) {}

  std::string_view text() const noexcept { return text_; }
  std::size_t at() const noexcept { return at_; }
  void go_to(std::size_t offset) noexcept { at_ = offset; }
  bool at_end() const noexcept { return at_ == text_.size(); }
  std::string_view rest() const noexcept { return text_.substr(at_); }
  /// The next byte; NUL at the end.
  char peek() const noexcept { return at_end() ? '\0' : text_[at_]; }
  void skip_blanks() noexcept;
  /// Skips blanks, then `c` if it is there.
  bool take(char c) noexcept;
  /// Throws if there is more than blanks.
  void require_end();
  bool at_quote() const noexcept { return peek() == '"' || peek() == '\''; }

  /// What comes up to one of `ends` or the end of the text, without the blanks behind it.
  std::string_view up_to(std::string_view ends) noexcept;
  /// The text in quotes that begins here, what is escaped in it undone. Throws.
  std::string quoted();
  /// `raw`, a part of the text, with \n, \t, \\, \xHH and \u{HHHH} undone, as escape_for_terminal() makes them; before
  /// quotes, too. Throws.
  std::string unescaped(std::string_view raw) const;

  /// Error(Stage::usage) with the line and a caret below the byte `offset`, unless MakeError makes another one.
  Error error(std::size_t offset, std::string subject, std::string cause, std::string hint = {}) const;

 private:
  std::size_t offset_of(std::string_view part) const noexcept {
    return static_cast<std::size_t>(part.data() - text_.data());
  }
  std::string_view text_;
  std::size_t at_ = 0;
  MakeError make_error_;
};

}  // namespace sonda
