// What has to be written otherwise: declarations, sizes, reads, what is given back, how a function or a loop ends.
#include <fmt/format.h>

#include "base/text.h"
#include "runtime/verifier/suggestions.h"

namespace sonda {
namespace {

using Change = Suggestion::Kind;

/// A line with the part of its code from `from` to `to` replaced. Code and line have the same bytes.
Suggestion replaced(const Refusal& refusal, std::uint32_t line, std::size_t from, std::size_t to,
                    std::string_view with) {
  const auto code = refusal.source.code(line), text = refusal.source.line(line);
  // A comment behind the code would only be in the way.
  const auto end = code.find_last_not_of(" \t") + 1;
  auto changed = fmt::format("{}{}{}", text.substr(0, from), with, text.substr(to, end - to));
  return {Change::replace, line, std::string(trim(changed))};
}

std::size_t offset_in(std::string_view whole, std::string_view part) {
  return static_cast<std::size_t>(part.data() - whole.data());
}

/// Memory of a process, or of the kernel? By what the probe attaches to.
std::string_view reader_of_memory(const Refusal& refusal) {
  const std::string_view source = refusal.image.key.source;
  const bool of_process = source.find("uprobe:") != std::string_view::npos ||
                          source.find("uretprobe:") != std::string_view::npos ||
                          source.find("usdt:") != std::string_view::npos;
  return of_process ? "bpf_probe_read_user" : "bpf_probe_read_kernel";
}

}  // namespace

std::optional<Suggestion> set_variable(const Refusal& refusal) {
  if (!refusal.is("stack_unset", "stack_read", "not_set")) return std::nullopt;
  const auto line = refusal.place.line;
  std::optional<Suggestion> found;
  for (const auto name : names_in(refusal.source.code(line))) {
    const auto declared = refusal.source.declaration(name, line);
    if (!declared || declared->initialized || declared->type.ends_with('*')) continue;
    const auto code = refusal.source.code(declared->line);
    const auto at = find_word(code, name), end = code.find(';', at);
    if (found || end == std::string_view::npos || code.find(',') != std::string_view::npos) return std::nullopt;
    const bool is_number = !declared->elements && !declared->type.starts_with("struct");
    found = replaced(refusal, declared->line, end, end, is_number ? " = 0" : " = {}");
  }
  return found;
}

std::optional<Suggestion> correct_size(const Refusal& refusal) {
  if (refusal.is("mem_bounds") && refusal.slice.origin && !refusal.variable.empty()) {
    const auto* record = refusal.walk.line(*refusal.slice.origin);
    if (record == nullptr) return std::nullopt;
    const auto code = refusal.source.code(record->line);
    const auto call = call_of_helper(code, reserve_helper);
    const auto declared = refusal.source.declaration(refusal.variable, record->line);
    if (!call || call->arguments.empty() || !declared || declared->type.find("struct") == std::string::npos)
      return std::nullopt;
    const auto size = call->arguments[code.substr(call->name).starts_with('.') ? 0 : 1];
    const auto wanted = fmt::format("sizeof(*{})", refusal.variable);
    if (size == wanted) return std::nullopt;
    const auto at = offset_in(code, size);
    return replaced(refusal, record->line, at, at + size.size(), wanted);
  }
  if (!refusal.is("stack_write") || !refusal.failed) return std::nullopt;
  const auto code = refusal.source.code(refusal.place.line);
  const auto name = code.find("bpf_");
  if (name == std::string_view::npos) return std::nullopt;
  const auto call = only_call(code, code.substr(name, code.find_first_of(" (", name) - name));
  const auto buffer_at = static_cast<std::size_t>(refusal.refused_register - 1);
  if (!call || refusal.refused_register < 1 || buffer_at + 1 >= call->arguments.size()) return std::nullopt;
  const auto buffer = call->arguments[buffer_at], size = call->arguments[buffer_at + 1];
  if (!buffer.starts_with('&') || !is_identifier(buffer.substr(1))) return std::nullopt;
  const auto at = offset_in(code, size);
  return replaced(refusal, refusal.place.line, at, at + size.size(), fmt::format("sizeof({})", buffer.substr(1)));
}

std::optional<Suggestion> copy_memory(const Refusal& refusal) {
  if (!refusal.is("plain_number", "plain_number_old")) return std::nullopt;
  // "TYPE NAME = *ADDRESS;", whole.
  const auto code = trim(refusal.source.code(refusal.place.line));
  const auto equals = code.find(" = *");
  if (equals == std::string_view::npos || !code.ends_with(';') || code.find('=', equals + 2) != std::string_view::npos)
    return std::nullopt;
  const auto left = trim(code.substr(0, equals));
  const auto names = names_in(left);
  if (names.size() < 2 || !left.ends_with(names.back()) || left.find('*') != std::string_view::npos)
    return std::nullopt;
  auto address = trim(code.substr(equals + 4, code.size() - equals - 5));
  // The cast that made it an address of that type.
  if (const auto cast = address.starts_with('(') ? closing(address, 0) : std::nullopt;
      cast && *cast + 1 < address.size())
    address = trim(address.substr(*cast + 1));
  return Suggestion{Change::replace, refusal.place.line,
                    fmt::format("{} = 0; {}(&{}, sizeof({}), (void *){});", left, reader_of_memory(refusal),
                                names.back(), names.back(), address)};
}

std::optional<Suggestion> give_back(const Refusal& refusal) {
  const auto line = refusal.place.line;
  const auto code = refusal.source.code(line), text = trim(code);
  if (refusal.is("released") && only_call(code, ".ringbuf_submit") && text.ends_with(';') &&
      text.find(';') == text.size() - 1)
    return Suggestion{Change::remove, line, {}};
  if (refusal.is("release_offset") && !refusal.variable.empty()) {
    auto call = only_call(code, ".ringbuf_submit");
    if (!call) call = only_call(code, ".ringbuf_discard");
    if (!call || call->arguments.empty()) return std::nullopt;
    const auto at = offset_in(code, call->arguments[0]);
    return replaced(refusal, line, at, at + call->arguments[0].size(), refusal.variable);
  }
  const auto reserved = refusal.reserved();
  const auto* record = refusal.is("unreleased") && reserved ? refusal.walk.line(*reserved) : nullptr;
  if (record == nullptr) return std::nullopt;
  const auto made = refusal.source.code(record->line);
  const auto call = only_call(made, ".ringbuf_reserve");
  const auto variable = call ? assigned_variable(made, call->name) : std::nullopt;
  if (!variable) return std::nullopt;
  auto start = call->name;
  while (start > 0 && is_name_character(made[start - 1])) --start;
  const auto map = made.substr(start, call->name - start);
  // Where no path submits it, this one is meant to.
  const auto function = refusal.source.function_around(line);
  bool is_submitted = false;
  for (auto at = function ? function->first : 1; function && at <= function->last; ++at)
    is_submitted = is_submitted || refusal.source.code(at).find("ringbuf_submit") != std::string_view::npos;
  const auto release =
      fmt::format("{}.{}({}, 0);", map, is_submitted ? "ringbuf_discard" : "ringbuf_submit", *variable);
  if (text.starts_with("return") || text == "}") return Suggestion{Change::insert_before, line, release};
  // "if (...) return 0;"
  const auto open = code.find('(');
  const auto close = text.starts_with("if") && open != std::string_view::npos ? closing(code, open) : std::nullopt;
  const auto body = close ? trim(code.substr(*close + 1)) : std::string_view();
  if (!body.starts_with("return") || !body.ends_with(';')) return std::nullopt;
  const auto at = offset_in(code, body);
  return replaced(refusal, line, at, at + body.size(), fmt::format("{{ {} {} }}", release, body));
}

std::optional<Suggestion> end_function(const Refusal& refusal) {
  const auto text = trim(refusal.source.code(refusal.place.line));
  if (refusal.is("no_return") && text == "}") return Suggestion{Change::insert_before, refusal.place.line, "return 0;"};
  if (refusal.is("no_exit") && text == "__builtin_unreachable();")
    return Suggestion{Change::replace, refusal.place.line, "return 0;"};
  if (!refusal.is("gpl_only")) return std::nullopt;
  for (std::uint32_t line = 1; line <= refusal.source.lines(); ++line)
    if (trim(refusal.source.line(line)).starts_with("#define BPF_LICENSE"))
      return Suggestion{Change::replace, line, "#define BPF_LICENSE GPL"};
  return std::nullopt;
}

std::optional<Suggestion> bound_loop(const Refusal& refusal) {
  if (!refusal.is("endless", "back_edge")) return std::nullopt;
  const auto line = refusal.place.line;
  const auto code = refusal.source.code(line);
  const auto at = find_word(code, "while"), open = code.find('(');
  const auto close = open == std::string_view::npos ? std::nullopt : closing(code, open);
  if (at == std::string_view::npos || !close || !trim(code).starts_with("while")) return std::nullopt;
  return replaced(
      refusal, line, at, *close + 1,
      fmt::format("for (int tries = 0; tries < 100 && ({}); tries++)", trim(code.substr(open + 1, *close - open - 1))));
}

}  // namespace sonda
