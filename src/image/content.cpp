// An image's programs, maps and schemas as bytes and back, checked.
#include "image/content.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/check_schema.h"
#include "image/instructions.h"
#include "image/key.h"

namespace sonda {
namespace {

void write_schema(Writer& writer, const Schema& schema) {
  writer.list(schema.types, [&](const Type& type) {
    writer.number(type.kind);
    writer.text(type.name);
    writer.number(type.size);
    writer.number(type.element);
    writer.number(type.count);
    writer.list(type.fields, [&](const Field& field) {
      writer.text(field.name);
      writer.number(field.type);
      writer.number(field.bit_offset);
      writer.number(field.bit_size);
    });
    writer.list(type.values, [&](const Enumerator& item) {
      writer.text(item.name);
      writer.number(item.value);
    });
    writer.number(type.is_signed);
  });
}

// In `Reader::list`, the fewest bytes that an item takes: its numbers and the lengths of its texts and lists.
constexpr std::size_t length = sizeof(std::uint64_t), word = sizeof(std::uint32_t);

Type read_type(Reader& reader) {
  Type type;
  type.kind = reader.enumerator(Kind::bytes);
  type.name = reader.name();
  type.size = reader.number<std::uint32_t>();
  type.element = reader.number<std::uint32_t>();
  type.count = reader.number<std::uint32_t>();
  type.fields = reader.list(length + 3 * word, [&] {
    Field field;
    field.name = reader.name();
    field.type = reader.number<std::uint32_t>();
    field.bit_offset = reader.number<std::uint32_t>();
    field.bit_size = reader.number<std::uint32_t>();
    return field;
  });
  type.values = reader.list(2 * length, [&] {
    Enumerator item;
    item.name = reader.name();
    item.value = reader.number<std::int64_t>();
    return item;
  });
  type.is_signed = reader.boolean();
  return type;
}

Schema read_schema(Reader& reader) {
  Schema schema{reader.list(3 * length + 3 * word + 2, [&] { return read_type(reader); })};
  if (const auto fault = schema_fault(schema)) reader.refuse("it describes a type wrongly: " + *fault);
  return schema;
}

void write_instruction(Writer& writer, const bpf_insn& instruction) {
  writer.number(instruction.code);
  writer.number(static_cast<std::uint8_t>(instruction.src_reg << 4 | instruction.dst_reg));
  writer.number(instruction.off);
  writer.number(instruction.imm);
}

bpf_insn read_instruction(Reader& reader) {
  bpf_insn instruction{};
  instruction.code = reader.number<std::uint8_t>();
  const std::uint32_t registers = reader.number<std::uint8_t>();
  instruction.dst_reg = registers & 0xf;
  instruction.src_reg = registers >> 4 & 0xf;
  instruction.off = reader.number<std::int16_t>();
  instruction.imm = reader.number<std::int32_t>();
  return instruction;
}

void write_program(Writer& writer, const ProgramSpec& program) {
  writer.text(program.name);
  writer.list(program.instructions, [&](const bpf_insn& instruction) { write_instruction(writer, instruction); });
  writer.list(program.maps, [&](const MapReference& reference) {
    writer.number(reference.instruction);
    writer.number(reference.map);
  });
  writer.number(program.btf_type);
  writer.list(program.subprograms, [&](const Subprogram& function) {
    writer.text(function.name);
    writer.number(function.instruction);
    writer.number(function.btf_type);
  });
  writer.list(program.lines, [&](const LineRecord& line) {
    for (const auto number : {line.instruction, line.file_offset, line.text_offset, line.line, line.column})
      writer.number(number);
  });
}

ProgramSpec read_program(Reader& reader) {
  ProgramSpec program;
  program.name = reader.name();
  program.instructions = reader.list(sizeof(bpf_insn), [&] { return read_instruction(reader); });
  program.maps = reader.list(2 * word, [&] {
    MapReference reference;
    reference.instruction = reader.number<std::uint32_t>();
    reference.map = reader.number<std::uint32_t>();
    return reference;
  });
  program.btf_type = reader.number<std::uint32_t>();
  program.subprograms = reader.list(length + 2 * word, [&] {
    Subprogram function;
    function.name = reader.name();
    function.instruction = reader.number<std::uint32_t>();
    function.btf_type = reader.number<std::uint32_t>();
    return function;
  });
  program.lines = reader.list(5 * word, [&] {
    LineRecord line;
    for (auto* number : {&line.instruction, &line.file_offset, &line.text_offset, &line.line, &line.column})
      *number = reader.number<std::uint32_t>();
    return line;
  });
  return program;
}

void write_map(Writer& writer, const MapSpec& map) {
  writer.text(map.name);
  for (const auto number : {map.type, map.key_size, map.value_size, map.max_entries, map.flags}) writer.number(number);
  writer.text(map.inner);
  writer.number(map.linkage);
  writer.text(map.pin);
  writer.number(map.btf_key_type);
  writer.number(map.btf_value_type);
  for (const auto* schema : {&map.key, &map.value, &map.event}) write_schema(writer, *schema);
  writer.number(map.slots);
  writer.number(map.holds);
  writer.bytes(map.initial);
}

MapSpec read_map(Reader& reader) {
  MapSpec map;
  map.name = reader.name();
  for (auto* number : {&map.type, &map.key_size, &map.value_size, &map.max_entries, &map.flags})
    *number = reader.number<std::uint32_t>();
  map.inner = reader.name();
  map.linkage = reader.enumerator(Linkage::imported);
  map.pin = reader.name();
  map.btf_key_type = reader.number<std::uint32_t>();
  map.btf_value_type = reader.number<std::uint32_t>();
  for (auto* schema : {&map.key, &map.value, &map.event}) *schema = read_schema(reader);
  map.slots = reader.enumerator(Slots::log2l);
  map.holds = reader.enumerator(Holds::constants);
  const auto initial = reader.bytes();
  map.initial.assign(initial.begin(), initial.end());
  return map;
}

bool is_wide_load(const std::vector<bpf_insn>& instructions, std::size_t at) {
  return at + 1 < instructions.size() && is_wide(instructions[at]) && instructions[at + 1].code == 0;
}

void check_program(const Reader& reader, const ProgramSpec& program, const Image& image) {
  const auto refuse = [&](std::string_view what) {
    reader.refuse(fmt::format("its program '{}' {}", program.name, what));
  };
  if (program.name.empty()) refuse("has no name");
  if (program.instructions.empty()) refuse("has no instructions");
  for (const auto& reference : program.maps) {
    if (reference.map >= image.maps.size()) refuse("uses a map that is not there");
    if (!is_wide_load(program.instructions, reference.instruction)) refuse("uses a map where it loads no address");
  }
  std::uint32_t end_of_last = 0;
  for (const auto& function : program.subprograms) {
    if (function.instruction <= end_of_last || function.instruction >= program.instructions.size())
      refuse("has a function that does not lie inside it");
    end_of_last = function.instruction;
  }
  for (const auto& line : program.lines) {
    if (line.instruction >= program.instructions.size()) refuse("has a line beyond its end");
    if (std::max(line.file_offset, line.text_offset) > image.btf.size()) refuse("has a line whose text is not there");
  }
}

void check_map(const Reader& reader, const MapSpec& map, const Image& image) {
  const auto refuse = [&](std::string_view what) { reader.refuse(fmt::format("its map '{}' {}", map.name, what)); };
  if (map.name.empty()) refuse("has no name");
  if (!map.key.empty() && map.key.size() != map.key_size) refuse("describes keys of another size");
  if (!map.value.empty() && map.value.size() != map.value_size) refuse("describes values of another size");
  if (std::max(map.key_size, map.value_size) > largest_type) refuse("has entries that are too large");
  const bool has_value = map.holds != Holds::entries;
  if (map.initial.size() != (has_value ? map.value_size : 0)) refuse("begins with a value of another size");
  if (has_value && (map.type != BPF_MAP_TYPE_ARRAY || map.max_entries != 1 || map.key_size != sizeof(std::uint32_t)))
    refuse("holds variables and is no array of one value");
  const auto is_inner = [&](const MapSpec& other) { return other.name == map.inner; };
  if (!map.inner.empty() && std::none_of(image.maps.begin(), image.maps.end(), is_inner))
    refuse(fmt::format("holds maps like '{}', which is not there", map.inner));
}

}  // namespace

void write_content(Writer& writer, const Image& image) {
  serialize_key(writer, image.key);
  writer.text(image.license);
  writer.number(image.kernel_version);
  writer.list(image.programs, [&](const ProgramSpec& program) { write_program(writer, program); });
  writer.list(image.maps, [&](const MapSpec& map) { write_map(writer, map); });
  writer.list(image.warnings, [&](const Warning& warning) {
    writer.number(warning.line);
    writer.number(warning.column);
    writer.text(warning.text);
  });
  writer.bytes(image.btf);
}

Image read_content(Reader& reader) {
  Image image;
  image.key = parse_key(reader);
  image.license = reader.name();
  image.kernel_version = reader.number<std::uint32_t>();
  image.programs = reader.list(5 * length + word, [&] { return read_program(reader); });
  image.maps = reader.list(7 * length + 7 * word + 3, [&] { return read_map(reader); });
  image.warnings = reader.list(length + 2 * word, [&] {
    Warning warning;
    warning.line = reader.number<std::uint32_t>();
    warning.column = reader.number<std::uint32_t>();
    warning.text = reader.name();
    return warning;
  });
  const auto btf = reader.bytes();
  image.btf.assign(btf.begin(), btf.end());
  reader.require_end();

  std::size_t instructions = 0;
  for (const auto& program : image.programs) {
    check_program(reader, program, image);
    instructions += program.instructions.size();
  }
  if (instructions > most_instructions) reader.refuse("it has more than a million instructions");
  for (const auto& map : image.maps) check_map(reader, map, image);
  return image;
}

}  // namespace sonda
