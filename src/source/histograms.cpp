#include "source/histograms.h"

#include "source/c_scanner.h"

namespace sonda {

std::vector<std::string> find_histograms(std::string_view text) {
  std::vector<CToken> tokens;
  CScanner scanner(text);
  while (const auto token = scanner.next())
    if (token->kind != CToken::Kind::comment && token->kind != CToken::Kind::directive) tokens.push_back(*token);

  const auto is = [&](std::size_t i, std::string_view word) { return i < tokens.size() && tokens[i].text == word; };
  std::vector<std::string> names;
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (!is(i + 1, "(")) continue;
    auto name = i + 2;
    if (is(i, "BPF_TABLE") && is(i + 2, "\"histogram\"")) {
      for (int commas = 0; name < tokens.size() && commas < 3; ++name) commas += is(name, ",") ? 1 : 0;
    } else if (!is(i, "BPF_HISTOGRAM")) {
      continue;
    }
    if (name < tokens.size() && tokens[name].kind == CToken::Kind::name) names.emplace_back(tokens[name].text);
  }
  return names;
}

}  // namespace sonda
