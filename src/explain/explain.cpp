// A probe, looked at closely: loaded apart, its trace read, its native code asked for.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "compile/disassembly.h"
#include "explain/listing.h"
#include "explain/native.h"
#include "explain/observe.h"
#include "image/spell.h"
#include "kernel/kernel.h"
#include "read/map_types.h"
#include "runtime/kinds.h"
#include "runtime/load_program.h"
#include "sonda/explanation.h"
#include "verifier/describe_state.h"
#include "verifier/path.h"

namespace sonda {
namespace {

/// One function on its way into the value.
struct Study {
  const ProgramSpec* program = nullptr;
  Trial trial;
  Observed seen;
  NativeCode native;
  FunctionExplanation result;
};

std::vector<const ProgramSpec*> chosen(const Image& image, const std::vector<std::string>& functions) {
  std::vector<const ProgramSpec*> programs;
  for (const auto& program : image.programs)
    if (functions.empty() || std::ranges::find(functions, program.name) != functions.end())
      programs.push_back(&program);
  for (const auto& function : functions) image.program(function);  // says which there are
  return programs;
}

std::string why_no_states(const Trace& trace) {
  if (trace.cut_at_front || trace.cut_at_end) return "the verifier's log is not whole";
  if (!trace.steps.empty()) return {};
  if (!trace.log || trace.log->empty())
    return fmt::format("the verifier has more to say of this program than {} MB", Trial::longest_trace >> 20);
  return "the verifier did not come to walk it";
}

Study study(Probe& probe, const ProgramSpec& program, const ProgramKind& kind) {
  Study study{.program = &program, .trial = try_program(probe.loaded(), program.name, kind)};
  auto& refusal = study.trial.refusal;
  if (refusal) refusal = probe.with_tried_hint(*refusal, program.name, kind);
  auto& result = study.result;
  result.name = program.name;
  result.type = type_name(kind.type);
  const auto trace = read_trace(std::move(study.trial.trace));
  result.no_states = why_no_states(trace);
  study.seen = observe(program, trace);
  if (study.trial.fd) {
    study.native = native_code(study.trial.fd.get(), study.trial.tagged, program.name);
    result.no_native = study.native.missing;
    result.verified = study.native.verified;
    result.translated = study.native.translated;
    result.native_bytes = study.native.size;
  } else {
    result.no_native = "the kernel refused the program";
  }
  return study;
}

/// What the kernel left out, where it tells; else what a whole trace never came to.
void mark_removed(Study& study) {
  if (!study.trial.fd) return;
  const auto& kept = study.native.kept;
  const bool traced = study.result.no_states.empty();
  for (auto& line : study.result.code)
    line.removed = kept.empty() ? traced && line.visits == 0
                                : std::ranges::find(kept, line.index) == kept.end() && (!traced || line.visits == 0);
}

RefusalExplanation::Change::Place place_of(Suggestion::Kind kind) {
  using Place = RefusalExplanation::Change::Place;
  constexpr std::array places{Place::before, Place::after, Place::replace, Place::remove};  // in the order of the kinds
  return places.at(static_cast<std::size_t>(kind));
}

/// What loading the program threw: its details are the verifier's log, its hint is a change if one was tried.
RefusalExplanation explain_refusal(const Image& image, const ProgramSpec& program, const Error& error) {
  RefusalExplanation refusal{.error = error};
  const auto analysis = analyse_rejection(image, program, error.details());
  refusal.line = analysis.line;
  if (analysis.report.instruction >= 0) refusal.instruction = static_cast<std::uint32_t>(analysis.report.instruction);
  for (const auto& line : analysis.path.lines) refusal.path.push_back({line.line, describe(line, analysis.path)});
  for (const auto& one : analysis.suggestions)
    if (error.hint_tried() && to_string(one) == error.hint())
      refusal.change = RefusalExplanation::Change{place_of(one.kind), one.line, one.text};
  return refusal;
}

void finish(Study& study, const Image& image, const std::vector<std::string>& source, const std::vector<CodeLine>& bpf,
            const std::vector<CodeLine>& native, KernelSymbols& symbols) {
  auto& result = study.result;
  result.code = bpf_lines(image, *study.program, bpf, study.seen);
  mark_removed(study);
  if (!native.empty()) {
    add_native(result.code, result.entry, study.native, native, *study.program, symbols);
    if (!symbols.known()) result.no_native = "names of functions are hidden (sysctl kernel.kptr_restrict)";
  }
  for (const auto& line : result.code) {
    if (line.line == 0) continue;
    result.first_line = result.first_line == 0 ? line.line : std::min(result.first_line, line.line);
    result.last_line = std::max(result.last_line, line.line);
  }
  auto touched = std::move(study.seen.stack);
  if (touched.empty()) touched = stack_without_trace(*study.program);
  if (const auto& called = study.program->subprograms; !called.empty())
    std::erase_if(touched, [&](const StackAccess& one) { return one.instruction >= called.front().instruction; });
  result.stack = stack_slots(image, touched, study.seen.contents, result.code, source);
  for (const auto& slot : result.stack)
    result.stack_bytes = std::max(result.stack_bytes, static_cast<std::uint32_t>(-slot.offset));
  if (study.trial.refusal) result.refusal = explain_refusal(image, *study.program, *study.trial.refusal);
}

std::vector<std::string> points_of(const Probe& probe, const std::string& function) {
  std::vector<std::string> points;
  for (const auto& attachment : probe.attachments()) {
    if (attachment.function != function) continue;
    auto point = attachment.point;
    // This process stands in for one that nobody named.
    if (auto* process = process_of(point); process != nullptr && *process == ::getpid()) *process = all_pids;
    points.push_back(to_string(point));
  }
  return points;
}

/// The slots that a tail call may take, where the verifier knew them on all ways to it; else nothing: it is computed.
std::vector<std::uint32_t> slots_of(const BpfLine& line) {
  constexpr int index_argument = 3;
  std::vector<std::uint32_t> slots;
  for (const auto& state : states_before(line.registers, index_argument)) {
    const auto known = read_register_state(state).constant;
    if (!known || *known < 0) return {};
    slots.push_back(static_cast<std::uint32_t>(*known));
  }
  std::ranges::sort(slots);
  return slots;
}

/// Where a tail call leads: the file's `@tailcall` lines say what is in the slots.
void add_tail_calls(Explanation& explanation, Study& study, const std::vector<TailCall>& calls) {
  for (auto& line : study.result.code) {
    if (!line.call || line.call->number != BPF_FUNC_tail_call) continue;
    const auto slots = slots_of(line);
    std::vector<std::string> reached;
    const auto lead = [&](std::optional<std::uint32_t> slot, const std::string& to) {
      explanation.tail_calls.push_back({study.result.name, line.map, slot, to, line.line});
      const auto place = fmt::format("{}[{}]", line.map, slot ? std::to_string(*slot) : "?");
      reached.push_back(to.empty() ? place : fmt::format("{}: {}", place, to));
    };
    const auto found_in = [&](std::uint32_t slot) {
      return std::ranges::find_if(calls,
                                  [&](const TailCall& call) { return call.map == line.map && call.index == slot; });
    };
    for (const auto slot : slots) {
      const auto call = found_in(slot);
      lead(slot, call != calls.end() ? call->function : std::string());
    }
    if (slots.empty()) {
      for (const auto& call : calls)
        if (call.map == line.map) lead(call.index, call.function);
      if (reached.empty()) lead(std::nullopt, {});
    }
    line.note = join(reached, ", ");
  }
}

/// "u64 calls; char last[16]".
std::string variables_in_words(const Schema& section) {
  std::vector<std::string> variables;
  for (const auto& field : section.types.front().fields) variables.push_back(spell(section, field.type, field.name));
  return variables.empty() ? spell(section, 0) : join(variables, "; ");
}

std::vector<ExplainedMap> explain_maps(const Probe& probe) {
  std::vector<ExplainedMap> maps;
  for (const auto& spec : probe.image().maps) {
    if (spec.name == usdt_arguments_map) continue;
    ExplainedMap map{.name = spec.name,
                     .type = kind_name(spec),
                     .key_size = spec.key_size,
                     .value_size = spec.value_size,
                     .max_entries = spec.max_entries};
    if (spec.holds != Holds::entries) {
      map.value = variables_in_words(spec.value);
    } else {
      if (!spec.key.empty()) map.key = spell(spec.key, 0);
      if (!spec.value.empty()) map.value = spell(spec.value, 0);
    }
    for (const auto& call : probe.source().tail_calls())
      if (call.map == spec.name) map.slots.emplace_back(call.index, call.function);
    maps.push_back(std::move(map));
  }
  return maps;
}

}  // namespace

bool Explanation::all_accepted() const noexcept {
  return std::ranges::none_of(functions, [](const auto& function) { return function.refusal.has_value(); });
}

Explanation explain_program(Probe& probe, const std::vector<std::string>& functions) {
  const auto& image = probe.image();
  Explanation explanation{.probe = image.key.probe, .kernel = kernel_release()};
  for (const auto line : split_lines(image.key.source)) explanation.source.emplace_back(line);

  const auto kinds = kinds_of(probe);
  std::vector<Study> studies;
  std::vector<Code> codes;
  for (const auto* program : chosen(image, functions)) {
    const auto& made = studies.emplace_back(study(probe, *program, kinds.at(program->name)));
    codes.push_back(code_of(*program));
    for (auto& code : codes_of(made.native)) codes.push_back(std::move(code));
  }
  const auto lines = studies.empty() ? std::vector<std::vector<CodeLine>>() : disassemble(codes);
  KernelSymbols symbols;
  std::size_t next = 0;
  for (auto& each : studies) {
    const auto& bpf = lines[next++];
    const auto native = joined(each.native, std::span(lines).subspan(next, each.native.functions.size()));
    next += each.native.functions.size();
    each.result.points = points_of(probe, each.result.name);
    finish(each, image, explanation.source, bpf, native, symbols);
    add_tail_calls(explanation, each, probe.source().tail_calls());
    explanation.functions.push_back(std::move(each.result));
  }
  // Which begin where; an image has them by name.
  std::ranges::stable_sort(explanation.functions, {}, &FunctionExplanation::first_line);
  explanation.maps = explain_maps(probe);
  return explanation;
}

}  // namespace sonda
