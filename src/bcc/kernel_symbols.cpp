#include "bcc/kernel_symbols.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/files.h"
#include "kernel/kallsyms.h"

namespace sonda::bcc {
namespace {

// Below it are offsets into the memory of each CPU, and the like.
constexpr std::uint64_t first_of_kernel = 0x00ffffffffffffff;

bool is_data(char type) { return std::strchr("bBdDrR", type) != nullptr; }

}  // namespace

void KernelSymbols::read() {
  if (is_read_) return;
  is_read_ = true;
  text_ = try_read_file("/proc/kallsyms").value_or("");
  const auto place_of = [this](std::string_view part) {
    return static_cast<std::uint32_t>(part.data() - text_.data());
  };
  for (std::size_t at = 0; at < text_.size();) {
    const auto end = std::min(text_.find('\n', at), text_.size());
    const auto line = parse_kallsyms_line(std::string_view(text_).substr(at, end - at));
    at = end + 1;
    if (!line || line->address < first_of_kernel || line->address == ~0UL || is_data(line->type)) continue;
    lines_.push_back({line->address, place_of(line->name), line->module.empty() ? 0 : place_of(line->module)});
    // Both are read as texts of C from here on. The last line may have no end.
    for (const auto part : {line->name, line->module})
      if (const auto behind = place_of(part) + part.size(); !part.empty() && behind < text_.size())
        text_[behind] = '\0';
  }
}

std::optional<KernelSymbols::Symbol> KernelSymbols::at(std::uint64_t address) {
  read();
  if (!is_sorted_) std::ranges::sort(lines_, {}, [](const Line& line) { return std::pair(line.address, line.name); });
  is_sorted_ = true;
  auto found = std::ranges::upper_bound(lines_, address, {}, &Line::address);
  if (found == lines_.begin()) return std::nullopt;
  --found;
  return Symbol{.name = text_.c_str() + found->name,
                .module = found->module == 0 ? "kernel" : text_.c_str() + found->module,
                .offset = address - found->address};
}

std::optional<std::uint64_t> KernelSymbols::address_of(std::string_view name) {
  read();
  std::optional<std::uint64_t> highest;
  for (const auto& line : lines_)
    if (name == text_.c_str() + line.name) highest = std::max(highest.value_or(0), line.address);
  return highest;
}

}  // namespace sonda::bcc
