#include "compile/large_variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace sonda {
namespace {

constexpr int deepest = 8;

/// "u64 a[4]" taken apart.
struct Field {
  std::string_view type, name;
  std::string_view elements;  ///< what is in the first brackets; empty if it is no array
  std::vector<std::string_view> dimensions;
};

std::optional<Field> read_field(std::string_view text) {
  Field field;
  text = trim(text.substr(0, text.find('=')));
  for (auto open = text.find('['); open != text.npos; open = text.find('[', open + 1))
    if (const auto close = text.find(']', open); close != text.npos)
      field.dimensions.push_back(trim(text.substr(open + 1, close - open - 1)));
  if (!field.dimensions.empty()) field.elements = field.dimensions.front();
  text = trim(text.substr(0, text.find('[')));
  auto start = text.size();
  while (start > 0 && is_name_character(text[start - 1])) --start;
  field.name = text.substr(start);
  field.type = trim(text.substr(0, start));
  const bool is_plain =
      std::ranges::all_of(field.type, [](char c) { return is_name_character(c) || c == ' ' || c == '*'; });
  if (!is_identifier(field.name) || field.type.empty() || !is_plain || field.type == "return" || field.type == "goto")
    return std::nullopt;
  return field;
}

class Sizes {
 public:
  explicit Sizes(std::string_view source) : source_(source) {}

  /// About how many bytes; 0 if that cannot be told.
  std::size_t of(const Field& field, int depth = 0) const {
    std::size_t bytes = of_type(field.type, depth);
    for (const auto dimension : field.dimensions) bytes *= number(dimension);
    return bytes;
  }

 private:
  std::size_t of_type(std::string_view type, int depth) const {
    constexpr std::size_t pointer = 8;
    if (type.ends_with('*')) return pointer;
    if (type.starts_with("const ")) type = trim(type.substr(6));
    if (type.starts_with("struct ")) return depth < deepest ? of_struct(trim(type.substr(7)), depth) : 0;
    const auto has = [&](std::string_view part) { return type.find(part) != type.npos; };
    if (has("char") || has("u8") || has("s8") || has("int8") || has("bool")) return 1;
    if (has("short") || has("16")) return 2;
    if (has("64") || has("long") || has("size_t") || has("double")) return 8;
    if (has("int") || has("32") || has("unsigned") || has("float")) return 4;
    return 0;
  }

  /// Of one that the probe itself defines.
  std::size_t of_struct(std::string_view name, int depth) const {
    const auto head = fmt::format("struct {}", name);
    for (auto at = source_.find(head); at != source_.npos; at = source_.find(head, at + 1)) {
      const auto rest = source_.substr(at + head.size());
      const auto open = rest.find_first_not_of(" \t\n");
      if (open == rest.npos || rest[open] != '{') continue;
      const auto close = rest.find('}', open);
      if (close == rest.npos) return 0;
      std::size_t bytes = 0;
      for (const auto part : split(rest.substr(open + 1, close - open - 1), ';'))
        if (const auto field = read_field(part)) bytes += of(*field, depth + 1);
      return bytes;
    }
    return 0;
  }

  /// What the brackets say: a number, or a macro for one.
  std::size_t number(std::string_view text) const {
    if (const auto value = parse_u64(text)) return *value;
    const auto head = fmt::format("#define {} ", text);
    const auto at = is_identifier(text) ? source_.find(head) : source_.npos;
    if (at == source_.npos) return 0;
    const auto rest = source_.substr(at + head.size());
    return parse_u64(trim(rest.substr(0, rest.find('\n')))).value_or(0);
  }

  std::string_view source_;
};

}  // namespace

std::optional<LargeVariable> largest_variable(std::string_view source, int first, int last) {
  const auto lines = split_lines(source);
  const Sizes sizes(source);
  std::optional<LargeVariable> largest;
  for (int number = std::max(first, 1); number <= last && static_cast<std::size_t>(number) <= lines.size(); ++number) {
    const auto line = lines[static_cast<std::size_t>(number - 1)];
    const auto end = line.find(';');
    if (end == line.npos) continue;
    const auto start = line.find_last_of("{(", std::min(end, line.find('=')));
    const auto field =
        read_field(line.substr(start == line.npos ? 0 : start + 1, end - (start == line.npos ? 0 : start + 1)));
    if (!field || field->type.starts_with("static")) continue;
    const auto bytes = sizes.of(*field);
    if (bytes == 0 || (largest && largest->bytes >= bytes)) continue;
    largest =
        LargeVariable{std::string(field->type), std::string(field->name), std::string(field->elements), bytes, number};
  }
  return largest;
}

std::string way_out(const LargeVariable& variable, std::string_view source) {
  const auto unused = [&](std::string name) {
    while (source.find(name) != source.npos) name += '_';
    return name;
  };
  const bool is_struct = variable.type.starts_with("struct ") && variable.elements.empty();
  const auto type = is_struct ? variable.type : "struct " + unused(variable.name + "_bytes");
  const auto definition =
      is_struct ? std::string()
                : fmt::format("{} {{ {} {}[{}]; }}; ", type, variable.type, variable.name, variable.elements);
  const auto map = unused(variable.name + "_room"), pointer = is_struct ? variable.name : unused("room");
  return fmt::format(
      "keep it in a per-CPU array: {0}BPF_PERCPU_ARRAY({1}, {2}, 1); and in its place u32 zero = 0; {2} *{3} = "
      "{1}.lookup(&zero); if (!{3}) return 0;",
      definition, map, type, pointer);
}

}  // namespace sonda
