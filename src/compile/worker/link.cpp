#include "compile/worker/link.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/excerpt.h"
#include "compile/worker/data_sections.h"
#include "image/instructions.h"

namespace sonda {
namespace {

constexpr std::string_view function_prefix = ".bpf.fn.";  // BPF_FN_PREFIX of bcc/libbpf.h

struct Advice {
  std::string_view name, hint;
};

/// What the compiler calls by itself, or a probe as it would elsewhere.
constexpr Advice advices[] = {
    {"memcmp", "compare in a loop: for (int i = 0; i < sizeof(a); i++) if (a[i] != b[i]) ...; texts by bpf_strncmp()"},
    {"strcmp", "bpf_strncmp(a, sizeof(a), \"text\") of Linux 5.17 compares texts, or a loop over their bytes"},
    {"strncmp", "bpf_strncmp(a, sizeof(a), \"text\") of Linux 5.17 compares texts, or a loop over their bytes"},
    {"strlen", "bpf_probe_read_kernel_str() and bpf_probe_read_user_str() give the length of what they read, plus 1"},
    {"memcpy", "copy in a bounded loop, or with bpf_probe_read_kernel() / bpf_probe_read_user()"},
    {"memmove", "copy in a bounded loop, or with bpf_probe_read_kernel() / bpf_probe_read_user()"},
    {"memset", "keep large structs in a per-CPU array map, whose values are zero at first, or clear them in a loop"}};

Error error_at(TextPlace place, const UserText& text, std::string cause, std::string hint) {
  auto subject = text.name();
  if (place.line > 0) subject += fmt::format(":{}", place.line);
  if (place.line > 0 && place.column > 0) subject += fmt::format(":{}", place.column);
  Error error(Stage::compile, std::move(subject), std::move(cause), std::move(hint));
  if (place.line > 0)
    error.with_excerpt(numbered_excerpt(place.line, text.line(place.line), static_cast<std::ptrdiff_t>(place.column)));
  return error;
}

Error undefined(TextPlace place, const UserText& text, std::string name) {
  if (name == "bcmp") name = "memcmp";  // LLVM's name for it where only equality counts
  const auto known = std::ranges::find(advices, name, &Advice::name);
  if (known != std::end(advices))
    return error_at(place, text, fmt::format("this needs {}(), which BPF does not have", name),
                    std::string(known->hint));
  return error_at(place, text, fmt::format("'{}' is declared, and nothing defines it", name),
                  "a program has the functions and variables of its own file, and the kernel's helpers");
}

std::vector<bpf_insn> instructions_of(const ObjectSection& section, const ObjectSymbol& function) {
  std::vector<bpf_insn> result(function.size / instruction_size);
  if (function.value + function.size > section.bytes.size())
    throw Error(Stage::compile, function.name, "the compiler's object file does not hold all of it");
  std::memcpy(result.data(), section.bytes.data() + function.value, result.size() * instruction_size);
  return result;
}

}  // namespace

/// What is looked at: an instruction of a function, and the relocation that it has.
struct Linker::Part {
  const ObjectSymbol& function;
  std::uint32_t instruction;  ///< in the function's section
  const ObjectRelocation* relocation;
};

Linker::Linker(const BpfObject& object, UserBtf& types, const UserText& text, std::vector<MapSpec>& maps,
               std::map<int, std::uint32_t> descriptors)
    : object_(object), types_(types), text_(text), maps_(maps), descriptors_(std::move(descriptors)) {}

ProgramSpec Linker::program(const std::string& name) {
  const auto section = std::ranges::find(object_.sections, std::string(function_prefix) + name, &ObjectSection::name);
  const auto* function = section == object_.sections.end()
                             ? nullptr
                             : object_.function_at(static_cast<std::uint32_t>(section - object_.sections.begin()), 0);
  if (function == nullptr) throw Error(Stage::compile, name, "the compiler's object file does not hold it");
  ProgramSpec program{.name = name};
  placements_.clear();
  add(program, *function);
  for (std::size_t i = 0; i < placements_.size(); ++i) resolve(program, i);  // which may add others

  std::vector<PlacedFunction> functions;
  for (const auto& [symbol, at] : placements_)
    functions.push_back({.name = symbol->name,
                         .section = object_.sections[symbol->section].name,
                         .from = static_cast<std::uint32_t>(symbol->value / instruction_size),
                         .count = static_cast<std::uint32_t>(symbol->size / instruction_size),
                         .at = at});
  types_.describe(program, functions, text_);
  return program;
}

void Linker::add(ProgramSpec& program, const ObjectSymbol& function) {
  const auto at = static_cast<std::uint32_t>(program.instructions.size());
  const auto code = instructions_of(object_.sections[function.section], function);
  if (!placements_.empty()) program.subprograms.push_back({.name = function.name, .instruction = at});
  program.instructions.insert(program.instructions.end(), code.begin(), code.end());
  placements_.push_back({&function, at});
}

void Linker::resolve(ProgramSpec& program, std::size_t placement) {
  const auto [function, at] = placements_[placement];
  const auto& relocations = object_.sections[function->section].relocations;
  const auto first = static_cast<std::uint32_t>(function->value / instruction_size);
  const auto count = static_cast<std::uint32_t>(function->size / instruction_size);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto relocation = std::ranges::find(relocations, (first + i) * instruction_size, &ObjectRelocation::offset);
    const Part part{*function, first + i, relocation == relocations.end() ? nullptr : &*relocation};
    const auto instruction = program.instructions[at + i];  // a copy: what it calls is put behind it
    if (instruction.code == (BPF_JMP | BPF_CALL | BPF_X))
      refuse(part, "this calls a function through a pointer, which BPF does not have",
             "call it by its name, as in if (which) one(); else other();");
    if (is_call(instruction) && instruction.src_reg == BPF_PSEUDO_CALL) resolve_call(program, at + i, part);
    if (!is_wide(instruction)) continue;
    resolve_load(program, at + i, part);
    ++i;
  }
}

/// The number of a call without a relocation counts from itself; with one from where the symbol is.
void Linker::resolve_call(ProgramSpec& program, std::uint32_t at, const Part& part) {
  const auto number = std::int64_t{program.instructions[at].imm} + 1;
  auto section = part.function.section;
  auto target = part.instruction + number;
  if (part.relocation != nullptr) {
    const auto& symbol = object_.symbols[part.relocation->symbol];
    if (symbol.section == 0) refuse_undefined(part, symbol.name);
    section = symbol.section;
    target = static_cast<std::int64_t>(symbol.value / instruction_size) + number;
  }
  const auto begin = place(program, section, static_cast<std::uint64_t>(target) * instruction_size, part);
  program.instructions[at].imm = static_cast<std::int32_t>(begin) - static_cast<std::int32_t>(at) - 1;
}

void Linker::resolve_load(ProgramSpec& program, std::uint32_t at, const Part& part) {
  const auto load = program.instructions[at];
  const auto refer = [&](int source, std::int32_t second, std::uint32_t map) {
    program.instructions[at].src_reg = static_cast<__u8>(source & 0xf);
    program.instructions[at].imm = 0;
    program.instructions[at + 1].imm = second;
    program.maps.push_back({at, map});
  };
  if (part.relocation == nullptr) {
    if (load.src_reg != BPF_PSEUDO_MAP_FD) return;
    const auto known = descriptors_.find(load.imm);
    if (known == descriptors_.end())
      refuse(part, "it uses a map that the probe does not define", "declare it in this file, as BPF_HASH does");
    return refer(BPF_PSEUDO_MAP_FD, 0, known->second);
  }
  const auto& symbol = object_.symbols[part.relocation->symbol];
  if (symbol.section == 0) refuse_undefined(part, symbol.name);
  const auto& section = object_.sections[symbol.section];
  const auto offset = symbol.value + static_cast<std::uint64_t>(std::int64_t{load.imm});
  if (section.is_code) {
    const auto begin = place(program, symbol.section, offset, part);
    program.instructions[at].src_reg = BPF_PSEUDO_FUNC;
    program.instructions[at].imm = static_cast<std::int32_t>(begin) - static_cast<std::int32_t>(at) - 1;
    return;
  }
  if (is_data(section)) {
    if (const auto table = address_table_at(object_, symbol.section, offset))
      refuse(part, fmt::format("'{}' holds addresses, which BPF cannot know before a program is loaded", *table),
             "use an array of texts or of structs instead of one of pointers, as in static const char names[][16]");
    return refer(BPF_PSEUDO_MAP_VALUE, static_cast<std::int32_t>(offset), map_of_section(symbol.section));
  }
  const auto map = std::ranges::find(maps_, symbol.name, &MapSpec::name);
  if (map == maps_.end() || load.imm != 0)
    refuse(part, fmt::format("the address of '{}' is not possible in BPF", symbol.name),
           "of a map a program can hand on its own address only, as in bpf_for_each_map_elem(&MAP, ...)");
  refer(BPF_PSEUDO_MAP_FD, 0, static_cast<std::uint32_t>(map - maps_.begin()));
}

std::uint32_t Linker::place(ProgramSpec& program, std::uint32_t section, std::uint64_t offset, const Part& part) {
  const auto* function = object_.function_at(section, offset);
  if (function == nullptr) refuse(part, "it uses a function that the compiler did not leave in the object file", {});
  auto placed = std::ranges::find(placements_, function, &Placement::function);
  if (placed == placements_.end()) {
    add(program, *function);
    placed = placements_.end() - 1;
  }
  return placed->at;
}

std::uint32_t Linker::map_of_section(std::uint32_t section) {
  const auto known = section_maps_.find(section);
  if (known != section_maps_.end()) return known->second;
  const auto index = static_cast<std::uint32_t>(maps_.size());
  maps_.push_back(data_map(object_, section, types_));
  section_maps_.emplace(section, index);
  return index;
}

void Linker::refuse(const Part& part, std::string cause, std::string hint) const {
  const auto place = types_.place_of(object_.sections[part.function.section].name, part.instruction, text_);
  throw error_at(place, text_, std::move(cause), std::move(hint));
}

void Linker::refuse_undefined(const Part& part, const std::string& name) const {
  throw undefined(types_.place_of(object_.sections[part.function.section].name, part.instruction, text_), text_, name);
}

std::optional<Error> undefined_symbol(const BpfObject& object, const UserBtf& types, const UserText& text) {
  for (const auto& section : object.sections) {
    if (!section.is_code) continue;
    for (const auto& relocation : section.relocations) {
      const auto& symbol = object.symbols[relocation.symbol];
      if (symbol.section != 0 || symbol.name.empty()) continue;
      const auto instruction = static_cast<std::uint32_t>(relocation.offset / instruction_size);
      return undefined(types.place_of(section.name, instruction, text), text, symbol.name);
    }
  }
  return std::nullopt;
}

}  // namespace sonda
