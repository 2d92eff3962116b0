// Inline functions of the kernel's headers.
#include "kernel/functions.h"

#include <algorithm>

#include "kernel/c_tokens.h"

namespace sonda {

FunctionLibrary::FunctionLibrary(std::string text) : text_(std::move(text)) {
  std::string_view name, before;
  const char* begin = nullptr;
  int depth = 0;
  for (const auto& [token, directive] : tokenise(text_)) {
    if (directive) continue;
    if (depth == 0 && token == "static") begin = token.data(), name = {};
    if (depth == 0 && token == "(" && name.empty()) name = before;
    if (token == "(" || token == "{") ++depth;
    if (token == ")" || token == "}") --depth;
    if (depth == 0 && token == "}" && begin != nullptr && is_name(name)) {
      functions_.emplace(name, std::string_view(begin, static_cast<std::size_t>(token.data() + 1 - begin)));
      begin = nullptr;
    }
    before = token;
  }
}

std::vector<std::string_view> FunctionLibrary::closure(const NameSet& names, const NameSet& defined) const {
  std::vector<std::string_view> result;
  NameSet seen;
  const auto visit = [&](const auto& self, std::string_view name) -> void {
    const auto found = functions_.find(name);
    if (found == functions_.end() || defined.contains(name) || !seen.insert(name).second) return;
    for (const auto needed : identifiers(found->second)) self(self, needed);
    result.push_back(found->first);
  };
  std::vector<std::string_view> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  for (const auto name : sorted) visit(visit, name);
  return result;
}

}  // namespace sonda
