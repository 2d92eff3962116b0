#include "image/content.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/check_schema.h"
#include "image/instructions.h"

namespace sonda {
namespace {

// In a list, the fewest bytes that an item takes: its numbers and the lengths of its texts and lists.
constexpr std::size_t length = sizeof(std::uint64_t), word = sizeof(std::uint32_t);

// Each of these describes a struct once, for both ways: Fields is FieldWriter or FieldReader.

template <class Fields, class Of>
void type(Fields& fields, Of& type) {
  fields.enumerator(type.kind, Kind::bytes);
  fields.name(type.name);
  fields.numbers(type.size, type.element, type.count);
  fields.list(type.fields, length + 3 * word, [](Fields& of_field, auto& field) {
    of_field.name(field.name);
    of_field.numbers(field.type, field.bit_offset, field.bit_size);
  });
  fields.list(type.values, 2 * length, [](Fields& of_value, auto& item) {
    of_value.name(item.name);
    of_value.numbers(item.value);
  });
  fields.boolean(type.is_signed);
}

template <class Fields, class Of>
void schema(Fields& fields, Of& schema) {
  fields.list(schema.types, 3 * length + 3 * word + 2, [](Fields& of_type, auto& item) { type(of_type, item); });
  if constexpr (std::same_as<Fields, FieldReader>)
    if (const auto fault = schema_fault(schema)) fields.refuse("it describes a type wrongly: " + *fault);
}

// The registers share a byte, to which nothing can refer.
void instruction(FieldWriter& fields, const bpf_insn& instruction) {
  const auto registers = static_cast<std::uint8_t>(instruction.src_reg << 4 | instruction.dst_reg);
  fields.numbers(instruction.code, registers, instruction.off, instruction.imm);
}

void instruction(FieldReader& fields, bpf_insn& instruction) {
  std::uint8_t registers = 0;
  fields.numbers(instruction.code, registers, instruction.off, instruction.imm);
  const std::uint32_t both = registers;
  instruction.dst_reg = both & 0xf;
  instruction.src_reg = both >> 4 & 0xf;
}

template <class Fields, class Of>
void program(Fields& fields, Of& program) {
  fields.name(program.name);
  fields.list(program.instructions, sizeof(bpf_insn), [](Fields& of_one, auto& one) { instruction(of_one, one); });
  fields.list(program.maps, 2 * word, [](Fields& of_use, auto& use) { of_use.numbers(use.instruction, use.map); });
  fields.numbers(program.btf_type);
  fields.list(program.subprograms, length + 2 * word, [](Fields& of_function, auto& function) {
    of_function.name(function.name);
    of_function.numbers(function.instruction, function.btf_type);
  });
  fields.list(program.lines, 5 * word, [](Fields& of_line, auto& line) {
    of_line.numbers(line.instruction, line.file_offset, line.text_offset, line.line, line.column);
  });
}

template <class Fields, class Of>
void map(Fields& fields, Of& map) {
  fields.name(map.name);
  fields.numbers(map.type, map.key_size, map.value_size, map.max_entries, map.flags);
  fields.name(map.inner);
  fields.enumerator(map.linkage, Linkage::imported);
  fields.name(map.pin);
  fields.numbers(map.btf_key_type, map.btf_value_type);
  for (auto* each : {&map.key, &map.value, &map.event}) schema(fields, *each);
  for (auto* text : {&map.python.key, &map.python.value}) fields.text(*text);
  fields.list(map.python.event, length, [](Fields& of_field, auto& field) { of_field.text(field); });
  fields.enumerator(map.slots, Slots::log2l);
  fields.enumerator(map.holds, Holds::constants);
  fields.bytes(map.initial);
}

template <class Fields, class Of>
void key_fields(Fields& fields, Of& key) {
  fields.text(key.probe);
  fields.text(key.source);
  fields.list(key.flags, length, [](Fields& of_flag, auto& flag) { of_flag.text(flag); });
  for (auto* text : {&key.headers, &key.kernel, &key.compiler, &key.sonda}) fields.text(*text);
}

template <class Fields, class Of>
void content(Fields& fields, Of& image) {
  key_fields(fields, image.key);
  fields.name(image.license);
  fields.numbers(image.kernel_version);
  fields.list(image.programs, 5 * length + word, [](Fields& of_one, auto& one) { program(of_one, one); });
  fields.list(image.maps, 10 * length + 7 * word + 3, [](Fields& of_one, auto& one) { map(of_one, one); });
  fields.list(image.warnings, length + 2 * word, [](Fields& of_warning, auto& warning) {
    of_warning.numbers(warning.line, warning.column);
    of_warning.name(warning.text);
  });
  fields.bytes(image.btf);
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
  FieldWriter fields(writer);
  content(fields, image);
}

Image read_content(Reader& reader) {
  Image image;
  FieldReader fields(reader);
  content(fields, image);
  reader.require_end();

  std::size_t instructions = 0;
  for (const auto& each : image.programs) {
    check_program(reader, each, image);
    instructions += each.instructions.size();
  }
  if (instructions > most_instructions) reader.refuse("it has more than a million instructions");
  for (const auto& each : image.maps) check_map(reader, each, image);
  return image;
}

void serialize_key(Writer& writer, const ImageKey& key) {
  FieldWriter fields(writer);
  key_fields(fields, key);
}

ImageKey parse_key(Reader& reader) {
  ImageKey key;
  FieldReader fields(reader);
  key_fields(fields, key);
  return key;
}

std::string hash_name(const ImageKey& key) {
  Writer writer;
  serialize_key(writer, key);
  return hash_name(writer.written());
}

std::string hash_name(std::span<const std::byte> key) {
  const auto first = fnv1a(key);
  return fmt::format("{:016x}{:016x}", first, fnv1a(key, ~first));
}

}  // namespace sonda
