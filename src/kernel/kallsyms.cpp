#include "kernel/kallsyms.h"

#include <algorithm>
#include <charconv>

namespace sonda {

std::optional<KallsymsLine> parse_kallsyms_line(std::string_view text) {
  KallsymsLine line;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, line.address, 16);
  if (error != std::errc{} || end - rest < 4 || rest[0] != ' ' || rest[2] != ' ') return std::nullopt;
  line.type = rest[1];
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()) + 3);
  const auto name_end = std::min(text.find_first_of(std::string_view(" \t\0", 3)), text.size());
  line.name = text.substr(0, name_end);
  text.remove_prefix(name_end);
  const auto open = text.find('['), close = text.rfind(']');
  if (open < close && close != text.npos) line.module = text.substr(open + 1, close - open - 1);
  if (line.name.empty()) return std::nullopt;
  return line;
}

}  // namespace sonda
