// A size that the verifier does not know to be small enough, or that is wrong.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "image/instructions.h"
#include "verifier/edits.h"
#include "verifier/refusal.h"
#include "verifier/suggestion.h"

namespace sonda {
namespace {

using Suggestions = std::vector<Suggestion>;

/// A call with a buffer and its size.
struct SizedCall {
  std::string buffer, size;
  std::optional<std::size_t> at;  ///< where the size stands in the refused line; nothing if the call takes several
};

struct Sized {
  std::string_view name;
  std::size_t buffer, size;  ///< places of its arguments
};
constexpr Sized sized_calls[] = {{".perf_submit", 1, 2},         {".perf_submit_skb", 2, 3},
                                 {".ringbuf_output", 0, 1},      {"bpf_perf_event_output", 3, 4},
                                 {"bpf_ringbuf_output", 1, 2},   {"bpf_skb_load_bytes", 2, 3},
                                 {"bpf_skb_store_bytes", 2, 3},  {"bpf_get_stack", 1, 2},
                                 {"bpf_get_current_comm", 0, 1}, {"bpf_d_path", 1, 2}};

std::optional<SizedCall> sized_call_in(std::string_view code) {
  const auto take = [&](std::string_view name, std::size_t buffer, std::size_t size) -> std::optional<SizedCall> {
    const auto call = only_call(code, name);
    if (!call || std::max(buffer, size) >= call->arguments.size()) return std::nullopt;
    const auto text = call->arguments[size];
    return SizedCall{std::string(call->arguments[buffer]), std::string(text), offset_in(code, text)};
  };
  for (const auto& known : sized_calls)
    if (auto found = take(known.name, known.buffer, known.size)) return found;
  const auto at = code.find("bpf_probe_read");
  if (at == std::string_view::npos) return std::nullopt;
  return take(code.substr(at, code.find_first_of(" (", at) - at), 0, 1);
}

std::optional<SizedCall> sized_call(const Refusal& refusal) {
  const auto line = refusal.place.line;
  if (auto found = sized_call_in(refusal.source.code(line))) return found;
  const auto first = place_before(refusal.source, line), last = refusal.source.end_of_statement(line);
  if (!first || !last) return std::nullopt;
  std::string statement;
  for (auto each = *first; each <= *last; ++each) statement += fmt::format("{} ", trim(refusal.source.code(each)));
  auto found = sized_call_in(statement);
  if (found) found->at = std::nullopt;
  return found;
}

/// "sizeof(...)" of what the argument points to; nothing where that is not clear.
std::optional<std::string> size_of(const Refusal& refusal, std::string_view buffer) {
  if (const auto cast = buffer.starts_with('(') ? closing(buffer, 0) : std::nullopt; cast)
    buffer = trim(buffer.substr(*cast + 1));
  if (buffer.empty() || buffer.find_first_of("()[]+*") != std::string_view::npos) return std::nullopt;
  if (buffer.starts_with('&')) return fmt::format("sizeof({})", trim(buffer.substr(1)));
  const auto names = names_in(buffer);
  if (names.empty()) return std::nullopt;
  if (const auto declared =
          is_identifier(buffer) ? refusal.source.declaration(buffer, refusal.place.line) : std::nullopt)
    if (declared->type.starts_with("struct ") && declared->type.ends_with('*'))
      return fmt::format("sizeof(*{})", buffer);
  // The address of an array, which has a size; a pointer's own size would be the wrong one.
  if (!refusal.source.elements_of(names.back())) return std::nullopt;
  return fmt::format("sizeof({})", buffer);
}

Suggestions bound_variable_size(const Refusal& refusal, const SizedCall& found, const std::string& most) {
  const auto& source = refusal.source;
  const auto line = refusal.place.line;
  const std::string_view size = found.size;
  const auto clamp = fmt::format("if ({0} > {1}) {0} = {1};", size, most);
  const bool is_asked = has_comparison(source, line, size, {"<", ">"});
  Suggestions all;
  const bool may_fail = may_be_negative(source, line, size);
  if (is_asked && may_fail)
    append(all, put_before(source, line, fmt::format("if ({} < 0) {}", size, leave(source, line))));
  const bool is_clamped = has_comparison(source, line, size, {">" + most, ">=" + most, "<" + most, "<=" + most});
  const bool can_clamp = is_identifier(size) && !is_clamped && source.declaration(size, line).has_value();
  Suggestions wider;
  for (const auto name : names_in(size)) append(wider, widened(source, line, name));
  if (is_asked) append(all, wider);
  if (can_clamp) append(all, put_before(source, line, clamp));
  if (can_clamp) append(all, widened_and_checked(source, line, size, clamp));
  if (!found.at) return all;
  const auto copy = free_name(source, line, "size");
  // A number below 0 is an error, of which there is nothing to hand on.
  const auto bound =
      may_fail ? fmt::format("if ({0} <= {1})", copy, most) : fmt::format("if ({0} > {1}) {0} = {1};", copy, most);
  for (const auto& forget : {std::string(), " " + barrier(copy)})
    append(all, wrapped(source, line, fmt::format("u64 {} = {};{} {}", copy, size, forget, bound), *found.at,
                        *found.at + size.size(), copy));
  return all;
}

}  // namespace

std::vector<Suggestion> bound_size(const Refusal& refusal) {
  if (!refusal.is("negative", "unbounded", "zero_size", "map_value_max", "map_value", "stack_write", "stack_read",
                  "stack_unset", "mem_bounds") ||
      !refusal.failed || !is_call(refusal.walk.instruction(*refusal.failed)))
    return {};
  const auto found = sized_call(refusal);
  if (!found || !is_variable(found->size)) return {};
  if (refusal.is("zero_size")) {
    // Kernels with the older wording (before 6.8) learn nothing from that check.
    if (refusal.report.reason.find("zero-sized") == std::string::npos) return {};
    return put_before(refusal.source, refusal.place.line,
                      fmt::format("if ({} == 0) {}", found->size, leave(refusal.source, refusal.place.line)));
  }
  const auto most = size_of(refusal, found->buffer);
  return most ? bound_variable_size(refusal, *found, *most) : Suggestions();
}

std::vector<Suggestion> correct_size(const Refusal& refusal) {
  if (!refusal.is("stack_write", "stack_read", "stack_unset", "map_value", "mem_bounds") || !refusal.failed ||
      !is_call(refusal.walk.instruction(*refusal.failed)))
    return {};
  const auto found = sized_call(refusal);
  if (!found || is_variable(found->size)) return {};
  const auto wanted = size_of(refusal, found->buffer);
  if (!wanted || found->size == *wanted || !found->at) return {};
  return {replaced(refusal.source, refusal.place.line, *found->at, *found->at + found->size.size(), *wanted)};
}

}  // namespace sonda
