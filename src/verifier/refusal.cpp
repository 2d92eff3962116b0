#include "verifier/refusal.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/excerpt.h"
#include "base/text.h"
#include "image/instructions.h"

namespace sonda {
namespace {

/// N of the last "RN" in a message; the first may be of a part that only describes.
int register_in(std::string_view message) {
  for (auto at = message.find('R'); at != std::string_view::npos; at = message.find('R', at + 1)) {
    if (at > 0 && is_name_character(message[at - 1])) continue;
    if (at + 1 >= message.size() || !is_digit(message[at + 1])) continue;
    if (at + 2 < message.size() && is_name_character(message[at + 2])) continue;
    return message[at + 1] - '0';
  }
  return -1;
}

bool is_scalar(const Trace& trace, std::size_t step, int reg) {
  TraceStates states(trace);
  const auto known = state_of(states.before(step), "R" + std::to_string(reg));
  return known && (known->find("scalar") != std::string_view::npos || known->find("inv") != std::string_view::npos);
}

/// The variable that the only assignment of a line is to.
std::string only_assigned(std::string_view code) {
  const auto end = std::min(code.find(';'), code.size());
  const auto first = code.substr(0, end).find('=');
  if (first == std::string_view::npos) return {};
  if (const auto second = code.find('=', first + 1); second < end) return {};
  return assigned_variable(code, first + 1).value_or("");
}

/// What the line of `at` calls the value that the step made.
std::string variable_made(const Refusal& refusal, std::size_t at) {
  const auto* record = refusal.walk.line(at);
  if (record == nullptr) return {};
  const auto code = refusal.source.code(record->line);
  const auto& i = refusal.walk.instruction(at);
  if (!is_call(i)) return only_assigned(code);
  const auto call = call_of_helper(code, i.imm);
  return call ? assigned_variable(code, call->name).value_or("") : std::string();
}

constexpr std::string_view blanks = " \t";

/// The line as compilers show it. Without a column the caret is below its first word.
std::string show(std::string_view text, std::uint32_t line, std::uint32_t column) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return numbered_excerpt(line, text, 0);
  const auto caret = column >= 1 && column <= text.size() ? column : first + 1;
  return numbered_excerpt(line, text, static_cast<std::ptrdiff_t>(caret));
}

}  // namespace

std::optional<CallText> call_of_helper(std::string_view code, int helper) {
  constexpr std::string_view lookups[] = {".lookup", ".lookup_or_try_init", ".lookup_or_init", "bpf_map_lookup_elem"};
  constexpr std::string_view reserves[] = {".ringbuf_reserve", "bpf_ringbuf_reserve"};
  std::span<const std::string_view> names;
  if (helper == lookup_helper) names = lookups;
  if (helper == reserve_helper) names = reserves;
  std::optional<CallText> found;
  for (const auto name : names) {
    auto call = only_call(code, name);
    if (!call) continue;
    if (found) return std::nullopt;
    found = std::move(call);
  }
  return found;
}

Refusal::Refusal(const Image& image_, const ProgramSpec& spec_, const VerifierReport& report_, std::string log)
    : image(image_),
      spec(spec_),
      report(report_),
      trace(read_trace(std::move(log))),
      walk(trace, spec),
      source(image.key.source) {
  if (const auto* rejection = find_rejection(report.reason)) name = rejection->name;
  if (report.instruction >= 0) failed = walk.last_at(static_cast<std::uint32_t>(report.instruction));
  refused_register = register_in(report.reason);
  if (failed && refused_register < 0 && report.reason.starts_with("math between")) {
    const auto& i = walk.instruction(*failed);
    refused_register = is_scalar(trace, walk.index(*failed), i.dst_reg) ? i.dst_reg : i.src_reg;
  }
  if (failed && refused_register >= 0) slice = slice_back(walk, *failed, refused_register);
  if (slice.origin) variable = variable_made(*this, *slice.origin);
  place = place_of(*this);
}

std::optional<std::size_t> Refusal::reserved() const {
  constexpr std::string_view says = "alloc_insn=";
  const auto at = report.reason.find(says);
  if (at == std::string::npos) return std::nullopt;
  auto digits = std::string_view(report.reason).substr(at + says.size());
  std::size_t end = 0;
  while (end < digits.size() && is_digit(digits[end])) ++end;
  const auto number = parse_u64(digits.substr(0, end));
  if (!number || *number > UINT32_MAX) return std::nullopt;
  return walk.last_at(static_cast<std::uint32_t>(*number));
}

Error verifier_error(const Image& image, const ProgramSpec& spec, const VerifierReport& report, std::string log) {
  const Refusal refusal(image, spec, report, log);
  const auto place = refusal.place;
  const auto subject = place.line > 0 ? fmt::format("{}:{}", image.key.probe, place.line)
                                      : fmt::format("{}: function {}", image.key.probe, spec.name);
  std::string excerpt;
  if (place.line > 0) {
    // Of a file that is not the image's own, the log has the line.
    const auto text = place.line <= refusal.source.lines() || !report.line ? refusal.source.line(place.line)
                                                                           : std::string_view(report.line->text);
    excerpt = show(text, place.line, place.column);
  }
  if (!report.explanation.empty()) excerpt += fmt::format("      = {}\n", report.explanation);

  auto error = Error(Stage::verify, subject, report.reason, report.hint);
  error.with_excerpt(std::move(excerpt)).with_details(std::move(log));
  if (report.reason.find("allowed for CAP_") != std::string::npos ||
      report.reason.find("for root only") != std::string::npos)
    error.with_exit(Exit::cannot_run);
  return error;
}

}  // namespace sonda
