#include "bcc/recorder/listed_functions.h"

#include "base/files.h"

namespace sonda::bcc {

bool lists_function(std::string_view symbols, std::string_view name) {
  const auto wanted = " " + std::string(name);
  constexpr std::string_view kinds = "tTwW";
  for (auto at = symbols.find(wanted); at != symbols.npos; at = symbols.find(wanted, at + 1)) {
    const auto end = at + wanted.size();
    const bool is_whole = end == symbols.size() || symbols[end] == '\n' || symbols[end] == '\t';
    if (is_whole && at > 0 && kinds.find(symbols[at - 1]) != kinds.npos) return true;
  }
  return false;
}

bool kernel_has_function(std::string_view name) {
  static const auto symbols = try_read_file("/proc/kallsyms");
  return !symbols || symbols->empty() || lists_function(*symbols, name);
}

}  // namespace sonda::bcc
