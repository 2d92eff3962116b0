#include "headers/padding.h"

#include <fmt/format.h>

#include <algorithm>

#include "headers/kernel_types.h"
#include "image/schema_from_btf.h"

namespace sonda {

int Padding::array_of(std::uint32_t bytes) {
  auto known = std::ranges::find(lengths_, bytes);
  if (known == lengths_.end()) known = lengths_.insert(known, bytes);
  return static_cast<int>(first_ + 2 + static_cast<std::uint32_t>(known - lengths_.begin()));
}

void Padding::fill(std::uint32_t end, std::uint32_t next, std::uint32_t alignment) {
  const auto from = (end + 7) / 8, to = next / 8;
  const auto aligned = (from + alignment - 1) / alignment * alignment;
  if (to <= from || (aligned == to && next % 8 == 0)) return;
  // Of all structs each has another name: those without a name share the names of the one around them.
  const auto name = fmt::format("{}{}", padding_prefix, members_++);
  must_write(btf__add_field(&to_, name.c_str(), array_of(to - from), from * 8, 0));
}

void Padding::add_types() {
  if (lengths_.empty()) return;
  const int byte = must_write(btf__add_int(&to_, "unsigned char", 1, 0));
  const int index = must_write(btf__add_int(&to_, "unsigned int", 4, 0));
  for (const auto length : lengths_) must_write(btf__add_array(&to_, index, byte, length));
}

}  // namespace sonda
