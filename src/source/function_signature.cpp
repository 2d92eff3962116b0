#include "source/function_signature.h"

#include <algorithm>
#include <array>
#include <span>

#include "source/c_scanner.h"

namespace sonda {
namespace {

constexpr std::array<std::string_view, 9> qualifiers{"const",        "volatile", "register", "restrict", "__restrict",
                                                     "__restrict__", "__user",   "__iomem",  "__percpu"};
constexpr std::array<std::string_view, 8> basic{"void", "char", "short", "int", "long", "unsigned", "signed", "float"};

bool is_one_of(std::string_view word, auto& words) { return std::ranges::find(words, word) != std::end(words); }

bool is_sign(const CToken& token, char sign) { return token.kind == CToken::Kind::sign && token.text[0] == sign; }

std::vector<CToken> code_of(std::string_view text) {
  std::vector<CToken> tokens;
  CScanner scanner(text);
  while (const auto token = scanner.next())
    if (token->kind != CToken::Kind::comment && token->kind != CToken::Kind::directive) tokens.push_back(*token);
  return tokens;
}

/// Behind the sign that closes the one at `open`, or the end.
std::size_t past(const std::vector<CToken>& tokens, std::size_t open, char opens, char closes) {
  std::size_t depth = 0;
  for (auto at = open; at < tokens.size(); ++at) {
    if (is_sign(tokens[at], opens)) ++depth;
    if (is_sign(tokens[at], closes) && --depth == 0) return at + 1;
  }
  return tokens.size();
}

WrittenType type_of(std::span<const CToken> tokens) {
  WrittenType type;
  std::vector<std::string_view> words;
  bool name_is_last = false;
  for (const auto& token : tokens) {
    if (is_sign(token, '[')) ++type.pointers;
    if (is_sign(token, '*')) ++type.pointers, name_is_last = false;
    if (token.kind != CToken::Kind::name || is_one_of(token.text, qualifiers)) continue;
    words.push_back(token.text);
    name_is_last = true;
  }
  const bool tagged = !words.empty() && (words[0] == "struct" || words[0] == "union" || words[0] == "enum");
  // The parameter's own name.
  if (name_is_last && words.size() > (tagged ? 2U : 1U) && !is_one_of(words.back(), basic)) words.pop_back();
  for (const auto word : words) type.name += (type.name.empty() ? "" : " ") + std::string(word);
  return type;
}

std::vector<WrittenType> parameters_of(std::span<const CToken> tokens) {
  std::vector<WrittenType> types;
  std::size_t depth = 0, from = 0;
  const auto add = [&](std::size_t end) {
    auto type = type_of(tokens.subspan(from, end - from));
    if (!type.name.empty() && type != WrittenType{"void", 0}) types.push_back(std::move(type));
    from = end + 1;
  };
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    if (is_sign(tokens[at], '(')) ++depth;
    if (is_sign(tokens[at], ')')) --depth;
    if (is_sign(tokens[at], ',') && depth == 0) add(at);
  }
  if (from < tokens.size()) add(tokens.size());
  return types;
}

}  // namespace

std::optional<FunctionSignature> signature_of(std::string_view text, std::string_view function) {
  const auto tokens = code_of(text);
  for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
    if (tokens[at].kind != CToken::Kind::name || tokens[at].text != function || !is_sign(tokens[at + 1], '(')) continue;
    const auto body = past(tokens, at + 1, '(', ')');
    if (body >= tokens.size() || !is_sign(tokens[body], '{')) continue;
    FunctionSignature signature{.parameters = parameters_of(std::span(tokens).subspan(at + 2, body - at - 3)),
                                .body_names = {}};
    const auto end = past(tokens, body, '{', '}');
    for (auto inside = body; inside < end; ++inside)
      if (tokens[inside].kind == CToken::Kind::name) signature.body_names.push_back(tokens[inside].text);
    return signature;
  }
  return std::nullopt;
}

}  // namespace sonda
