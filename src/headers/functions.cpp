// Inline functions of the kernel's headers.
#include "headers/functions.h"

#include "headers/c_tokens.h"
#include "headers/closure.h"

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
  return closure_of(functions_, names, defined);
}

}  // namespace sonda
