#include "compile/worker/user_btf.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "compile/diagnostics.h"
#include "sonda/error.h"

namespace sonda {
namespace {

// Where struct btf_ext_header (linux/btf.h, .BTF.ext) says where its two tables are: offset, then length.
constexpr std::size_t header_length_field = 4, func_info_field = 8, line_info_field = 16;

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t offset) {
  std::uint32_t value = 0;
  if (offset + sizeof value > bytes.size()) throw Error(Stage::compile, "the compiler's BTF", "it is cut short");
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// LLVM leaves the sizes of sections and the places of variables in them to a linker that BPF does not have. The kernel
/// wants them right.
void place_variables(btf* types) {
  for (std::uint32_t id = 1; id < btf__type_cnt(types); ++id) {
    auto* type = const_cast<btf_type*>(btf__type_by_id(types, id));  // libbpf hands out its own memory to be edited
    if (!btf_is_datasec(type)) continue;
    auto* variables = btf_var_secinfos(type);
    std::uint32_t end = 0;
    for (std::uint32_t i = 0; i < btf_vlen(type); ++i) {
      const auto align = static_cast<std::uint32_t>(std::max(btf__align_of(types, variables[i].type), 1));
      const auto size = btf__resolve_size(types, variables[i].type);
      variables[i].offset = (end + align - 1) / align * align;
      variables[i].size = static_cast<std::uint32_t>(std::max<std::int64_t>(size, 1));
      end = variables[i].offset + variables[i].size;
    }
    type->size = std::max(end, 1U);
  }
}

/// The place that a line record says, in the text as it was compiled.
TextPlace compiled_place(const std::vector<std::uint32_t>& record) {
  constexpr std::uint32_t column_bits = 10;
  const auto place = record.at(3);
  return {place >> column_bits, place & ((1U << column_bits) - 1)};
}

/// Kernels before 6.11 take no types at all where one section is called "maps/hash", as libbcc calls them.
void rename_sections(btf* types) {
  for (std::uint32_t id = 1; id < btf__type_cnt(types); ++id) {
    const auto* type = btf__type_by_id(types, id);
    if (!btf_is_datasec(type)) continue;
    std::string name = btf__name_by_offset(types, type->name_off);
    if (name.find('/') == name.npos) continue;
    std::ranges::replace(name, '/', '.');
    const int offset = btf__add_str(types, name.c_str());
    auto* renamed = const_cast<btf_type*>(btf__type_by_id(types, id));  // the addition may have moved it
    if (offset >= 0) renamed->name_off = static_cast<std::uint32_t>(offset);
  }
}

std::uint32_t add_text(btf* types, std::string_view text) {
  // The kernel takes no control characters in a source line.
  std::string printable(text.substr(0, 512));
  std::replace_if(printable.begin(), printable.end(), [](unsigned char c) { return c < 0x20 || c > 0x7e; }, ' ');
  const int offset = btf__add_str(types, printable.c_str());
  return offset < 0 ? 0 : static_cast<std::uint32_t>(offset);
}

}  // namespace

UserBtf::UserBtf(std::span<const std::byte> types, std::span<const std::byte> extension) : extension_(extension) {
  if (types.empty() || extension.empty()) return;
  btf_.reset(btf__new(types.data(), static_cast<std::uint32_t>(types.size())));
  if (!btf_) return;
  place_variables(btf_.get());
  rename_sections(btf_.get());
}

std::vector<std::vector<std::uint32_t>> UserBtf::records(std::size_t header_field, const std::string& section) const {
  const auto table = number_at(extension_, header_length_field) + number_at(extension_, header_field);
  const auto end = table + number_at(extension_, header_field + 4);
  if (end == table) return {};
  const auto record_size = number_at(extension_, table);
  std::vector<std::vector<std::uint32_t>> result;
  for (std::size_t at = table + 4; at + 8 <= end;) {
    const char* name = btf__name_by_offset(btf_.get(), number_at(extension_, at));
    const auto count = number_at(extension_, at + 4);
    at += 8;
    for (std::uint32_t i = 0; i < count; ++i, at += record_size) {
      if (name == nullptr || section != name) continue;
      auto& record = result.emplace_back();
      for (std::size_t field = 0; field < record_size; field += 4) record.push_back(number_at(extension_, at + field));
    }
  }
  return result;
}

std::vector<LineRecord> UserBtf::lines_of(const PlacedFunction& function, std::uint32_t file, const UserText& text) {
  std::vector<LineRecord> lines;
  for (const auto& record : records(line_info_field, function.section)) {
    const auto instruction = record.at(0) / instruction_size;
    if (instruction < function.from || instruction >= function.from + function.count || !is_of_probe(record.at(1)))
      continue;
    const auto place = text.written(compiled_place(record));
    if (place.line == 0) continue;
    const auto at = function.at + (instruction - function.from);
    if (!lines.empty() && lines.back().instruction >= at) continue;
    lines.push_back({.instruction = at,
                     .file_offset = file,
                     .text_offset = add_text(btf_.get(), text.line(place.line)),
                     .line = place.line,
                     .column = place.column});
  }
  return lines;
}

void UserBtf::describe(ProgramSpec& program, const std::vector<PlacedFunction>& functions, const UserText& text) {
  if (empty()) return;
  std::vector<std::uint32_t> types;
  for (const auto& function : functions) {
    types.push_back(0);
    for (const auto& record : records(func_info_field, function.section))
      if (record.at(0) == function.from * instruction_size) types.back() = record.at(1);
  }
  // The kernel wants the type of each function, or of none.
  if (std::ranges::find(types, 0U) != types.end()) return;
  program.btf_type = types.front();
  for (std::size_t i = 1; i < types.size(); ++i) program.subprograms.at(i - 1).btf_type = types[i];

  const auto file = add_text(btf_.get(), text.name());
  std::vector<std::vector<LineRecord>> lines;
  for (const auto& function : functions) lines.push_back(lines_of(function, file, text));
  if (std::ranges::all_of(lines, [](const auto& of_one) { return of_one.empty(); })) return;
  for (std::size_t i = 0; i < functions.size(); ++i) {
    // The kernel wants a record for the first instruction of each.
    if (lines[i].empty()) lines[i].push_back({.file_offset = file});
    lines[i].front().instruction = functions[i].at;
    program.lines.insert(program.lines.end(), lines[i].begin(), lines[i].end());
  }
}

TextPlace UserBtf::place_of(const std::string& section, std::uint32_t instruction, const UserText& text) const {
  TextPlace place;
  if (empty()) return place;
  for (const auto& record : records(line_info_field, section)) {
    if (record.at(0) / instruction_size > instruction) break;
    if (!is_of_probe(record.at(1))) continue;
    if (const auto written = text.written(compiled_place(record)); written.line != 0) place = written;
  }
  return place;
}

std::uint32_t UserBtf::find(const std::string& name, std::uint32_t kind) const {
  if (empty()) return 0;
  const int id = btf__find_by_name_kind(btf_.get(), name.c_str(), kind);
  return id < 0 ? 0 : static_cast<std::uint32_t>(id);
}

std::uint32_t UserBtf::variable_type(std::uint32_t variable) const {
  return btf__type_by_id(btf_.get(), variable)->type;
}

std::uint32_t UserBtf::variable_size(std::uint32_t variable) const {
  return static_cast<std::uint32_t>(std::max<std::int64_t>(btf__resolve_size(btf_.get(), variable), 0));
}

std::uint32_t UserBtf::add_section(const std::string& name, std::uint32_t size,
                                   std::span<const PlacedVariable> variables) {
  if (empty() || variables.empty()) return 0;
  const int id = btf__add_datasec(btf_.get(), name.c_str(), size);
  for (const auto& variable : variables)
    if (id < 0 ||
        btf__add_datasec_var_info(btf_.get(), static_cast<int>(variable.id), variable.offset, variable.size) != 0)
      return 0;
  return static_cast<std::uint32_t>(id);
}

bool UserBtf::is_of_probe(std::uint32_t file) const {
  const char* name = btf__name_by_offset(btf_.get(), file);
  return name != nullptr && std::string_view(name).ends_with(compiled_name);
}

std::uint32_t UserBtf::member_type(std::uint32_t struct_id, std::string_view member) const {
  const auto* type = struct_id == 0 ? nullptr : btf__type_by_id(btf_.get(), struct_id);
  if (type == nullptr || !btf_is_struct(type)) return 0;
  for (std::uint32_t i = 0; i < btf_vlen(type); ++i) {
    const auto& field = btf_members(type)[i];
    const char* name = btf__name_by_offset(btf_.get(), field.name_off);
    if (name != nullptr && member == name) return field.type;
  }
  return 0;
}

std::vector<std::byte> UserBtf::bytes() const {
  if (empty()) return {};
  std::uint32_t size = 0;
  const auto* data = static_cast<const std::byte*>(btf__raw_data(btf_.get(), &size));
  if (data == nullptr) return {};
  return {data, data + size};
}

}  // namespace sonda
