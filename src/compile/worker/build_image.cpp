#include "compile/worker/build_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "compile/diagnostics.h"
#include "compile/line_map.h"
#include "compile/worker/pinned_text.h"
#include "compile/worker/usdt_text.h"
#include "compile/worker/user_btf.h"
#include "image/instructions.h"
#include "image/schema_from_btf.h"

namespace sonda {
namespace {

/// The maps whose keys and values the kernel lets us describe (map_check_btf in kernel/bpf).
constexpr std::array described_maps{
    BPF_MAP_TYPE_HASH,         BPF_MAP_TYPE_PERCPU_HASH,  BPF_MAP_TYPE_LRU_HASH,   BPF_MAP_TYPE_LRU_PERCPU_HASH,
    BPF_MAP_TYPE_ARRAY,        BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_SK_STORAGE, BPF_MAP_TYPE_INODE_STORAGE,
    BPF_MAP_TYPE_TASK_STORAGE, BPF_MAP_TYPE_LPM_TRIE};

std::string line_directive() { return fmt::format("#line 1 \"{}\"\n", compiled_name); }

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
  if (size == 0) return {};
  return size <= 8 && (size & (size - 1)) == 0 ? plain_integer(size) : plain_bytes(size);
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
               .linkage = table.linkage};
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

/// A wide load of a map holds the descriptor the map had in the worker: remembered by index, and taken out.
void collect_references(ProgramSpec& program, const std::vector<BccModule::Table>& tables) {
  for (std::uint32_t i = 0; i + 1 < program.instructions.size(); ++i) {
    auto& instruction = program.instructions[i];
    if (!is_wide(instruction)) continue;
    if (instruction.src_reg == BPF_PSEUDO_MAP_FD) {
      const auto table =
          std::find_if(tables.begin(), tables.end(), [&](const auto& t) { return t.fd == instruction.imm; });
      if (table == tables.end())
        throw Error(Stage::compile, program.name, "it uses a map that the probe does not define");
      program.maps.push_back({i, static_cast<std::uint32_t>(table - tables.begin())});
      instruction.imm = 0;
    }
    ++i;
  }
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
  text += usdt_text(request.key.source) + pinned_text(request.key.source);
  text += parameter_macros(request.parameters) + line_directive() + request.key.source + "\n";
  for (const auto& event : request.events)
    text += fmt::format(
        "#line {0} \"{1}\"\nstruct {2} {{ {3} value; }}; struct {2} {2}_ "
        "__attribute__((section(\".sonda.event\"), used));\n",
        std::max(event.at.line, 1), compiled_name, event_struct(event.map), event.type);
  return text;
}

Image build_image(const CompileRequest& request, const BccModule& module) {
  Image image{.key = request.key, .license = module.license(), .kernel_version = module.kernel_version()};
  UserBtf types(module.section(".BTF"), module.section(".BTF.ext"));
  const auto rewritten = rewritten_probe(module);
  const auto lines = map_lines(request.key.source, rewritten);
  const auto tables = module.tables();
  for (const auto& table : tables) {
    image.maps.push_back(build_map(table, types));
    image.maps.back().pin = text_of(module.section(pin_section(table.name)));
  }
  for (const auto& function : module.functions()) {
    ProgramSpec program{.name = function.name,
                        .instructions = {function.instructions.begin(), function.instructions.end()}};
    collect_references(program, tables);
    types.describe(program, ".bpf.fn." + function.name, request.key.source, rewritten, lines, request.key.probe);
    image.programs.push_back(std::move(program));
  }
  if (image.programs.empty() && image.maps.empty())
    throw Error(Stage::compile, request.key.probe, "it has no BPF function and no map",
                "a function is a program unless it is 'static'");
  image.btf = types.bytes();
  return image;
}

}  // namespace sonda
