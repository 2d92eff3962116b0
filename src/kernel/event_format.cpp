#include "kernel/event_format.h"

#include <limits>
#include <optional>

#include "base/text.h"

namespace sonda {
namespace {

/// The number of "offset:8", if that is what `part` is.
std::optional<std::uint32_t> number_of(std::string_view part, std::string_view key) {
  if (!part.starts_with(key)) return std::nullopt;
  const auto number = parse_u64(part.substr(key.size()));
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

/// Parts "char prev_comm[16]" into "char[16]" and "prev_comm". False if nothing is declared there.
bool read_declaration(std::string_view text, EventField& field) {
  field.declaration = text;
  auto rest = text;
  while (rest.ends_with(']')) {
    const auto open = rest.rfind('[');
    if (open == rest.npos) return false;
    rest = trim(rest.substr(0, open));
  }
  const auto bounds = trim(text.substr(rest.size()));
  std::size_t begin = rest.size();
  while (begin > 0 && is_name_character(rest[begin - 1])) --begin;
  field.name = rest.substr(begin);
  field.type = trim(rest.substr(0, begin));
  if (field.type.empty() || !is_identifier(field.name)) return false;
  field.type += bounds;
  return true;
}

/// "field:char prev_comm[16];	offset:8;	size:16;	signed:0;"
std::optional<EventField> parse_field(std::string_view line) {
  constexpr std::string_view start = "field:";
  line = trim(line);
  if (!line.starts_with(start)) return std::nullopt;
  const auto parts = split(line.substr(start.size()), ';');
  EventField field;
  if (!read_declaration(trim(parts[0]), field)) return std::nullopt;
  std::optional<std::uint32_t> offset, size;
  for (const auto part : parts) {
    if (const auto number = number_of(trim(part), "offset:")) offset = number;
    if (const auto number = number_of(trim(part), "size:")) size = number;
    if (const auto number = number_of(trim(part), "signed:")) field.is_signed = *number != 0;
  }
  if (!offset || !size) return std::nullopt;
  field.offset = *offset;
  field.size = *size;
  return field;
}

}  // namespace

std::vector<EventField> parse_event_format(std::string_view text) {
  std::vector<EventField> fields;
  for (const auto line : split_lines(text))
    if (auto field = parse_field(line); field && !field->name.starts_with("common_"))
      fields.push_back(std::move(*field));
  return fields;
}

}  // namespace sonda
