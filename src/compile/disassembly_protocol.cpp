#include "compile/disassembly.h"
#include "image/bytes.h"

namespace sonda {
namespace {

// The fewest bytes that one takes.
constexpr std::size_t least_code = 17, least_lines = 8, least_line = 17;

void write_line(Writer& writer, const CodeLine& line) {
  writer.number(line.offset);
  writer.number(line.size);
  writer.text(line.text);
  writer.number(line.target.has_value());
  if (line.target) writer.number(*line.target);
}

CodeLine read_line(Reader& reader) {
  CodeLine line;
  line.offset = reader.number<std::uint32_t>();
  line.size = reader.number<std::uint32_t>();
  line.text = reader.text();
  if (reader.boolean()) line.target = reader.number<std::uint64_t>();
  return line;
}

}  // namespace

std::vector<std::byte> serialize(const std::vector<Code>& codes) {
  Writer writer;
  writer.list(codes, [&](const Code& code) {
    writer.number(code.instruction_set);
    writer.number(code.address);
    writer.bytes(code.bytes);
  });
  return writer.take();
}

std::vector<Code> parse_codes(std::span<const std::byte> bytes) {
  Reader reader(bytes, "the request", Stage::compile);
  auto codes = reader.list(least_code, [&] {
    Code code;
    code.instruction_set = reader.enumerator(InstructionSet::native);
    code.address = reader.number<std::uint64_t>();
    const auto content = reader.bytes();
    code.bytes.assign(content.begin(), content.end());
    return code;
  });
  reader.require_end();
  return codes;
}

std::vector<std::byte> serialize(const std::vector<std::vector<CodeLine>>& lines) {
  Writer writer;
  writer.list(
      lines, [&](const auto& of_one) { writer.list(of_one, [&](const CodeLine& line) { write_line(writer, line); }); });
  return writer.take();
}

std::vector<std::vector<CodeLine>> parse_code_lines(std::span<const std::byte> bytes) {
  Reader reader(bytes, "the disassembler", Stage::compile);
  auto lines = reader.list(least_lines, [&] { return reader.list(least_line, [&] { return read_line(reader); }); });
  reader.require_end();
  return lines;
}

}  // namespace sonda
