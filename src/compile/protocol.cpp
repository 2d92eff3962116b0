#include "compile/protocol.h"

#include "image/bytes.h"
#include "image/content.h"

namespace sonda {
namespace {

enum class Answer : std::uint8_t { image = 1, error = 2 };

// In a list, the fewest bytes that an item takes: its numbers and the lengths of its texts.
constexpr std::size_t length = sizeof(std::uint64_t), word = sizeof(std::uint32_t);

// Each of these describes a struct once, for both ways: Fields is FieldWriter or FieldReader.

template <class Fields, class Of>
void location(Fields& fields, Of& at) {
  fields.name(at.file);
  fields.numbers(at.line, at.column);
}

template <class Fields, class Of>
void content(Fields& fields, Of& request) {
  fields.enumerator(request.headers, Headers::kernel);
  fields.list(request.parameters, 4 * length + 2 * word, [](Fields& of_one, auto& parameter) {
    for (auto* text : {&parameter.name, &parameter.value, &parameter.help}) of_one.text(*text);
    location(of_one, parameter.at);
  });
  fields.list(request.flags, length, [](Fields& of_flag, auto& flag) { of_flag.text(flag); });
  fields.list(request.events, 3 * length + 2 * word, [](Fields& of_event, auto& event) {
    of_event.name(event.map);
    of_event.name(event.type);
    location(of_event, event.at);
  });
  fields.list(request.included, 2 * length, [](Fields& of_file, auto& file) {
    of_file.name(file.name);
    of_file.text(file.text);
  });
  fields.list(request.exported, length + 5 * word, [](Fields& of_map, auto& map) {
    of_map.name(map.name);
    of_map.numbers(map.type, map.key_size, map.value_size, map.max_entries, map.flags);
  });
  for (auto* name : {&request.folder, &request.cache, &request.btf}) fields.name(*name);
  fields.boolean(request.is_bcc);
  fields.numbers(request.debug, request.memory, request.seconds);
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
  FieldWriter fields(writer);
  content(fields, request);
  return writer.take();
}

CompileRequest parse_request(std::span<const std::byte> bytes) {
  Reader reader(bytes, "the request", Stage::compile);
  CompileRequest request;
  request.key = parse_key(reader);
  FieldReader fields(reader);
  content(fields, request);
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
