// The lines that an `// @quiet` speaks of.
#pragma once

#include <vector>

#include "source/c_scanner.h"

namespace sonda {

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
