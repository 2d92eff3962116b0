// C text cut into tokens.
#pragma once

#include <string_view>
#include <vector>

namespace sonda {

/// An identifier or number is one token, a literal is `""`, anything else is one character. In a directive each token
/// is marked; its first is `#`.
struct Token {
  std::string_view text;
  bool directive = false;
};

/// All tokens; comments and line continuations are gone. The views point into `text`.
std::vector<Token> tokenise(std::string_view text);

inline bool starts_identifier(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
inline bool continues_identifier(char c) { return starts_identifier(c) || (c >= '0' && c <= '9'); }
inline bool is_name(std::string_view token) { return !token.empty() && starts_identifier(token.front()); }

}  // namespace sonda
