#include "compile/protocol.h"

#include "image/bytes.h"
#include "image/content.h"

namespace sonda {
namespace {

enum class Answer : std::uint8_t { image = 1, error = 2 };

// The fewest bytes that one takes: its texts' lengths, and a location with a length and two numbers.
constexpr std::size_t least_event = 32, least_parameter = 40, least_text = 8, least_exported = 28;

void write_location(Writer& writer, const SourceLocation& at) {
  writer.text(at.file);
  writer.number(at.line);
  writer.number(at.column);
}

SourceLocation read_location(Reader& reader) {
  SourceLocation at;
  at.file = reader.name();
  at.line = reader.number<int>();
  at.column = reader.number<int>();
  return at;
}

void write_parameter(Writer& writer, const Parameter& parameter) {
  for (const auto& text : {parameter.name, parameter.value, parameter.help}) writer.text(text);
  write_location(writer, parameter.at);
}

Parameter read_parameter(Reader& reader) {
  Parameter parameter;
  for (auto* text : {&parameter.name, &parameter.value, &parameter.help}) *text = reader.text();
  parameter.at = read_location(reader);
  return parameter;
}

void write_event(Writer& writer, const EventType& event) {
  writer.text(event.map);
  writer.text(event.type);
  write_location(writer, event.at);
}

EventType read_event(Reader& reader) {
  EventType event;
  event.map = reader.name();
  event.type = reader.name();
  event.at = read_location(reader);
  return event;
}

void write_exported(Writer& writer, const MapSpec& map) {
  writer.text(map.name);
  for (const auto number : {map.type, map.key_size, map.value_size, map.max_entries, map.flags}) writer.number(number);
}

MapSpec read_exported(Reader& reader) {
  MapSpec map;
  map.name = reader.name();
  for (auto* number : {&map.type, &map.key_size, &map.value_size, &map.max_entries, &map.flags})
    *number = reader.number<std::uint32_t>();
  return map;
}

[[noreturn]] void throw_error(Reader reader) {
  const auto stage = reader.enumerator(Stage::report);
  const auto status = static_cast<Exit>(reader.number<int>());
  auto subject = reader.text(), cause = reader.text(), hint = reader.text();
  auto excerpt = reader.text(), details = reader.text();
  throw Error(stage, std::move(subject), std::move(cause), std::move(hint))
      .with_excerpt(std::move(excerpt))
      .with_details(std::move(details))
      .with_exit(status);
}

}  // namespace

std::vector<std::filesystem::path> paths_in(const std::vector<std::string>& flags) {
  std::vector<std::filesystem::path> paths;
  std::string_view before;
  for (const std::string_view flag : flags) {
    for (const std::string_view option : {"-I", "-isystem", "-iquote", "-idirafter", "-include", "-imacros"}) {
      if (before == option) paths.emplace_back(flag);
      if (flag.starts_with(option) && flag.size() > option.size()) paths.emplace_back(flag.substr(option.size()));
    }
    before = flag;
  }
  return paths;
}

std::vector<std::byte> serialize(const CompileRequest& request) {
  Writer writer;
  serialize_key(writer, request.key);
  writer.number(request.headers);
  writer.list(request.parameters, [&](const Parameter& parameter) { write_parameter(writer, parameter); });
  writer.list(request.flags, [&](const std::string& flag) { writer.text(flag); });
  writer.list(request.events, [&](const EventType& event) { write_event(writer, event); });
  writer.list(request.included, [&](const IncludedFile& file) {
    writer.text(file.name);
    writer.text(file.text);
  });
  writer.list(request.exported, [&](const MapSpec& map) { write_exported(writer, map); });
  writer.text(request.folder);
  writer.text(request.cache);
  writer.text(request.btf);
  writer.number(request.memory);
  writer.number(request.seconds);
  return writer.take();
}

CompileRequest parse_request(std::span<const std::byte> bytes) {
  Reader reader(bytes, "the request", Stage::compile);
  CompileRequest request;
  request.key = parse_key(reader);
  request.headers = reader.enumerator(Headers::kernel);
  request.parameters = reader.list(least_parameter, [&] { return read_parameter(reader); });
  request.flags = reader.list(least_text, [&] { return reader.text(); });
  request.events = reader.list(least_event, [&] { return read_event(reader); });
  request.included = reader.list(2 * least_text, [&] {
    auto name = reader.name();
    return IncludedFile{std::move(name), reader.text()};
  });
  request.exported = reader.list(least_exported, [&] { return read_exported(reader); });
  request.folder = reader.name();
  request.cache = reader.name();
  request.btf = reader.name();
  request.memory = reader.number<std::uint64_t>();
  request.seconds = reader.number<std::uint64_t>();
  reader.require_end();
  return request;
}

std::vector<std::byte> serialize_answer(const Image& image) {
  Writer writer;
  writer.number(Answer::image);
  writer.raw(serialize(image));
  return writer.take();
}

std::vector<std::byte> serialize_answer(const Error& error) {
  Writer writer;
  writer.number(Answer::error);
  writer.number(error.stage());
  writer.number(static_cast<int>(error.exit()));
  for (const auto& text : {error.subject(), error.cause(), error.hint(), error.excerpt(), error.details()})
    writer.text(text);
  return writer.take();
}

Image parse_answer(std::span<const std::byte> bytes) {
  Reader reader(bytes, "the worker", Stage::compile);
  if (bytes.empty()) reader.refuse("gave an empty answer");
  const auto kind = reader.number<std::uint8_t>();
  if (kind == static_cast<std::uint8_t>(Answer::image)) return parse_image(reader.raw(reader.left()));
  if (kind == static_cast<std::uint8_t>(Answer::error)) throw_error(reader);
  reader.refuse("gave an answer that is neither an image nor an error");
}

}  // namespace sonda
