#include "explain/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "explain/helpers.h"
#include "explain/registers.h"
#include "image/instructions.h"
#include "kernel/arch.h"
#include "kernel/jit.h"
#include "verifier/describe_state.h"
#include "verifier/walk.h"

namespace sonda {
namespace {

std::string with_last_word(const std::string& text, std::string_view word) {
  return text.substr(0, text.rfind(' ') + 1).append(word);
}

/// "goto +5" says how far; the number of the instruction is easier to follow.
std::string with_target(std::string text, std::uint32_t target) {
  const auto at = text.rfind("goto ");
  if (at == std::string::npos) return text;
  text.resize(at + 5);
  return text + std::to_string(target);
}

const std::string* loaded_map(const Image& image, const ProgramSpec& program, std::uint32_t instruction) {
  const auto use = std::ranges::find(program.maps, instruction, &MapReference::instruction);
  return use == program.maps.end() ? nullptr : &image.maps.at(use->map).name;
}

/// "map counts"; of a variable its name, too: "calls, in map .data".
std::string loaded_text(const Image& image, const ProgramSpec& program, std::uint32_t instruction) {
  const auto use = std::ranges::find(program.maps, instruction, &MapReference::instruction);
  const auto& map = image.maps.at(use->map);
  if (map.holds == Holds::entries) return "map " + map.name;
  const auto offset = static_cast<std::uint32_t>(program.instructions.at(instruction + 1).imm);
  for (const auto& field : map.value.types.front().fields)
    if (const auto begin = field.bit_offset / 8;
        offset >= begin && offset < begin + map.value.types.at(field.type).size)
      return fmt::format("{}{}, in map {}", field.name, offset == begin ? "" : fmt::format(" + {}", offset - begin),
                         map.name);
  return fmt::format("map {}{}", map.name, offset == 0 ? "" : fmt::format(" + {}", offset));
}

const Subprogram* function_at(const ProgramSpec& program, std::int64_t instruction) {
  const auto found = std::ranges::find_if(
      program.subprograms, [&](const Subprogram& function) { return function.instruction == instruction; });
  return found == program.subprograms.end() ? nullptr : &*found;
}

/// The function that an instruction calls, or hands to a helper.
const Subprogram* used_function(const ProgramSpec& program, std::uint32_t instruction) {
  const auto& code = program.instructions[instruction];
  const bool is_used =
      is_wide(code) ? code.src_reg == BPF_PSEUDO_FUNC : is_call(code) && code.src_reg == BPF_PSEUDO_CALL;
  return is_used ? function_at(program, std::int64_t{instruction} + 1 + code.imm) : nullptr;
}

/// Which argument of the helper is its map; 0 if it has none.
int map_argument(const Helper& helper) {
  const auto parameters = parameters_of(helper);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].ends_with("*map") || parameters[i].ends_with("*prog_array_map") ||
        parameters[i].ends_with("*ringbuf"))
      return static_cast<int>(i) + 1;
  return 0;
}

/// The map that the call at `at` is given: what was loaded last into the argument's register, in the straight line
/// before it.
std::string map_of_call(const Image& image, const ProgramSpec& program, const std::vector<std::uint32_t>& starts,
                        std::size_t at, int argument) {
  for (auto i = at; i-- > 0;) {
    const auto& code = program.instructions[starts[i]];
    if (is_call(code)) break;
    const auto written = register_use(code).written;
    if (std::ranges::find(written, argument) == written.end()) continue;
    const auto* map = loaded_map(image, program, starts[i]);
    return map != nullptr ? *map : std::string();
  }
  return {};
}

/// The map as the verifier spells it at the call; the kernel knows the first 15 bytes of a name only.
std::string map_of_state(const Image& image, std::string_view state) {
  const auto name = read_register_state(state).map;
  if (name.empty()) return {};
  const MapSpec* found = nullptr;
  for (const auto& map : image.maps) {
    if (!std::string_view(map.name).starts_with(name)) continue;
    if (found != nullptr) return {};
    found = &map;
  }
  return found != nullptr ? found->name : std::string();
}

/// The map, if the verifier spells the same one at all visits.
std::string map_of_states(const Image& image, const std::vector<RegisterFact>& facts, int number) {
  std::string name;
  for (const auto& state : states_before(facts, number)) {
    const auto map = map_of_state(image, state);
    if (map.empty() || (!name.empty() && map != name)) return {};
    name = map;
  }
  return name;
}

HelperCall call_of(int number) {
  HelperCall call{.number = number, .name = fmt::format("helper {}", number)};
  if (const auto* helper = find_helper(number)) {
    call.name = helper->name;
    call.signature = helper->signature;
    call.summary = helper->summary;
    call.returns = helper->returns;
  }
  return call;
}

void add_call(BpfLine& line, const Image& image, const ProgramSpec& program, const std::vector<std::uint32_t>& starts,
              std::size_t at, const Observed::Instruction& seen) {
  line.call = call_of(program.instructions[line.index].imm);
  line.text = "call " + line.call->name;
  const auto* helper = find_helper(line.call->number);
  const int argument = helper != nullptr ? map_argument(*helper) : 0;
  if (argument == 0) return;
  const auto place = static_cast<std::size_t>(argument - 1);
  if (seen.visits == 0) {
    line.map = map_of_call(image, program, starts, at, argument);
  } else if (place < seen.loads.size() && seen.loads[place]) {
    if (const auto* map = loaded_map(image, program, *seen.loads[place])) line.map = *map;
  } else {
    line.map = map_of_states(image, seen.registers, argument);
  }
}

Branch branch_of(const bpf_insn& code, const Observed::Instruction& seen) {
  if (!is_conditional(code) || seen.visits == 0) return Branch::none;
  if (seen.jumped && seen.fell_through) return Branch::both;
  if (seen.jumped) return Branch::only_jump;
  return seen.fell_through ? Branch::only_next : Branch::none;
}

class NativeListing {
 public:
  NativeListing(const NativeCode& native, const ProgramSpec& program, KernelSymbols& symbols)
      : native_(native), program_(program), symbols_(symbols) {}

  /// `map`: the map that the BPF instruction loads, if it does.
  NativeLine line_of(const CodeLine& code, std::string_view map) {
    NativeLine line{.offset = code.offset, .text = code.text};
    const auto* start = native_.bytes.data() + code.offset;
    line.bytes.assign(start, start + code.size);
    if (code.target) {
      const auto absolute = fmt::format("0x{:x}", *code.target);
      const auto inside = offset_in(native_, *code.target);
      const auto name = inside ? name_inside(*inside) : name_of(*code.target);
      if (!name.empty() && line.text.ends_with(absolute))
        line.text.replace(line.text.size() - absolute.size(), absolute.size(), name);
      else
        line.note = name;
    } else if (jit::loads_private_stack(code.text)) {
      line.text = with_last_word(line.text, "private stack");
      line.note = "a stack of its own, on each processor";
    } else if (const auto value = jit::loaded_number(code.text); value && *value >= arch::kernel_space) {
      // Where the kernel has the map is another place each time, and says nothing.
      line.text = with_last_word(line.text, map.empty() ? fmt::format("0x{:x}", *value) : fmt::format("map {}", map));
      line.note = name_of(*value);
    }
    return line;
  }

 private:
  std::string name_of(std::uint64_t address) {
    const auto symbol = symbols_.find(address);
    return symbol.name.empty() ? std::string() : to_text(symbol, address);
  }

  /// A function that the program calls, or just an offset.
  std::string name_inside(std::size_t offset) const {
    const auto function = std::ranges::find(native_.functions, offset, &NativeCode::Function::offset);
    const auto number = static_cast<std::size_t>(function - native_.functions.begin());
    const bool is_called = number > 0 && native_.functions.size() == program_.subprograms.size() + 1;
    return is_called && number <= program_.subprograms.size() ? program_.subprograms[number - 1].name
                                                              : fmt::format("0x{:x}", offset);
  }

  const NativeCode& native_;
  const ProgramSpec& program_;
  KernelSymbols& symbols_;
};

}  // namespace

Code code_of(const ProgramSpec& program) {
  Code code{.instruction_set = InstructionSet::bpf};
  code.bytes.resize(program.instructions.size() * sizeof(bpf_insn));
  std::memcpy(code.bytes.data(), program.instructions.data(), code.bytes.size());
  return code;
}

std::vector<Code> codes_of(const NativeCode& native) {
  std::vector<Code> codes;
  for (const auto& function : native.functions) {
    const auto bytes = std::span(native.bytes).subspan(function.offset, function.size);
    codes.push_back({.instruction_set = InstructionSet::native,
                     .address = function.address,
                     .bytes = {bytes.begin(), bytes.end()}});
  }
  return codes;
}

std::vector<CodeLine> joined(const NativeCode& native, std::span<const std::vector<CodeLine>> runs) {
  std::vector<CodeLine> lines;
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (auto line : runs[i]) {
      line.offset += static_cast<std::uint32_t>(native.functions.at(i).offset);
      lines.push_back(std::move(line));
    }
  return lines;
}

std::vector<BpfLine> bpf_lines(const Image& image, const ProgramSpec& program, const std::vector<CodeLine>& lines,
                               const Observed& seen) {
  std::vector<BpfLine> result;
  std::vector<std::uint32_t> starts;
  for (const auto& line : lines) starts.push_back(line.offset / static_cast<std::uint32_t>(sizeof(bpf_insn)));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto index = starts[i];
    if (index >= program.instructions.size()) break;
    const auto& code = program.instructions[index];
    const auto& known = seen.instructions.at(index);
    BpfLine line{.index = index, .text = lines[i].text, .visits = known.visits, .registers = known.registers};
    if (const auto* record = line_of(program, static_cast<int>(index))) {
      line.line = record->line;
      line.column = record->column;
    }
    line.branch = branch_of(code, known);
    line.target = jump_target(code, index);
    if (line.target) line.text = with_target(std::move(line.text), *line.target);
    if (const auto* map = loaded_map(image, program, index)) {
      line.map = *map;
      line.text = fmt::format("r{} = {}", static_cast<int>(code.dst_reg), loaded_text(image, program, index));
    }
    if (const auto* function = used_function(program, index)) {
      line.text = is_wide(code) ? fmt::format("r{} = function {}", static_cast<int>(code.dst_reg), function->name)
                                : "call " + function->name;
      line.note = fmt::format("at {}", function->instruction);
    }
    if (const auto* function = function_at(program, index)) line.begins = function->name;
    if (is_helper_call(code)) add_call(line, image, program, starts, i, known);
    result.push_back(std::move(line));
  }
  return result;
}

void add_native(std::vector<BpfLine>& code, std::vector<NativeLine>& entry, const NativeCode& native,
                const std::vector<CodeLine>& lines, const ProgramSpec& program, KernelSymbols& symbols) {
  NativeListing listing(native, program, symbols);
  auto* frame = &entry;
  std::size_t next = 0;
  BpfLine* current = nullptr;
  bool in_frame = true, framed = false;
  for (const auto& line : lines) {
    while (next < native.starts.size() && native.starts[next].offset <= line.offset) {
      const auto& start = native.starts[next++];
      const auto found = std::ranges::find(code, start.instruction, &BpfLine::index);
      if (found == code.end()) continue;
      if (current != nullptr) in_frame = false;
      current = &*found;
      if (!current->begins.empty()) {
        in_frame = true;
        framed = false;
        frame = &current->entry;
      }
      current->translated = start.translated;
    }
    in_frame = in_frame && jit::may_make_frame(line.text, framed);
    framed = framed || jit::begins_frame(line.text);
    const bool of_frame = in_frame || current == nullptr;
    const auto map = of_frame || current->call ? std::string_view() : std::string_view(current->map);
    (of_frame ? *frame : current->native).push_back(listing.line_of(line, map));
  }
}

}  // namespace sonda
