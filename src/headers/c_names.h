// C text as tokens, and what it names and defines by them: enough to know which kernel types it needs.
#pragma once

#include <string_view>
#include <unordered_set>
#include <utility>
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

using NameSet = std::unordered_set<std::string_view>;

/// All views point into the text that was given to collect_names(). Both arms of an #if count.
struct CNames {
  NameSet used;       ///< every identifier, those of macro bodies and directives included
  NameSet used_tags;  ///< what follows struct, union or enum
  NameSet tags;       ///< structs, unions and enums that are defined
  /// Typedefs, enumerators, macros, functions and file-scope variables that are defined; but a macro that the code uses
  /// before it defines it is somebody else's, too.
  NameSet ordinary;
  NameSet tested;                          ///< what conditions of the preprocessor ask about
  std::vector<std::string_view> includes;  ///< FILE of each `#include <FILE>`
  /// Category and name of each `TRACEPOINT_PROBE(CATEGORY, NAME)` and `struct tracepoint__CATEGORY__NAME`.
  std::vector<std::pair<std::string_view, std::string_view>> tracepoints;
  std::vector<std::string_view> iterators;  ///< TARGET of each `BPF_ITER(TARGET)`
};

/// Reads `text`. Text that is not C gives whatever its identifiers give.
CNames collect_names(std::string_view text);

/// The identifiers of `text`, comments and literals left out, in their order.
std::vector<std::string_view> identifiers(std::string_view text);

}  // namespace sonda
