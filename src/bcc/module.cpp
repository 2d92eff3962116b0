#include "bcc/module.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/escape.h"
#include "base/text.h"
#include "bcc/script_lines.h"
#include "bcc/shared_maps.h"
#include "runtime/load_program.h"
#include "sonda/compile.h"
#include "sonda/error.h"

namespace sonda::bcc {
namespace {

/// What the Python's own words for types are: it knows them by name.
std::string python_type(const Schema& schema, std::uint32_t index) {
  const auto& type = schema.types[index];
  if (type.kind == Kind::array) return fmt::format("{}[{}]", python_type(schema, type.element), type.count);
  if (type.kind == Kind::enumeration) return "enum";
  if (type.kind == Kind::pointer) return "void *";
  if (type.kind == Kind::character) return "char";
  const bool is_negative = is_signed(type);
  switch (type.size) {
    case 1:
      return is_negative ? "char" : "unsigned char";
    case 2:
      return is_negative ? "short" : "unsigned short";
    case 4:
      return is_negative ? "int" : "unsigned int";
    case 8:
      return is_negative ? "long long" : "unsigned long long";
    default:
      return type.name;
  }
}

/// libbcc knows fields of structs that have a name alone.
std::vector<std::string> event_fields_of(const MapSpec& spec) {
  if (!spec.python.event.empty() || spec.event.empty()) return spec.python.event;
  std::vector<std::string> fields;
  for (const auto& field : spec.event.types.front().fields)
    fields.push_back(fmt::format("{}#{}", field.name, python_type(spec.event, field.type)));
  return fields;
}

/// Another module's table keeps the types that it has there: the text that imports it makes none for the Python.
void take_imported_types(Image& image) {
  const auto known = public_maps();
  for (auto& map : image.maps) {
    if (map.linkage != Linkage::imported || !map.python.key.empty()) continue;
    const auto other = std::ranges::find(known, map.name, &MapSpec::name);
    if (other != known.end()) map.python = other->python;
  }
}

Image compile_text(const Origin& origin, std::string text, const ModuleOptions& options) {
  std::error_code failed;
  const auto folder = std::filesystem::current_path(failed);
  const auto source = ProbeSource::plain(origin.name, std::move(text), failed ? "/" : folder);
  CompileOptions compile_options;
  compile_options.flags = options.cflags;
  compile_options.exported = public_maps();
  // A text that is recorded comes without the readers of USDT arguments that BCC makes: a probe file needs none.
  const bool needs_readers = source.text().find("bpf_usdt_readarg") != std::string::npos;
  if (options.instead == nullptr || !needs_readers) compile_options.bcc = BccText{.debug = options.debug};
  compile_options.warn = [&](std::string_view warning) { Module::say(origin, warning); };
  if (options.debug != 0)
    compile_options.trace = [](std::string_view line) { fmt::print(stderr, "{}\n", escape_lines_for_terminal(line)); };
  auto image = compile(source, compile_options);
  take_imported_types(image);
  return image;
}

}  // namespace

Module::Module(Origin origin, std::string text, const ModuleOptions& options)
    : origin_(std::move(origin)), instead_(options.instead) {
  auto compiled = compile_text(origin_, std::move(text), options);
  loaded_ = instead_ != nullptr ? instead_->take(std::move(compiled), options.cflags)
                                : std::make_unique<LoadedImage>(std::move(compiled), shared_map_source());
  for (const auto& program : image().programs) instructions_.emplace(program.name, with_maps(program, loaded_->maps()));
  for (const auto& map : tables()) event_fields_.emplace(map->spec().name, event_fields_of(map->spec()));
}

Module::~Module() {
  if (instead_ != nullptr) return;
  try {
    for (const auto& loss : loaded_->losses()) say(origin_, to_string(loss));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
  }
}

const std::vector<bpf_insn>* Module::instructions(std::string_view function) const noexcept {
  const auto found = instructions_.find(function);
  return found == instructions_.end() ? nullptr : &found->second;
}

std::optional<std::size_t> Module::table(std::string_view name) const noexcept {
  const auto& all = tables();
  const auto found = std::ranges::find_if(all, [&](const auto& map) { return map->spec().name == name; });
  return found == all.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - all.begin()));
}

const std::vector<std::string>& Module::event_fields(std::string_view table) const noexcept {
  static const std::vector<std::string> none;
  const auto found = event_fields_.find(table);
  return found == event_fields_.end() ? none : found->second;
}

int Module::load(std::string_view function, const ProgramKind& kind, int log_level) {
  if (instead_ != nullptr) return instead_->load(*loaded_, function, kind);
  if (log_level > 0) fmt::print(stderr, "{}\n", try_program(*loaded_, function, kind).trace);
  return loaded_->load(function, kind).release();
}

void Module::say(const Origin& origin, std::string_view message) {
  auto text = origin.lines.empty() ? std::string(message) : with_script_lines(message, origin.name, origin.lines);
  while (text.ends_with('\n')) text.pop_back();
  fmt::print(stderr, "{}\n", text);
  std::fflush(stderr);
}

}  // namespace sonda::bcc
