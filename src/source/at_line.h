// One `@` line of a probe file, read word by word, with errors at the word that is wrong.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/error.h"
#include "sonda/probe_source.h"
#include "source/c_scanner.h"

namespace sonda {

/// A probe file's name, text and lines; makes errors that name a place in it.
class ProbeText {
 public:
  ProbeText(const std::string& file, std::string_view text) : file_(file), text_(text), lines_(text) {}
  std::string_view text() const { return text_; }
  /// Where `part`, a piece of text(), begins.
  SourceLocation at(std::string_view part) const;
  Error error(std::string_view part, std::string cause, std::string hint) const;

 private:
  const std::string& file_;
  std::string_view text_;
  LineTable lines_;
};

/// The words after the `@` of one line.
class AtLine {
 public:
  /// `words` is the piece of the file's text behind the `@`; `form` shows in hints how such a line is written.
  AtLine(const ProbeText& source, std::string_view words) : source_(source), rest_(words) {}

  void set_form(std::string_view form) { form_ = form; }
  /// What is left, without blanks around it.
  std::string_view rest() const;
  bool at_end() const { return rest().empty(); }
  /// The next word up to a blank; a quoted one is taken with its blanks and its quotes. Throws if there is none.
  std::string_view word(std::string_view what);
  /// The next word, which must be a C name.
  std::string_view name(std::string_view what);
  /// Throws if anything is left.
  void end() const;
  Error error(std::string_view part, std::string cause, std::string hint = {}) const;

 private:
  const ProbeText& source_;
  std::string_view rest_, form_;
};

/// Is fed with a file's tokens. An `@quiet` speaks of the statement or the function that follows it; where it stands
/// behind code, of its own line.
class QuietLines {
 public:
  explicit QuietLines(std::string_view text) : lines_(text) {}
  /// An `@quiet` was read, at `offset` of the text.
  void begin(std::size_t offset);
  /// Anything but a comment.
  void feed(const CToken& token);
  /// All of them, ascending, each once.
  std::vector<int> take();

 private:
  void add(int from, int to);

  LineTable lines_;
  std::vector<int> found_;
  int last_line_ = 0;  ///< of the token before
  bool waiting_ = false, inside_ = false;
  int first_ = 0;                  ///< of the statement
  int braces_ = 0, brackets_ = 0;  ///< open in it
};

}  // namespace sonda
