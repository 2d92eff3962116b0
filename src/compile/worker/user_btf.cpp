#include "compile/worker/user_btf.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "base/text.h"
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
  if (btf_) place_variables(btf_.get());
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

void UserBtf::describe(ProgramSpec& program, const std::string& section, std::string_view source,
                       std::string_view rewritten, const std::vector<std::uint32_t>& lines, const std::string& name) {
  if (empty()) return;
  const auto functions = records(func_info_field, section);
  if (functions.empty()) return;
  program.btf_type = functions.front().at(1);

  const auto user_lines = split_lines(source), compiled_lines = split_lines(rewritten);
  const auto file = add_text(btf_.get(), name);
  for (const auto& record : records(line_info_field, section)) {
    const auto place = record.at(3), compiled_line = place >> 10, compiled_column = place & 1023;
    if (compiled_line == 0 || compiled_line > lines.size() || !is_of_probe(record.at(1))) continue;
    LineRecord result{.instruction = record.at(0) / static_cast<std::uint32_t>(sizeof(bpf_insn)), .file_offset = file};
    result.line = lines[compiled_line - 1];
    const auto text = user_lines.at(result.line - 1);
    // A column means something only where BCC left the line as it was.
    if (text == compiled_lines.at(compiled_line - 1)) result.column = compiled_column;
    result.text_offset = add_text(btf_.get(), text);
    if (!program.lines.empty() && program.lines.back().instruction >= result.instruction) continue;
    program.lines.push_back(result);
  }
  // The kernel wants a record for the first instruction.
  if (!program.lines.empty()) program.lines.front().instruction = 0;
}

bool UserBtf::is_of_probe(std::uint32_t file) const {
  const char* name = btf__name_by_offset(btf_.get(), file);
  return name != nullptr && std::string_view(name).ends_with(compiled_name);
}

std::uint32_t UserBtf::find_struct(const std::string& name) const {
  if (empty()) return 0;
  const int id = btf__find_by_name_kind(btf_.get(), name.c_str(), BTF_KIND_STRUCT);
  return id < 0 ? 0 : static_cast<std::uint32_t>(id);
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
