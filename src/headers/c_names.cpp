#include "headers/c_names.h"

namespace sonda {
namespace {

class Tokeniser {
 public:
  explicit Tokeniser(std::string_view text) : text_(text) { tokens_.reserve(text.size() / 8); }

  std::vector<Token> run() {
    while (at_ < text_.size()) step();
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void step() {
    const char c = peek();
    if (c == '\\' && (peek(1) == '\n' || (peek(1) == '\r' && peek(2) == '\n'))) {
      at_ += peek(1) == '\n' ? 2 : 3;
    } else if (c == '\n') {
      line_start_ = true;
      directive_ = false;
      ++at_;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
      ++at_;
    } else if (c == '/' && peek(1) == '/') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '/' && peek(1) == '*') {
      const auto end = text_.find("*/", at_ + 2);
      at_ = end == std::string_view::npos ? text_.size() : end + 2;
    } else if (c == '"' || c == '\'') {
      skip_literal(c);
    } else {
      take();
    }
  }

  void skip_literal(char quote) {
    for (++at_; at_ < text_.size() && peek() != quote && peek() != '\n'; ++at_)
      if (peek() == '\\') ++at_;
    at_ = std::min(at_ + (peek() == quote ? 1 : 0), text_.size());
    push("\"\"");
  }

  void take() {
    const char c = peek();
    if (c == '#' && line_start_) directive_ = true;
    std::size_t length = 1;
    if (continues_identifier(c))
      while (continues_identifier(peek(length))) ++length;
    push(text_.substr(at_, length));
    at_ += length;
  }

  void push(std::string_view token) {
    tokens_.push_back({token, directive_});
    line_start_ = false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool line_start_ = true, directive_ = false;
  std::vector<Token> tokens_;
};

constexpr std::string_view tracepoint_prefix = "tracepoint__";

bool is_condition(std::string_view directive) {
  return directive == "if" || directive == "ifdef" || directive == "ifndef" || directive == "elif";
}

bool is_tag_keyword(std::string_view token) { return token == "struct" || token == "union" || token == "enum"; }

/// Walks over the tokens outside of directives and notes what they define.
class Definitions {
 public:
  Definitions(const std::vector<std::string_view>& tokens, CNames& names) : tokens_(tokens), names_(names) {}

  void run() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const auto token = tokens_[i];
      if (is_tag_keyword(token)) tag(i);
      if (token == "typedef") type_definition(i + 1);
      if (depth_ == 0 && is_name(token)) file_scope(i);
      if (token == "{" || token == "(") ++depth_;
      if ((token == "}" || token == ")") && depth_ > 0) --depth_;
    }
  }

 private:
  std::string_view at(std::size_t i) const { return i < tokens_.size() ? tokens_[i] : std::string_view(); }

  /// Past the bracket that closes the one at `i`.
  std::size_t past_brackets(std::size_t i) const {
    int open = 0;
    for (; i < tokens_.size(); ++i) {
      const auto token = tokens_[i];
      if (token == "(" || token == "{" || token == "[") ++open;
      if (token == ")" || token == "}" || token == "]")
        if (--open <= 0) return i + 1;
    }
    return i;
  }

  std::size_t past_attributes(std::size_t i) const {
    while (at(i) == "__attribute__") i = past_brackets(i + 1);
    return i;
  }

  void tag(std::size_t i) {
    auto next = past_attributes(i + 1);
    std::string_view name;
    if (is_name(at(next))) name = at(next), next = past_attributes(next + 1);
    if (!name.empty()) names_.used_tags.insert(name);
    if (name.starts_with(tracepoint_prefix)) tracepoint_struct(name.substr(tracepoint_prefix.size()));
    if (at(next) != "{") return;
    if (!name.empty()) names_.tags.insert(name);
    if (at(i) == "enum") enumerators(next);
  }

  void tracepoint_struct(std::string_view name) {
    const auto middle = name.rfind("__");
    if (middle != std::string_view::npos)
      names_.tracepoints.emplace_back(name.substr(0, middle), name.substr(middle + 2));
  }

  void enumerators(std::size_t open) {
    const auto end = past_brackets(open);
    bool expected = true;
    for (auto i = open + 1; i + 1 < end; ++i) {
      if (at(i) == "(") {
        i = past_brackets(i) - 1;
      } else if (at(i) == ",") {
        expected = true;
      } else if (expected && is_name(at(i))) {
        names_.ordinary.insert(at(i));
        expected = false;
      }
    }
  }

  void type_definition(std::size_t i) {
    std::string_view name;
    for (; i < tokens_.size() && at(i) != ";"; ++i) {
      if (at(i) == "__attribute__") {
        i = past_attributes(i) - 1;
      } else if (at(i) == "(" && at(i + 1) == "*" && is_name(at(i + 2))) {
        names_.ordinary.insert(at(i + 2));
        return;
      } else if (at(i) == "(" || at(i) == "{" || at(i) == "[") {
        i = past_brackets(i) - 1;
      } else if (at(i) == ",") {
        names_.ordinary.insert(name);
      } else if (is_name(at(i))) {
        name = at(i);
      }
    }
    if (!name.empty()) names_.ordinary.insert(name);
  }

  /// The fourth argument of `BPF_TABLE("hash", struct key, u64, name, ...)`.
  void table(std::size_t open) {
    const auto end = past_brackets(open);
    int argument = 1;
    for (auto i = open + 1; i < end; ++i) {
      if (at(i) == "(") i = past_brackets(i) - 1;
      if (at(i) == "," && ++argument == 4 && is_name(at(i + 1))) names_.ordinary.insert(at(i + 1));
    }
  }

  /// `int f(`, `u64 x;`, `char *s =`, and the first argument of `BPF_HASH(x, ...)`, which names a map.
  void file_scope(std::size_t i) {
    const auto before = i > 0 ? at(i - 1) : std::string_view(), after = at(i + 1);
    const bool declared = (is_name(before) && !is_tag_keyword(before)) || before == "*" || before == "}";
    if (declared && (after == "(" || after == ";" || after == "=" || after == "[")) names_.ordinary.insert(at(i));
    if (after == "(" && is_name(at(i + 2)) && (at(i + 3) == "," || at(i + 3) == ")")) names_.ordinary.insert(at(i + 2));
    if (after == "(" && (at(i).starts_with("BPF_TABLE") || at(i) == "BPF_F_TABLE")) table(i + 1);
    if (at(i) == "BPF_ITER" && after == "(") names_.iterators.push_back(at(i + 2));
    if (at(i) == "TRACEPOINT_PROBE" && after == "(") names_.tracepoints.emplace_back(at(i + 2), at(i + 4));
  }

  const std::vector<std::string_view>& tokens_;
  CNames& names_;
  int depth_ = 0;
};

/// The file of `#include <FILE>`, which starts at the directive's `#`; the tokens are pieces of one line.
std::string_view included_file(const std::vector<Token>& tokens, std::size_t hash) {
  if (hash + 2 >= tokens.size() || tokens[hash + 1].text != "include" || tokens[hash + 2].text != "<") return {};
  const char* const begin = tokens[hash + 2].text.data() + 1;
  for (std::size_t i = hash + 3; i < tokens.size() && tokens[i].directive; ++i)
    if (tokens[i].text == ">") return {begin, static_cast<std::size_t>(tokens[i].text.data() - begin)};
  return {};
}

}  // namespace

std::vector<Token> tokenise(std::string_view text) { return Tokeniser(text).run(); }

CNames collect_names(std::string_view text) {
  const auto tokens = tokenise(text);
  CNames names;
  std::vector<std::string_view> code;
  code.reserve(tokens.size());
  NameSet used_in_code;
  std::string_view directive;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto& token = tokens[i];
    if (is_name(token.text)) names.used.insert(token.text);
    if (!token.directive) {
      code.push_back(token.text);
      if (is_name(token.text)) used_in_code.insert(token.text);
    } else if (token.text == "#") {
      if (const auto file = included_file(tokens, i); !file.empty()) names.includes.push_back(file);
      directive = i + 1 < tokens.size() ? tokens[i + 1].text : std::string_view();
      if (i + 2 < tokens.size() && directive == "define" && !used_in_code.contains(tokens[i + 2].text))
        names.ordinary.insert(tokens[i + 2].text);
    } else if (is_condition(directive) && is_name(token.text)) {
      names.tested.insert(token.text);
    } else if (is_tag_keyword(token.text) && i + 1 < tokens.size() && is_name(tokens[i + 1].text)) {
      names.used_tags.insert(tokens[i + 1].text);
    }
  }
  Definitions(code, names).run();
  return names;
}

std::vector<std::string_view> identifiers(std::string_view text) {
  std::vector<std::string_view> result;
  for (const auto& token : tokenise(text))
    if (is_name(token.text)) result.push_back(token.text);
  return result;
}

}  // namespace sonda
