// Values of per-CPU maps as people type them: one for all, or one for each.
#include <fmt/format.h>

#include <algorithm>

#include "typed/parse_value.h"

namespace sonda {

std::vector<std::byte> parse_cpu_values(std::string_view text, const Schema& schema, std::uint32_t cpus,
                                        std::size_t stride, const TypedAs& as) {
  TextCursor cursor(text);
  return parse_cpu_values(cursor, schema, cpus, stride, as);
}

std::vector<std::byte> parse_cpu_values(TextCursor& cursor, const Schema& schema, std::uint32_t cpus,
                                        std::size_t stride, const TypedAs& as) {
  std::vector<std::byte> all(stride * cpus);
  const auto put = [&](std::uint32_t cpu, const std::vector<std::byte>& bytes) {
    std::ranges::copy(bytes, all.begin() + static_cast<std::ptrdiff_t>(cpu * stride));
  };
  cursor.skip_blanks();
  const bool said = cursor.rest().starts_with("cpus[");
  const bool is_list = !schema.empty() && schema.types.front().kind == Kind::array;
  if (!said && (is_list || cursor.peek() != '[')) {
    const auto one = parse_value_alone(cursor, schema, as);
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) put(cpu, one);
    return all;
  }
  cursor.go_to(cursor.at() + (said ? std::string_view("cpus[").size() : 1));
  for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
    if (cpu > 0 && !cursor.take(','))
      throw cursor.error(cursor.at(), "value", fmt::format("expected a value for each of {} CPUs", cpus));
    put(cpu, parse_value_in_brackets(cursor, schema, as));
  }
  if (!cursor.take(']'))
    throw cursor.error(cursor.at(), "value", fmt::format("expected ']' after the values of {} CPUs", cpus));
  cursor.require_end();
  return all;
}

}  // namespace sonda
