// What has to be written otherwise: declarations, sizes, reads, what is given back, how a function or a loop ends.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "image/instructions.h"
#include "verifier/edits.h"
#include "verifier/refusal.h"
#include "verifier/suggestion.h"

namespace sonda {
namespace {

using Change = Suggestion::Kind;

/// Memory of a process, or of the kernel? By what the probe attaches to.
std::string_view reader_of_memory(const Refusal& refusal) {
  const std::string_view source = refusal.image.key.source;
  constexpr std::string_view of_process[] = {"uprobe:", "uretprobe:", "usdt:", "syscalls"};
  const bool is_user =
      std::ranges::any_of(of_process, [&](std::string_view word) { return source.find(word) != source.npos; });
  return is_user ? "bpf_probe_read_user" : "bpf_probe_read_kernel";
}

/// Whether the address is of a record that was given back, or of a value that was not there: nothing to copy.
bool is_gone(const Refusal& refusal) {
  if (!refusal.slice.origin) return false;
  const auto& origin = refusal.walk.instruction(*refusal.slice.origin);
  return is_call(origin) && (origin.imm == reserve_helper || origin.imm == lookup_helper);
}

/// Whether what ends at `end` of the code is written to.
bool is_assigned(std::string_view code, std::size_t from, std::size_t end) {
  const auto rest = trim(code.substr(end));
  const auto equals = rest.find_first_not_of("+-*/%&|^<>");
  const bool is_set = equals < 3 && equals != std::string_view::npos && rest[equals] == '=' &&
                      (equals > 0 || !rest.starts_with("==")) && !rest.starts_with("<=") && !rest.starts_with(">=");
  return is_set || rest.starts_with("++") || rest.starts_with("--") || code.substr(0, from).ends_with("++") ||
         code.substr(0, from).ends_with("--") || code.substr(0, from).ends_with("&");
}

/// "TYPE NAME = *ADDRESS;", whole.
std::vector<Suggestion> copy_declared(const Refusal& refusal) {
  const auto code = trim(refusal.source.code(refusal.place.line));
  const auto equals = code.find(" = *");
  if (equals == std::string_view::npos || !code.ends_with(';') || code.find('=', equals + 2) != std::string_view::npos)
    return {};
  const auto left = trim(code.substr(0, equals));
  const auto names = names_in(left);
  if (names.size() < 2 || !left.ends_with(names.back()) || left.find('*') != std::string_view::npos) return {};
  auto address = trim(code.substr(equals + 4, code.size() - equals - 5));
  // The cast that made it an address of that type.
  if (const auto cast = address.starts_with('(') ? closing(address, 0) : std::nullopt;
      cast && *cast + 1 < address.size())
    address = trim(address.substr(*cast + 1));
  return {Suggestion{Suggestion::Kind::replace, refusal.place.line,
                     fmt::format("{} = 0; {}(&{}, sizeof({}), (void *){});", left, reader_of_memory(refusal),
                                 names.back(), names.back(), address)}};
}

/// "text[0]" or "*text" somewhere in a statement, of a pointer to numbers: a copy before it.
std::vector<Suggestion> copy_element(const Refusal& refusal) {
  const auto line = refusal.place.line;
  const auto code = refusal.source.code(line);
  for (const auto name : names_in(code)) {
    const auto declared = refusal.source.declaration(name, line);
    if (!declared || declared->line >= line || !declared->type.ends_with('*')) continue;
    const auto type = trim(std::string_view(declared->type).substr(0, declared->type.size() - 1));
    if (!integer_type(type) || has_word(type, "const")) continue;
    auto from = find_word(code, name), to = from + name.size();
    if (to < code.size() && code[to] == '[')
      to = closing(code, to).value_or(to - 1) + 1;
    else if (from > 0 && code[from - 1] == '*')
      --from;
    else
      continue;
    if (is_assigned(code, from, to)) return {};
    const auto copy = free_name(refusal.source, line, "copy");
    const auto element = code.substr(from, to - from);
    const auto address = element.starts_with('*') ? std::string(element.substr(1)) : fmt::format("&{}", element);
    return wrapped(
        refusal.source, line,
        fmt::format("{0} {1} = 0; {2}(&{1}, sizeof({1}), {3});", type, copy, reader_of_memory(refusal), address), from,
        to, copy);
  }
  return {};
}

/// How a record is given back where the path leaves: submitted if no path of the function does that.
std::vector<Suggestion> release_before_return(const Refusal& refusal) {
  const auto reserved = refusal.reserved();
  const auto* record = reserved ? refusal.walk.line(*reserved) : nullptr;
  const auto discard = record != nullptr ? discard_of(refusal.source, record->line) : std::nullopt;
  if (!discard) return {};
  const auto line = refusal.place.line;
  const auto code = refusal.source.code(line), text = trim(code);
  const auto function = refusal.source.function_around(line);
  bool is_submitted = false;
  for (auto at = function ? function->first : 1; function && at <= function->last; ++at)
    is_submitted = is_submitted || refusal.source.code(at).find("ringbuf_submit") != std::string_view::npos;
  auto release = *discard;
  if (const auto at = release.find("ringbuf_discard"); !is_submitted && at != release.npos)
    release.replace(at, std::string_view("ringbuf_discard").size(), "ringbuf_submit");
  if (is_bare_body(refusal.source, line) && text.starts_with("return"))
    return {Suggestion{Suggestion::Kind::replace, line, fmt::format("{{ {} {} }}", release, text)}};
  if (text.starts_with("return") || text == "}") return {Suggestion{Suggestion::Kind::insert_before, line, release}};
  // "if (...) return 0;"
  const auto open = code.find('(');
  const auto close = text.starts_with("if") && open != std::string_view::npos ? closing(code, open) : std::nullopt;
  const auto body = close ? trim(code.substr(*close + 1)) : std::string_view();
  if (!body.starts_with("return") || !body.ends_with(';')) return {};
  const auto at = offset_in(code, body);
  return {replaced(refusal.source, line, at, at + body.size(), fmt::format("{{ {} {} }}", release, body))};
}

/// A branch that gave the record back is to end there.
std::vector<Suggestion> leave_after_release(const Refusal& refusal) {
  const auto function = refusal.source.function_around(refusal.place.line);
  for (auto line = refusal.place.line; function && --line > function->first;) {
    const auto code = refusal.source.code(line), text = trim(code);
    auto call = only_call(code, ".ringbuf_discard");
    if (!call) call = only_call(code, ".ringbuf_submit");
    if (!call || !text.ends_with(';')) continue;
    if (trim(refusal.source.code(line + 1)) != "}" || line + 1 >= refusal.place.line) return {};
    return {Suggestion{Change::insert_after, line, leave(refusal.source, line)}};
  }
  return {};
}

/// The number at which a loop that counts with `counter` may end: the length of what it indexes.
std::string enough_turns(const Refusal& refusal, std::uint32_t line, std::string_view counter) {
  const auto function = refusal.source.function_around(line);
  for (auto at = line; function && at <= function->last; ++at) {
    const auto code = refusal.source.code(at);
    const auto index = code.find(fmt::format("[{}]", counter));
    if (index == std::string_view::npos) continue;
    if (auto length = refusal.source.elements_of(name_before(code, index))) return *length;
  }
  return "100";
}

}  // namespace

std::vector<Suggestion> set_variable(const Refusal& refusal) {
  if (!refusal.is("stack_unset", "stack_read", "not_set")) return {};
  const auto line = refusal.place.line;
  std::vector<Suggestion> found;
  for (const auto name : names_in(refusal.source.code(line))) {
    const auto declared = refusal.source.declaration(name, line);
    if (!declared || declared->initialized || declared->type.ends_with('*')) continue;
    const auto code = refusal.source.code(declared->line);
    const auto at = find_word(code, name), end = code.find(';', at);
    if (!found.empty() || end == std::string_view::npos || code.find(',') != std::string_view::npos) return {};
    const bool is_number = !declared->elements && !declared->type.starts_with("struct");
    found.push_back(replaced(refusal.source, declared->line, end, end, is_number ? " = 0" : " = {}"));
  }
  return found;
}

std::vector<Suggestion> reserve_size(const Refusal& refusal) {
  if (!refusal.is("mem_bounds") || !refusal.slice.origin || refusal.variable.empty()) return {};
  const auto* record = refusal.walk.line(*refusal.slice.origin);
  if (record == nullptr) return {};
  const auto code = refusal.source.code(record->line);
  const auto call = call_of_helper(code, reserve_helper);
  const auto declared = refusal.source.declaration(refusal.variable, record->line);
  if (!call || call->arguments.empty() || !declared || declared->type.find("struct") == std::string::npos) return {};
  const auto size = call->arguments[code.substr(call->name).starts_with('.') ? 0 : 1];
  const auto wanted = fmt::format("sizeof(*{})", refusal.variable);
  if (size == wanted) return {};
  const auto at = offset_in(code, size);
  return {replaced(refusal.source, record->line, at, at + size.size(), wanted)};
}

std::vector<Suggestion> copy_memory(const Refusal& refusal) {
  if (!refusal.is("plain_number", "plain_number_old") || is_gone(refusal)) return {};
  auto all = copy_declared(refusal);
  append(all, copy_element(refusal));
  return all;
}

std::vector<Suggestion> give_back(const Refusal& refusal) {
  const auto line = refusal.place.line;
  const auto code = refusal.source.code(line), text = trim(code);
  // The very same twice; where a branch gave it back, it is the branch that has to end.
  const bool is_again = trim(refusal.source.code(line - 1)) == text;
  if (refusal.is("released") && is_again && only_call(code, ".ringbuf_submit") && text.ends_with(';') &&
      text.find(';') == text.size() - 1)
    return {Suggestion{Change::remove, line, {}}};
  if (refusal.is("release_offset") && !refusal.variable.empty()) {
    auto call = only_call(code, ".ringbuf_submit");
    if (!call) call = only_call(code, ".ringbuf_discard");
    if (!call || call->arguments.empty()) return {};
    const auto at = offset_in(code, call->arguments[0]);
    return {replaced(refusal.source, line, at, at + call->arguments[0].size(), refusal.variable)};
  }
  if (refusal.is("released")) return leave_after_release(refusal);
  return refusal.is("unreleased") ? release_before_return(refusal) : std::vector<Suggestion>();
}

std::vector<Suggestion> end_function(const Refusal& refusal) {
  const auto text = trim(refusal.source.code(refusal.place.line));
  if (refusal.is("no_return") && text == "}")
    return {Suggestion{Change::insert_before, refusal.place.line, "return 0;"}};
  if (refusal.is("no_exit") && text == "__builtin_unreachable();")
    return {Suggestion{Change::replace, refusal.place.line, "return 0;"}};
  if (!refusal.is("gpl_only")) return {};
  for (std::uint32_t line = 1; line <= refusal.source.lines(); ++line)
    if (trim(refusal.source.line(line)).starts_with("#define BPF_LICENSE"))
      return {Suggestion{Change::replace, line, "#define BPF_LICENSE GPL"}};
  return {};
}

std::vector<Suggestion> bound_loop(const Refusal& refusal) {
  if (!refusal.is("endless", "back_edge", "too_large", "too_complex")) return {};
  const auto line = refusal.place.line;
  const auto code = refusal.source.code(line), text = trim(code);
  const auto at = find_word(code, "while"), open = code.find('(');
  const auto close = open == std::string_view::npos ? std::nullopt : closing(code, open);
  if (!close) return {};
  if (find_word(text, "for") == 0) {
    const auto counter = counter_of(code);
    return bound_for(refusal.source, line, enough_turns(refusal, line, counter));
  }
  if (find_word(text, "while") != 0) return {};
  const auto condition = trim(code.substr(open + 1, *close - open - 1));
  const bool is_forever = condition == "1" || condition == "true";
  return {replaced(refusal.source, line, at, *close + 1,
                   is_forever ? "for (int tries = 0; tries < 100; tries++)"
                              : fmt::format("for (int tries = 0; tries < 100 && ({}); tries++)", condition))};
}

}  // namespace sonda
