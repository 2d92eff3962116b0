#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "report/explanation/printers.h"
#include "report/explanation/wording.h"
#include "report/json_line.h"

namespace sonda::report {
namespace {

Json text(std::string_view bytes) { return to_valid_utf8(bytes); }
Json text_or_null(std::string_view bytes) { return bytes.empty() ? Json(nullptr) : text(bytes); }
Json number_or_null(std::uint32_t number) { return number == 0 ? Json(nullptr) : Json(number); }

template <class Items, class Make>
Json list(const Items& items, Make make) {
  auto array = Json::array();
  for (const auto& item : items) array.push_back(make(item));
  return array;
}

std::string hex(const std::vector<std::byte>& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (const auto byte : bytes) {
    result += digits[std::to_integer<unsigned>(byte >> 4)];
    result += digits[std::to_integer<unsigned>(byte & std::byte{15})];
  }
  return result;
}

Json native(const NativeLine& line) {
  return {{"offset", line.offset},
          {"bytes", hex(line.bytes)},
          {"text", text(line.text)},
          {"note", text_or_null(line.note)}};
}

Json fact(const RegisterFact& known) {
  return {{"register", known.number},
          {"when", known.written ? "after" : "before"},
          {"states", list(known.states, text)},
          {"more_states", known.more},
          {"words", text_or_null(known.words)}};
}

Json branch(Branch followed) {
  constexpr std::string_view words[] = {"", "both", "always", "never"};
  return text_or_null(words[static_cast<std::size_t>(followed)]);
}

Json helper(const std::optional<HelperCall>& call) {
  if (!call) return nullptr;
  return {{"number", call->number},
          {"name", text(call->name)},
          {"signature", text_or_null(call->signature)},
          {"summary", text_or_null(call->summary)},
          {"returns", text_or_null(call->returns)}};
}

Json instruction(const FunctionExplanation& function, const BpfLine& line) {
  return {{"index", line.index},
          {"begins", text_or_null(line.begins)},
          {"entry", list(line.entry, native)},
          {"text", text(line.text)},
          {"line", number_or_null(line.line)},
          {"column", number_or_null(line.column)},
          {"walked", function.no_states.empty() ? Json(line.visits) : Json(nullptr)},
          {"removed", line.removed},
          {"jumps", branch(line.branch)},
          {"target", line.target ? Json(*line.target) : Json(nullptr)},
          {"map", text_or_null(line.map)},
          {"helper", helper(line.call)},
          {"note", text_or_null(line.note)},
          {"registers", list(line.registers, fact)},
          {"translated", line.translated},
          {"native", list(line.native, native)}};
}

Json slot(const StackSlot& slot) {
  constexpr const char* certainties[] = {"unknown", "guess"};
  return {{"offset", slot.offset},
          {"size", slot.size},
          {"name", text_or_null(slot.name)},
          {"type", text_or_null(slot.type)},
          {"certainty", certainties[static_cast<std::size_t>(slot.certainty)]},
          {"why", text(slot.why)},
          {"spill", slot.spill},
          {"instructions", slot.instructions},
          {"contents", list(slot.contents, text)}};
}

Json why(const std::optional<RefusalExplanation>& refusal) {
  if (!refusal) return nullptr;
  constexpr const char* places[] = {"before", "after", "replace", "remove"};
  Json change = nullptr;
  if (refusal->change)
    change = {{"line", refusal->change->line},
              {"text", text_or_null(refusal->change->text)},
              {"place", places[static_cast<std::size_t>(refusal->change->place)]}};
  return {{"stage", std::string(to_string(refusal->error.stage()))},
          {"subject", text(refusal->error.subject())},
          {"cause", text(refusal->error.cause())},
          {"hint", text(refusal->error.hint())},
          {"hint_tried", refusal->error.hint_tried()},
          {"line", number_or_null(refusal->line)},
          {"instruction", refusal->instruction ? Json(*refusal->instruction) : Json(nullptr)},
          {"path", list(refusal->path,
                        [](const PathStep& step) {
                          return Json{{"line", number_or_null(step.line)}, {"text", text(step.text)}};
                        })},
          {"change", change}};
}

Json function_object(const Explanation& explanation, const FunctionExplanation& function) {
  return {{"type", "function"},
          {"file", text(explanation.probe)},
          {"function", text(function.name)},
          {"program_type", text(function.type)},
          {"points", list(function.points, text)},
          {"accepted", !function.refusal},
          {"refusal", why(function.refusal)},
          {"verified", function.verified},
          {"translated", function.translated},
          {"jit_bytes", function.native_bytes},
          {"stack_bytes", function.stack_bytes},
          {"no_registers", text_or_null(function.no_states)},
          {"no_native", text_or_null(function.no_native)},
          {"entry", list(function.entry, native)},
          {"code", list(function.code, [&](const BpfLine& line) { return instruction(function, line); })},
          {"stack", list(function.stack, slot)}};
}

Json probe_object(const Explanation& explanation) {
  const auto map = [](const ExplainedMap& each) {
    return Json{{"map", text(each.name)},
                {"map_type", text(each.type)},
                {"key", text_or_null(each.key)},
                {"value", text_or_null(each.value)},
                {"key_size", each.key_size},
                {"value_size", each.value_size},
                {"max_entries", each.max_entries},
                {"slots", list(each.slots, [](const auto& slot) {
                   return Json{{"index", slot.first}, {"holds", text(slot.second)}};
                 })}};
  };
  const auto edge = [](const TailCallEdge& each) {
    return Json{{"from", text(each.from)},
                {"array", text(each.array)},
                {"index", each.index ? Json(*each.index) : Json(nullptr)},
                {"to", text_or_null(each.to)},
                {"line", number_or_null(each.line)}};
  };
  return {{"type", "probe"},
          {"file", text(explanation.probe)},
          {"kernel", text(explanation.kernel)},
          {"source", list(explanation.source, text)},
          {"maps", list(explanation.maps, map)},
          {"tail_calls", list(explanation.tail_calls, edge)}};
}

}  // namespace

std::vector<std::string> explanation_json(const Explanation& explanation) {
  std::vector<std::string> lines{json_line(probe_object(explanation))};
  for (const auto& function : explanation.functions) lines.push_back(json_line(function_object(explanation, function)));
  return lines;
}

}  // namespace sonda::report
