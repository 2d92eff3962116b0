#include "source/function_text.h"

#include "source/function_finder.h"

namespace sonda {
namespace {

/// Whether a declaration ends with this token, outside of functions.
bool ends_declaration(const CToken& token) {
  return token.kind == CToken::Kind::directive ||
         (token.kind == CToken::Kind::sign && (token.text == ";" || token.text == "}"));
}

}  // namespace

std::optional<LineRange> find_function_text(std::string_view text, std::string_view name) {
  CScanner scanner(text);
  FunctionFinder finder;
  const LineTable lines(text);
  constexpr auto none = std::string_view::npos;
  std::size_t begin = none;  // of what stands outside of functions now
  bool is_wanted = false;
  int last_line = 0;  // of what ended before
  while (const auto token = scanner.next()) {
    const int line = lines.find(token->offset).line;
    // A comment on the line of what it follows belongs to that.
    const bool trails = token->kind == CToken::Kind::comment && begin == none && line == last_line;
    if (!finder.inside_function() && begin == none && !trails) begin = token->offset;
    if (const auto found = finder.feed(*token)) is_wanted = *found == name;
    const auto end_line = lines.find(token->offset + (token->text.empty() ? 0 : token->text.size() - 1)).line;
    if (finder.inside_function()) continue;
    if (is_wanted) return LineRange{lines.find(begin).line, end_line};
    if (ends_declaration(*token)) {
      begin = none;
      last_line = end_line;
    }
  }
  return std::nullopt;
}

}  // namespace sonda
