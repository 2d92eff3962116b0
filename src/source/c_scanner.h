// C source taken apart just far enough to find comments and the names of functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace sonda {

struct CToken {
  enum class Kind { comment, name, literal, number, directive, sign };
  Kind kind = Kind::sign;
  std::string_view text;   ///< comments with their delimiters; of a preprocessor line, what stands before a `//` in it
  std::size_t offset = 0;  ///< of its first byte
};

/// Gives the tokens of a text one by one. Accepts any bytes: what is no C comes as signs, one byte each, and what is
/// not terminated ends with its line or with the text.
class CScanner {
 public:
  explicit CScanner(std::string_view text);
  /// The next token; nothing at the end.
  std::optional<CToken> next();

 private:
  CToken take(CToken::Kind kind, std::size_t length);
  std::size_t comment_length(std::size_t from) const;
  std::size_t literal_length(std::size_t from) const;
  std::size_t directive_length() const;
  bool is_line_end(std::size_t at) const;

  std::string_view text_;
  std::size_t at_ = 0;
  bool line_start_ = true;  ///< nothing but blanks and comments so far on this line
};

/// A place in a text. Both count from 1; columns in bytes.
struct LineColumn {
  int line = 0, column = 0;
};

/// Finds line and column of offsets.
class LineTable {
 public:
  explicit LineTable(std::string_view text);
  LineColumn find(std::size_t offset) const;
  /// The line, from 1, without its end.
  std::string_view line(int number) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

/// Letters, digits and underscores that `text` begins with.
std::size_t name_length(std::string_view text);

/// Whether `text` is one number, name, string or character literal of C, or a number after a minus.
bool is_c_value(std::string_view text);

}  // namespace sonda
