// Values so that they can be typed.
#include "base/escape.h"
#include "base/text.h"
#include "typed/parse_value.h"

namespace sonda {
namespace {

/// Text that parse_value() takes as it is, inside brackets.
bool is_plain(const std::string& text) {
  constexpr std::string_view apart = ",{}[]()='\" \t";
  return !text.empty() && text.find_first_of(apart) == text.npos;
}

struct TypedWriter {
  std::string operator()(const std::string& text) const {
    if (is_plain(text)) return escape_for_terminal(text);
    std::string quoted = "\"";
    for (const char c : escape_for_terminal(text)) quoted += c == '"' ? "\\\"" : std::string(1, c);
    return quoted + '"';
  }
  std::string operator()(const List& list) const {
    std::vector<std::string> parts;
    for (const auto& element : list) parts.push_back(to_typed_text(element));
    return "[" + join(parts, ", ") + "]";
  }
  std::string operator()(const Fields& fields) const {
    std::vector<std::string> parts;
    for (const auto& [name, value] : fields) parts.push_back(name + "=" + to_typed_text(value));
    return "{" + join(parts, ", ") + "}";
  }
  template <class Plain>
  std::string operator()(const Plain& value) const {
    return to_text(Value(value));
  }
};

}  // namespace

std::string to_typed_text(const Value& value) { return std::visit(TypedWriter{}, value.storage()); }

}  // namespace sonda
