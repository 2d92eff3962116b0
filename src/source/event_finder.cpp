#include "source/event_finder.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>

#include "base/text.h"
#include "source/c_scanner.h"

namespace sonda {
namespace {

/// A method that submits, and which of its arguments is the event.
struct Method {
  std::string_view name;
  std::size_t argument;
};
constexpr auto methods = std::to_array<Method>({{"perf_submit", 1}, {"ringbuf_output", 0}, {"ringbuf_submit", 0}});

bool is_keyword(std::string_view name) {
  constexpr auto words =
      std::to_array<std::string_view>({"return", "goto", "else", "case", "sizeof", "const", "volatile", "static",
                                       "inline", "typedef", "struct", "union", "enum"});
  return std::ranges::find(words, name) != words.end();
}

class EventFinder {
 public:
  explicit EventFinder(std::string_view text) : lines_(text) {
    CScanner scanner(text);
    while (const auto token = scanner.next())
      if (token->kind != CToken::Kind::comment && token->kind != CToken::Kind::directive) tokens_.push_back(*token);
  }

  std::vector<EventType> find() {
    int depth = 0;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (is(i, "{")) ++depth;
      if (is(i, "}") && --depth <= 0) {
        depth = 0;
        variables_.clear();  // the function's end
      }
      if (is_name(i)) {
        declaration(i);
        call(i);
      }
    }
    std::vector<EventType> result;
    for (auto& [map, event] : found_)
      if (event) result.push_back(std::move(*event));
    return result;
  }

 private:
  bool is(std::size_t i, std::string_view text) const { return i < tokens_.size() && tokens_[i].text == text; }
  bool is_name(std::size_t i) const { return i < tokens_.size() && tokens_[i].kind == CToken::Kind::name; }

  /// `struct T x`, `T x`, `struct T *x`, followed by what ends a declarator.
  void declaration(std::size_t i) {
    const bool tagged = is(i, "struct") || is(i, "union");
    const auto type = tagged ? i + 1 : i;
    if (!is_name(type) || (!tagged && is_keyword(tokens_[i].text))) return;
    auto variable = type + 1;
    while (is(variable, "*")) ++variable;
    if (!is_name(variable) || is_keyword(tokens_[variable].text)) return;
    const auto after = variable + 1;
    if (!is(after, ";") && !is(after, "=") && !is(after, ",") && !is(after, ")")) return;
    if (!tagged && i > 0 && (is(i - 1, "struct") || is(i - 1, "union") || is(i - 1, "."))) return;
    variables_[tokens_[variable].text] =
        tagged ? std::string(tokens_[i].text) + " " + std::string(tokens_[type].text) : std::string(tokens_[type].text);
  }

  /// `MAP.method(`.
  void call(std::size_t i) {
    if (!is(i + 1, ".") || !is_name(i + 2) || !is(i + 3, "(")) return;
    if (tokens_[i + 2].text == "ringbuf_reserve") return submitted(i, size_of(i + 4));
    const auto method = std::ranges::find(methods, tokens_[i + 2].text, &Method::name);
    if (method != methods.end()) submitted(i, type_of_argument(i + 4, method->argument));
  }

  std::optional<std::string> size_of(std::size_t i) const {
    if (!is(i, "sizeof") || !is(i + 1, "(")) return std::nullopt;
    const auto name = is(i + 2, "*") ? i + 3 : i + 2;  // of what a variable points to
    if (!is_name(name)) return std::nullopt;
    const bool tagged = is(name, "struct") || is(name, "union");
    if (tagged && is_name(name + 1) && is(name + 2, ")"))
      return std::string(tokens_[name].text) + " " + std::string(tokens_[name + 1].text);
    if (!is(name + 1, ")")) return std::nullopt;
    const auto variable = variables_.find(tokens_[name].text);
    return variable != variables_.end() ? variable->second : std::string(tokens_[name].text);
  }

  /// Of the argument with that number; `i` is the first token of the first one.
  std::optional<std::string> type_of_argument(std::size_t i, std::size_t number) const {
    int depth = 0;
    for (; number > 0 && i < tokens_.size(); ++i) {
      if (is(i, "(")) ++depth;
      if (is(i, ")") && depth-- == 0) return std::nullopt;
      if (is(i, ",") && depth == 0) --number;
    }
    while (is(i, "(")) {  // a cast
      while (i < tokens_.size() && !is(i, ")")) ++i;
      ++i;
    }
    if (is(i, "&")) ++i;
    if (!is_name(i) || (!is(i + 1, ",") && !is(i + 1, ")"))) return std::nullopt;
    const auto variable = variables_.find(tokens_[i].text);
    return variable != variables_.end() ? std::optional(variable->second) : std::nullopt;
  }

  void submitted(std::size_t map, const std::optional<std::string>& type) {
    const auto at = lines_.find(tokens_[map].offset);
    const std::string name(tokens_[map].text);
    if (!type) {
      found_[name] = std::nullopt;
      return;
    }
    const auto [before, is_new] = found_.try_emplace(name, EventType{name, *type, {{}, at.line, at.column}});
    if (!is_new && before->second && before->second->type != *type) before->second = std::nullopt;
  }

  LineTable lines_;
  std::vector<CToken> tokens_;
  std::map<std::string_view, std::string> variables_;
  std::map<std::string, std::optional<EventType>> found_;
};

}  // namespace

std::vector<EventType> find_event_types(std::string_view text) { return EventFinder(text).find(); }

std::vector<EventType> find_unsaid_event_types(const ProbeSource& source) {
  auto found = find_event_types(source.text());
  std::erase_if(found, [&](const EventType& event) {
    return std::ranges::find(source.event_types(), event.map, &EventType::map) != source.event_types().end();
  });
  return found;
}

}  // namespace sonda
