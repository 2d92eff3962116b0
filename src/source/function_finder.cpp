#include "source/function_finder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sonda {
namespace {

/// Names with parentheses that a declaration may carry beside its own.
bool is_attribute(std::string_view name) {
  constexpr auto words =
      std::to_array<std::string_view>({"__attribute__", "__attribute", "_Alignas", "__aligned", "__section", "SEC",
                                       "__typeof__", "typeof", "__typeof", "_Pragma", "__asm__", "__asm", "asm"});
  return std::ranges::find(words, name) != words.end();
}

/// The function that one of BCC's macros defines.
std::string function_name(std::string_view candidate, const std::array<std::string_view, 2>& words) {
  struct Macro {
    std::string_view name, prefix;
    std::size_t words;
  };
  constexpr auto macros = std::to_array<Macro>({{"TRACEPOINT_PROBE", "tracepoint", 2},
                                                {"RAW_TRACEPOINT_PROBE", "raw_tracepoint", 1},
                                                {"KFUNC_PROBE", "kfunc", 1},
                                                {"KRETFUNC_PROBE", "kretfunc", 1},
                                                {"LSM_PROBE", "lsm", 1},
                                                {"KMOD_RET", "kmod_ret", 1},
                                                {"BPF_ITER", "bpf_iter", 1},
                                                {"BPF_PROG", "", 1}});
  const auto macro = std::ranges::find(macros, candidate, &Macro::name);
  if (macro == macros.end() || words[macro->words - 1].empty()) return std::string(candidate);
  if (macro->prefix.empty()) return std::string(words[0]);
  return macro->words == 1 ? fmt::format("{}__{}", macro->prefix, words[0])
                           : fmt::format("{}__{}__{}", macro->prefix, words[0], words[1]);
}

/// Whether a declaration ends with this token, outside of functions.
bool ends_declaration(const CToken& token) {
  return token.kind == CToken::Kind::directive ||
         (token.kind == CToken::Kind::sign && (token.text == ";" || token.text == "}"));
}

}  // namespace

std::optional<std::string> FunctionFinder::feed(const CToken& token) {
  using Kind = CToken::Kind;
  if (token.kind == Kind::sign) return sign(token.text[0]);
  if (token.kind == Kind::directive) directive(token.text);
  if (token.kind == Kind::name && state_.braces == 0) name(token.text);
  if (token.kind == Kind::literal || token.kind == Kind::number) state_.last_name = {};
  return std::nullopt;
}

void FunctionFinder::name(std::string_view text) {
  state_.last_name = text;
  if (state_.parentheses == 0) ++state_.names;
  if (!state_.collects || state_.parentheses != 1) return;
  if (const auto free = std::ranges::find(state_.words, std::string_view()); free != state_.words.end()) *free = text;
}

void FunctionFinder::directive(std::string_view text) {
  const auto word = trim(text.substr(1));
  if (word.starts_with("if")) return before_branches_.push_back(state_);
  if (before_branches_.empty()) return;
  if (word.starts_with("el")) state_ = before_branches_.back();
  if (word.starts_with("endif")) before_branches_.pop_back();
}

std::optional<std::string> FunctionFinder::sign(char c) {
  std::optional<std::string> begun;
  if (c == '{') {
    begun = open_brace();
  } else if (c == '}') {
    close_brace();
  } else if (state_.braces > 0) {
    return std::nullopt;
  } else if (c == '(') {
    open_parenthesis();
  } else if (c == ')') {
    close_parenthesis();
  } else if (c == ';') {
    state_ = {};
  } else if (c == '=' && state_.parentheses == 0) {
    state_.initializes = true;
  }
  state_.last_name = {};
  return begun;
}

std::optional<std::string> FunctionFinder::open_brace() {
  // Braces inside parentheses belong to an expression.
  const bool begins = state_.braces == 0 && state_.parentheses == 0 && !state_.initializes && !state_.candidate.empty();
  ++state_.braces;
  if (!begins) return std::nullopt;
  state_.in_function = true;
  return function_name(state_.candidate, state_.words);
}

void FunctionFinder::close_brace() {
  if (state_.braces > 0) --state_.braces;
  if (state_.braces == 0 && state_.in_function) state_ = {};
}

void FunctionFinder::open_parenthesis() {
  // In `MACRO(x) int f(...)` it is f, in `int f(...) MACRO(x)` too: a name of its own has a type before it.
  const bool names_it = state_.parentheses == 0 && !state_.last_name.empty() && !is_attribute(state_.last_name) &&
                        (state_.candidate.empty() || state_.names > 1);
  if (names_it) {
    state_.candidate = state_.last_name;
    state_.words = {};
    state_.collects = true;
  }
  ++state_.parentheses;
}

void FunctionFinder::close_parenthesis() {
  if (state_.parentheses > 0) --state_.parentheses;
  if (state_.parentheses > 0) return;
  state_.collects = false;
  state_.names = 0;
}

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
