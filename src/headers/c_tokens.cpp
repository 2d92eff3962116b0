// C text cut into tokens.
#include "headers/c_tokens.h"

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

}  // namespace

std::vector<Token> tokenise(std::string_view text) { return Tokeniser(text).run(); }

}  // namespace sonda
