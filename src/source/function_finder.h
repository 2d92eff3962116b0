// Which functions a C text defines, and where.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/c_scanner.h"

namespace sonda {

/// Told one token after the other, notes where function definitions begin. Knows the macros of BCC that make the name
/// of a function (TRACEPOINT_PROBE and its like). Each branch of an #if starts from what stood before the #if.
/// The text that the tokens point into must outlive this.
class FunctionFinder {
 public:
  /// The name of the function whose body begins with this token.
  std::optional<std::string> feed(const CToken& token);
  /// Whether what comes next stands inside a function's body.
  bool inside_function() const { return state_.in_function; }

 private:
  struct State {
    int braces = 0, parentheses = 0;
    bool initializes = false;                 ///< a `=` was seen: braces that follow hold values
    bool collects = false;                    ///< inside the parentheses after the candidate
    int names = 0;                            ///< names without parentheses between them, up to here
    std::string_view last_name;               ///< the token before this one, if a name
    std::string_view candidate;               ///< what this declaration declares, if it is a function
    std::array<std::string_view, 2> words{};  ///< the first names inside the candidate's parentheses
    bool in_function = false;                 ///< these braces are the candidate's body
  };
  void name(std::string_view text);
  void directive(std::string_view text);
  std::optional<std::string> sign(char c);
  std::optional<std::string> open_brace();
  void close_brace();
  void open_parenthesis();
  void close_parenthesis();

  State state_;
  std::vector<State> before_branches_;
};

/// Lines of a file, from 1, both included.
struct LineRange {
  int first = 0, last = 0;
};

/// The definition of function `name`, with the comments right above it; nothing if the text defines no such function.
std::optional<LineRange> find_function_text(std::string_view text, std::string_view name);

}  // namespace sonda
