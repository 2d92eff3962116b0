#include "compile/worker/data_sections.h"

#include <linux/bpf.h>

#include <algorithm>

#include "image/schema_from_btf.h"

namespace sonda {
namespace {

/// LLVM's own names, which no C name can be.
bool is_private(const ObjectSymbol& symbol) { return symbol.name.starts_with(".L"); }

/// What has a name in a section, in the order of places.
std::vector<const ObjectSymbol*> named_in(const BpfObject& object, std::uint32_t section) {
  std::vector<const ObjectSymbol*> result;
  for (const auto& symbol : object.symbols)
    if (symbol.is_object && symbol.section == section && symbol.size > 0 && !is_private(symbol))
      result.push_back(&symbol);
  std::ranges::sort(result, {}, &ObjectSymbol::value);
  // Two names of one place are the same variable.
  const auto same = std::ranges::unique(result, {}, &ObjectSymbol::value);
  result.erase(same.begin(), same.end());
  return result;
}

/// Puts a type and those that it is made of behind the others; gives its index.
std::uint32_t append(Schema& schema, Schema more) {
  const auto first = static_cast<std::uint32_t>(schema.types.size());
  for (auto& type : more.types) {
    if (type.kind == Kind::array) type.element += first;
    for (auto& field : type.fields) field.type += first;
    schema.types.push_back(std::move(type));
  }
  return first;
}

}  // namespace

bool is_data(const ObjectSection& section) {
  const auto is = [&](std::string_view name) {
    return section.name == name || section.name.starts_with(std::string(name) + ".");
  };
  return section.is_allocated && !section.is_code && (is(".rodata") || is(".data") || is(".bss"));
}

MapSpec data_map(const BpfObject& object, std::uint32_t number, UserBtf& types) {
  const auto& section = object.sections[number];
  const auto size = static_cast<std::uint32_t>(section.size);
  const bool is_constant = section.name.starts_with(".rodata");
  MapSpec map{.name = section.name,
              .type = BPF_MAP_TYPE_ARRAY,
              .key_size = sizeof(std::uint32_t),
              .value_size = size,
              .max_entries = 1,
              .flags = is_constant ? std::uint32_t{BPF_F_RDONLY_PROG} : 0,
              .key = plain_integer(sizeof(std::uint32_t)),
              .holds = is_constant ? Holds::constants : Holds::variables};
  map.initial.assign(section.bytes.begin(), section.bytes.end());
  map.initial.resize(size);

  map.value.types.push_back({.kind = Kind::structure, .size = size});
  std::vector<PlacedVariable> described;
  for (const auto* symbol : named_in(object, number)) {
    const auto offset = static_cast<std::uint32_t>(symbol->value), bytes = static_cast<std::uint32_t>(symbol->size);
    const auto variable = types.find_variable(symbol->name);
    // The optimizer keeps parts of variables under names of their own, which have no type.
    const bool is_typed = variable != 0 && types.variable_size(variable) == bytes;
    if (!is_typed && is_constant) continue;
    if (is_typed) described.push_back({variable, offset, bytes});
    const auto type = append(
        map.value, is_typed ? schema_from_btf(*types.get(), types.variable_type(variable)) : plain_integer(bytes));
    map.value.types.front().fields.push_back({.name = symbol->name, .type = type, .bit_offset = offset * 8});
  }
  if (map.value.types.front().fields.empty()) map.value = plain_bytes(size);
  map.btf_value_type = types.add_section(section.name, size, described);
  return map;
}

std::optional<std::string> address_table_at(const BpfObject& object, std::uint32_t number, std::uint64_t offset) {
  const auto& section = object.sections[number];
  if (section.relocations.empty()) return std::nullopt;
  for (const auto& symbol : object.symbols) {
    if (!symbol.is_object || symbol.section != number || offset < symbol.value || offset >= symbol.value + symbol.size)
      continue;
    const bool holds = std::ranges::any_of(section.relocations, [&](const ObjectRelocation& relocation) {
      return relocation.offset >= symbol.value && relocation.offset < symbol.value + symbol.size;
    });
    return holds ? std::optional(symbol.name) : std::nullopt;
  }
  return section.name;
}

}  // namespace sonda
