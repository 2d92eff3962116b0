#include "read/symbols/symbol_text.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "sonda/symbols.h"

namespace sonda {

std::string_view file_part(std::string_view path) {
  const auto slash = path.starts_with('[') ? path.npos : path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

std::string to_text(const SymbolAt& symbol, std::uint64_t address) {
  auto module = escape_for_terminal(file_part(symbol.module));
  if (module.starts_with('[') && module.ends_with(']')) module = module.substr(1, module.size() - 2);
  if (symbol.name.empty())
    return module.empty() ? fmt::format("{:#x}", address) : fmt::format("[unknown] [{}+{:#x}]", module, symbol.offset);
  auto text = escape_for_terminal(symbol.name);
  if (symbol.offset != 0) text += fmt::format("+{:#x}", symbol.offset);
  if (!module.empty()) text += fmt::format(" [{}]", module);
  return text;
}

}  // namespace sonda
