#include "image/bytes.h"

#include <fmt/format.h>

namespace sonda {

void Reader::refuse(std::string cause) const { throw Error(stage_, subject_, std::move(cause)); }

std::span<const std::byte> Reader::raw(std::size_t size) {
  if (size > rest_.size())
    refuse(fmt::format("it is cut short: {} more bytes were expected, {} are left", size, rest_.size()));
  const auto taken = rest_.first(size);
  rest_ = rest_.subspan(size);
  return taken;
}

std::span<const std::byte> Reader::bytes(std::size_t limit) {
  const auto size = number<std::uint64_t>();
  if (size > limit) refuse(fmt::format("it holds a text of {} bytes where at most {} are allowed", size, limit));
  return raw(size);
}

std::string Reader::text(std::size_t limit) {
  const auto content = bytes(limit);
  std::string text(content.size(), '\0');
  for (std::size_t i = 0; i < content.size(); ++i) text[i] = std::to_integer<char>(content[i]);
  return text;
}

bool Reader::boolean() {
  const auto value = number<std::uint8_t>();
  if (value > 1) refuse("it holds an unknown value");
  return value == 1;
}

std::size_t Reader::count(std::size_t least) {
  const auto items = number<std::uint64_t>();
  if (items > rest_.size() / (least == 0 ? 1 : least))
    refuse(fmt::format("it is cut short: it claims {} items in {} bytes", items, rest_.size()));
  return items;
}

void Reader::require_end() const {
  if (!rest_.empty()) refuse(fmt::format("{} bytes are left over at its end", rest_.size()));
}

}  // namespace sonda
