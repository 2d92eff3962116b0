// An index or a size that the verifier does not know to be small enough.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/text.h"
#include "image/instructions.h"
#include "runtime/verifier/edits.h"
#include "runtime/verifier/integers.h"
#include "runtime/verifier/suggestions.h"

namespace sonda {
namespace {

using Suggestions = std::vector<Suggestion>;

void append(Suggestions& all, Suggestions more) {
  for (auto& each : more) all.push_back(std::move(each));
}

/// Whether the text can be said twice: it changes nothing, and is no number.
bool is_variable(std::string_view text) {
  const auto names = names_in(text);
  return !names.empty() && names.front() != "sizeof" && text.find_first_of("(=\"'") == std::string_view::npos &&
         text.find("++") == std::string_view::npos && text.find("--") == std::string_view::npos;
}

/// "count" and "i" of "slots->count[i]", each once.
struct Subscript {
  std::string_view array, index;
};
std::vector<Subscript> subscripts(std::string_view code) {
  std::vector<Subscript> result;
  for (auto open = code.find('['); open != std::string_view::npos; open = code.find('[', open + 1)) {
    const auto close = closing(code, open);
    if (!close) return {};
    auto start = open;
    while (start > 0 && is_name_character(code[start - 1])) --start;
    const Subscript found{code.substr(start, open - start), trim(code.substr(open + 1, *close - open - 1))};
    const auto same = [&](const Subscript& known) { return known.array == found.array && known.index == found.index; };
    if (is_variable(found.index) && std::ranges::none_of(result, same)) result.push_back(found);
  }
  return result;
}

/// How many elements the array has, as C says it.
std::optional<std::string> length_of(const SourceText& source, std::string_view array) {
  if (array.empty()) return std::nullopt;
  return source.elements_of(array);
}

/// The number that the text is, or that a `#define` makes of it.
std::optional<std::uint64_t> number_of(const SourceText& source, std::string_view text) {
  if (const auto number = parse_u64(text)) return number;
  for (std::uint32_t line = 1; is_identifier(text) && line <= source.lines(); ++line) {
    const auto words = fmt::format("#define {} ", text);
    if (const auto code = trim(source.line(line)); code.starts_with(words))
      return parse_u64(trim(code.substr(words.size())));
  }
  return std::nullopt;
}

/// Of a local variable: whether it has negative values.
bool may_be_negative(const SourceText& source, std::uint32_t line, std::string_view index) {
  const auto declared = source.declaration(index, line);
  return declared && !is_unsigned(declared->type) && integer_type(declared->type);
}

/// Whether somewhere above it is asked whether the index is below the length.
bool is_asked_for(const SourceText& source, std::uint32_t line, std::string_view index, const std::string& length) {
  if (has_comparison(source, line, index, {"<" + length, ">=" + length})) return true;
  const auto number = number_of(source, length);
  if (!number || *number == 0) return false;
  const auto last = std::to_string(*number - 1);
  return has_comparison(source, line, index, {"<=" + last, ">" + last});
}

bool is_power_of_two(std::optional<std::uint64_t> number) { return number && std::has_single_bit(*number); }

/// Of an index that is asked for: the mask changes nothing, and is what the verifier sees. Where nobody asked, the
/// index would go round, which is not what is meant.
Suggestion masked(const SourceText& source, std::uint32_t line, const Subscript& at, const std::string& length) {
  const bool is_plain = at.index.find_first_of("+-*/%&|^<?") == std::string_view::npos ||
                        at.index.find("->") == at.index.find_first_of("+-*/%&|^<?");
  const auto index = is_plain ? std::string(at.index) : fmt::format("({})", at.index);
  const auto from = offset_in(source.code(line), at.index);
  const auto number = parse_u64(length);
  const auto mask = number ? std::to_string(*number - 1) : fmt::format("({} - 1)", length);
  return replaced(source, line, from, from + at.index.size(), fmt::format("{} & {}", index, mask));
}

/// A copy that is asked for and used in one place. Behind `barrier`, the compiler knows nothing of what it was.
Suggestions copied(const SourceText& source, std::uint32_t line, const Subscript& at, const std::string& length,
                   bool behind_barrier) {
  const auto copy = free_name(source, line, "at");
  const auto from = offset_in(source.code(line), at.index);
  return wrapped(source, line,
                 fmt::format("u64 {0} = {1};{3} if ({0} < {2})", copy, at.index, length,
                             behind_barrier ? " " + barrier(copy) : std::string()),
                 from, from + at.index.size(), copy);
}

Suggestions bound_subscript(const SourceText& source, std::uint32_t line, const Subscript& at,
                            const std::string& length) {
  const auto below = may_be_negative(source, line, at.index) ? fmt::format("{} < 0 || ", at.index) : std::string();
  const auto check = fmt::format("if ({}{} >= {}) {}", below, at.index, length, leave(source, line));
  const bool is_asked = is_asked_for(source, line, at.index, length);
  Suggestions all, wider;
  if (has_comparison(source, line, at.index, {"<", ">"}))
    for (const auto name : names_in(at.index)) append(wider, widened(source, line, name));
  if (is_asked && below.empty()) append(all, wider);
  append(all, put_before(source, line, check));
  append(all, wider);
  append(all, copied(source, line, at, length, false));
  if (is_identifier(at.index)) append(all, widened_and_checked(source, line, at.index, check));
  if (is_identifier(at.index)) append(all, put_before(source, line, fmt::format("{} {}", barrier(at.index), check)));
  append(all, copied(source, line, at, length, true));
  if (is_asked && is_power_of_two(number_of(source, length))) all.push_back(masked(source, line, at, length));
  return all;
}

/// A call with a buffer and its size.
struct SizedCall {
  CallText call;
  std::string_view buffer, size;
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

std::optional<SizedCall> sized_call(const Refusal& refusal) {
  const auto code = refusal.source.code(refusal.place.line);
  const auto take = [&](std::string_view name, std::size_t buffer, std::size_t size) -> std::optional<SizedCall> {
    auto call = only_call(code, name);
    if (!call || std::max(buffer, size) >= call->arguments.size()) return std::nullopt;
    const auto arguments = call->arguments;
    return SizedCall{std::move(*call), arguments[buffer], arguments[size]};
  };
  for (const auto& known : sized_calls)
    if (auto found = take(known.name, known.buffer, known.size)) return found;
  const auto at = code.find("bpf_probe_read");
  if (at != std::string_view::npos) return take(code.substr(at, code.find_first_of(" (", at) - at), 0, 1);
  return std::nullopt;
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
  const auto size = found.size;
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
  const auto copy = free_name(source, line, "size");
  const auto from = offset_in(source.code(line), size);
  // A number below 0 is an error, of which there is nothing to hand on.
  const auto bound =
      may_fail ? fmt::format("if ({0} <= {1})", copy, most) : fmt::format("if ({0} > {1}) {0} = {1};", copy, most);
  for (const auto& forget : {std::string(), " " + barrier(copy)})
    append(all, wrapped(source, line, fmt::format("u64 {} = {};{} {}", copy, size, forget, bound), from,
                        from + size.size(), copy));
  return all;
}

}  // namespace

std::vector<Suggestion> bound_index(const Refusal& refusal) {
  if (!refusal.is("map_value_max", "map_value", "unbounded_math", "stack_variable", "stack_bounds", "mem_bounds",
                  "unbounded", "negative", "stack_read", "stack_write", "out_of_range"))
    return {};
  const auto line = refusal.place.line;
  Suggestions all;
  for (const auto& subscript : subscripts(refusal.source.code(line)))
    if (const auto length = length_of(refusal.source, subscript.array))
      append(all, bound_subscript(refusal.source, line, subscript, *length));
  return all;
}

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
  if (!wanted || found->size == *wanted) return {};
  const auto from = offset_in(refusal.source.code(refusal.place.line), found->size);
  return {replaced(refusal.source, refusal.place.line, from, from + found->size.size(), *wanted)};
}

}  // namespace sonda
