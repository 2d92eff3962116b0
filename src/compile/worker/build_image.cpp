#include "compile/worker/build_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "compile/diagnostics.h"
#include "compile/line_map.h"
#include "compile/worker/bpf_object.h"
#include "compile/worker/link.h"
#include "compile/worker/map_uses.h"
#include "compile/worker/object_capture.h"
#include "compile/worker/text_before.h"
#include "compile/worker/user_btf.h"
#include "image/schema_from_btf.h"

namespace sonda {
namespace {

/// The maps whose keys and values the kernel lets us describe (map_check_btf in kernel/bpf).
constexpr std::array described_maps{
    BPF_MAP_TYPE_HASH,         BPF_MAP_TYPE_PERCPU_HASH,  BPF_MAP_TYPE_LRU_HASH,   BPF_MAP_TYPE_LRU_PERCPU_HASH,
    BPF_MAP_TYPE_ARRAY,        BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_SK_STORAGE, BPF_MAP_TYPE_INODE_STORAGE,
    BPF_MAP_TYPE_TASK_STORAGE, BPF_MAP_TYPE_LPM_TRIE};

std::string line_directive() { return fmt::format("#line 1 \"{}\"\n", compiled_name); }

/// See variable_annotation.
const std::string begin_of_variables =
    fmt::format("#pragma clang attribute push(__attribute__((annotate(\"{}\"))), apply_to = variable(is_global))\n",
                variable_annotation);
constexpr std::string_view end_of_variables = "#pragma clang attribute pop\n";

/// Without a function LLVM describes no types, and maps may be alone in a file.
constexpr std::string_view any_function = "__attribute__((used)) static int ____sonda_any(void) { return 0; }\n";

std::string event_struct(const std::string& map) { return "____sonda_event_" + map; }

/// The includes that a probe begins with. The kernel's headers come before the parameters' macros: a name such as
/// ENTRIES is one of theirs, too.
std::string first_includes(std::string_view source) {
  std::string includes;
  bool in_comment = false;
  for (auto line : split_lines(source)) {
    line = trim(line);
    const bool is_comment = in_comment || line.starts_with("/*");
    if (is_comment) in_comment = line.find("*/") == line.npos;
    if (is_comment || line.empty() || line.starts_with("//")) continue;
    if (!line.starts_with("#include")) break;
    includes += fmt::format("{}\n", line);
  }
  return includes;
}

Schema schema_of(const UserBtf& types, std::uint32_t id, std::uint32_t size) {
  if (id != 0) {
    auto schema = schema_from_btf(*types.get(), id);
    if (schema.size() == size) return schema;
  }
  return plain_integer(size);
}

/// A section that holds a C string.
std::string text_of(std::span<const std::byte> section) {
  std::string text;
  for (const auto byte : section) {
    if (byte == std::byte{}) break;
    text += std::to_integer<char>(byte);
  }
  return text;
}

MapSpec build_map(const BccModule::Table& table, const UserBtf& types) {
  MapSpec spec{.name = table.name,
               .type = table.type,
               .key_size = table.key_size,
               .value_size = table.value_size,
               .max_entries = table.max_entries,
               .flags = table.flags,
               .inner = table.inner,
               .linkage = table.linkage,
               .python = table.python};
  const auto pair = types.find_struct("____btf_map_" + table.name);
  const auto key = types.member_type(pair, "key"), value = types.member_type(pair, "value");
  // libbcc gives the sizes that the other probe has; what this one has must be known to be compared.
  if (spec.linkage == Linkage::imported && key != 0 && value != 0) {
    spec.key_size = schema_from_btf(*types.get(), key).size();
    spec.value_size = schema_from_btf(*types.get(), value).size();
  }
  spec.key = schema_of(types, key, spec.key_size);
  spec.value = schema_of(types, value, spec.value_size);
  if (key != 0 && value != 0 &&
      std::find(described_maps.begin(), described_maps.end(), spec.type) != described_maps.end()) {
    spec.btf_key_type = key;
    spec.btf_value_type = value;
  }
  if (const auto event = types.member_type(types.find_struct(event_struct(table.name)), "value"); event != 0)
    spec.event = schema_from_btf(*types.get(), event);
  return spec;
}

/// Which map is meant by the number that stands for it in instructions.
std::map<int, std::uint32_t> descriptors_of(const std::vector<BccModule::Table>& tables) {
  std::map<int, std::uint32_t> result;
  for (std::uint32_t i = 0; i < tables.size(); ++i) result.emplace(tables[i].fd, i);
  return result;
}

Slots slots_of(const Schema& key, const std::map<std::string, Made>& made) {
  const auto slot = slot_field(key.types.front());
  const auto found = made.find(slot ? key.types.front().fields[*slot].name : "");
  // In the order of Made.
  constexpr std::array slots{Slots::values, Slots::none, Slots::values, Slots::log2, Slots::log2l};
  return slots.at(static_cast<std::size_t>(found == made.end() ? Made::unknown : found->second));
}

}  // namespace

std::string parameter_macros(const std::vector<Parameter>& parameters) {
  std::string text;
  for (const auto& parameter : parameters) text += fmt::format("#define {} {}\n", parameter.name, parameter.value);
  return text;
}

std::string_view rewritten_probe(const BccModule& module) {
  const auto text = module.rewritten();
  const auto directive = line_directive();
  const auto at = text.find(directive);
  return at == std::string_view::npos ? text : text.substr(at + directive.size());
}

std::string text_to_compile(const CompileRequest& request) {
  std::string text;
  if (request.headers == Headers::kernel && !request.parameters.empty()) text = first_includes(request.key.source);
  if (!request.is_bcc) text += usdt_text(request.key.source);
  text += pinned_text();
  text += parameter_macros(request.parameters) + begin_of_variables;
  text += line_directive() + request.key.source + "\n";
  text += end_of_variables;
  text += any_function;
  for (const auto& event : request.events)
    text += fmt::format(
        "#line {0} \"{1}\"\nstruct {2} {{ {3} value; }}; struct {2} {2}_ "
        "__attribute__((section(\".sonda.event\"), used));\n",
        std::max(event.at.line, 1), compiled_name, event_struct(event.map), event.type);
  return text;
}

std::optional<Error> undefined_in_object(const CompileRequest& request, const BccModule& module) {
  const auto bytes = captured_object();
  if (bytes.empty()) return std::nullopt;
  const auto object = read_object(bytes);
  const UserBtf types(object.bytes_of(".BTF"), object.bytes_of(".BTF.ext"));
  return undefined_symbol(object, types, UserText(request.key.probe, request.key.source, rewritten_probe(module)));
}

Image build_image(const CompileRequest& request, const BccModule& module) {
  Image image{.key = request.key, .license = module.license(), .kernel_version = module.kernel_version()};
  const auto object = read_object(captured_object());
  UserBtf types(object.bytes_of(".BTF"), object.bytes_of(".BTF.ext"));
  const UserText text(request.key.probe, request.key.source, rewritten_probe(module));
  const auto tables = module.tables();
  for (const auto& table : tables) {
    image.maps.push_back(build_map(table, types));
    image.maps.back().pin = text_of(object.bytes_of(pin_section(table.name)));
  }
  const auto uses = take_map_uses();
  for (auto& map : image.maps) {
    const auto use = uses.find(map.name);
    if (use == uses.end()) continue;
    if (use->second.event && map.event.empty()) map.event = *use->second.event;
    if (use->second.is_histogram) map.slots = slots_of(map.key, use->second.made);
  }
  Linker linker(object, types, text, image.maps, descriptors_of(tables));
  for (const auto& name : module.functions()) image.programs.push_back(linker.program(name));
  if (image.programs.empty() && image.maps.empty() && !request.is_bcc)
    throw Error(Stage::compile, request.key.probe, "it has no BPF function and no map",
                "a function is a program unless it is 'static'");
  image.btf = types.bytes();
  return image;
}

}  // namespace sonda
