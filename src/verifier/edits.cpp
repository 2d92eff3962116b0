#include "verifier/edits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "source/c_scanner.h"

namespace sonda {
namespace {

bool is_control(std::string_view code) {
  const auto text = trim(code);
  return std::ranges::any_of(std::initializer_list<std::string_view>{"if", "else", "for", "while", "do", "switch"},
                             [&](std::string_view word) { return find_word(text, word) == 0; });
}

/// The last line above that has code, inside the function; 0 if there is none.
std::uint32_t line_above(const SourceText& source, std::uint32_t line) {
  const auto function = source.function_around(line);
  for (auto at = line; function && at-- > function->first;)
    if (!trim(source.code(at)).empty()) return at;
  return 0;
}

bool ends_statement(std::string_view code) {
  const auto text = trim(code);
  return text.empty() || text.ends_with(';') || text.ends_with('{') || text.ends_with('}') || text.ends_with(':');
}

int open_brackets(std::string_view code) {
  return static_cast<int>(std::ranges::count(code, '(') - std::ranges::count(code, ')'));
}

/// Whether the code declares something: what it names is not to end with a block.
bool declares(const SourceText& source, std::uint32_t line) {
  for (const auto name : names_in(source.code(line)))
    if (const auto declared = source.declaration(name, line); declared && declared->line == line) return true;
  return false;
}

}  // namespace

std::string leave(const SourceText& source, std::uint32_t line) {
  const auto function = source.function_around(line);
  const auto head = function ? source.code(function->first) : std::string_view();
  if (const auto type = find_word(head, "void"); type != std::string_view::npos) {
    // "void NAME(": not a pointer to it, nor "NAME(void)".
    const auto name = trim(head.substr(type + std::string_view("void").size()));
    const auto end = name.find('(');
    if (end != std::string_view::npos && is_identifier(trim(name.substr(0, end)))) return "return;";
  }
  return fmt::format("return {};", source.usual_return(line));
}

bool stands_alone(std::string_view code) {
  const auto names = names_in(code);
  return !names.empty() && !has_word(code, "if") && !has_word(code, "else") && !has_word(code, "for") &&
         !has_word(code, "while") && !has_word(code, "do");
}

bool is_bare_body(const SourceText& source, std::uint32_t line) {
  const auto above = source.code(line_above(source, line));
  return is_control(above) && !ends_statement(above) && open_brackets(above) == 0;
}

std::optional<std::uint32_t> place_before(const SourceText& source, std::uint32_t line) {
  const auto function = source.function_around(line);
  if (!function || line <= function->first) return std::nullopt;
  for (auto at = line; at > function->first;) {
    const auto text = trim(source.code(at));
    if (text.starts_with('}') || has_word(text, "else") || has_word(text, "case") || has_word(text, "default"))
      return std::nullopt;
    if (is_bare_body(source, at)) return std::nullopt;
    const auto above = line_above(source, at);
    // The end of a head that takes several lines.
    if (above > function->first && trim(source.code(above)).ends_with(')')) return std::nullopt;
    if (above == 0 || above <= function->first || ends_statement(source.code(above))) return at;
    at = above;
  }
  return std::nullopt;
}

std::vector<Suggestion> put_before(const SourceText& source, std::uint32_t line, std::string text) {
  const auto at = place_before(source, line);
  if (!at) return {};
  return {Suggestion{Suggestion::Kind::insert_before, *at, std::move(text)}};
}

Suggestion replaced(const SourceText& source, std::uint32_t line, std::size_t from, std::size_t to,
                    std::string_view with) {
  const auto code = source.code(line), text = source.line(line);
  // A comment behind the code would only be in the way.
  const auto end = code.find_last_not_of(" \t") + 1;
  auto changed = fmt::format("{}{}{}", text.substr(0, from), with, text.substr(to, end - to));
  return {Suggestion::Kind::replace, line, std::string(trim(changed))};
}

std::size_t offset_in(std::string_view whole, std::string_view part) {
  return static_cast<std::size_t>(part.data() - whole.data());
}

std::vector<Suggestion> wrapped(const SourceText& source, std::uint32_t line, std::string_view before, std::size_t from,
                                std::size_t to, std::string_view with) {
  const auto code = source.code(line);
  auto body = trim(code);
  if (!ends_statement(source.code(line_above(source, line))) && !is_bare_body(source, line)) return {};
  // Of "if (...) BODY;" the body.
  const auto open = code.find('(');
  if (find_word(body, "if") == 0 && open != std::string_view::npos)
    if (const auto close = closing(code, open)) body = trim(code.substr(*close + 1));
  const auto start = offset_in(code, body);
  if (!body.ends_with(';') || body.find(';') + 1 != body.size() || body.starts_with("return") || is_control(body) ||
      body.find_first_of("{}") != std::string_view::npos || declares(source, line) || from < start)
    return {};
  const auto text = source.line(line);
  const auto end = start + body.size();
  auto changed = fmt::format("{}{{ {} {}{}{} }}", text.substr(0, start), before, text.substr(start, from - start), with,
                             text.substr(to, end - to));
  return {Suggestion{Suggestion::Kind::replace, line, std::string(trim(changed))}};
}

std::optional<std::string> discard_of(const SourceText& source, std::uint32_t line) {
  const auto code = source.code(line);
  const auto call = only_call(code, ".ringbuf_reserve");
  const auto variable = call ? assigned_variable(code, call->name) : std::nullopt;
  if (!variable) return std::nullopt;
  return fmt::format("{}.ringbuf_discard({}, 0);", name_before(code, call->name), *variable);
}

std::string_view counter_of(std::string_view code) {
  const auto first = code.find(';');
  if (first == std::string_view::npos || find_word(trim(code), "for") != 0) return {};
  const auto condition = trim(code.substr(first + 1));
  const auto name = condition.substr(0, name_length(condition));
  return trim(condition.substr(name.size())).starts_with('<') ? name : std::string_view();
}

std::vector<Suggestion> bound_for(const SourceText& source, std::uint32_t line, const std::string& most) {
  const auto code = source.code(line);
  const auto first = code.find(';'), second = first == code.npos ? first : code.find(';', first + 1);
  if (second == code.npos) return {};
  const auto condition = trim(code.substr(first + 1, second - first - 1));
  if (const auto open = code.find('('); condition.empty() && closing(code, open))
    return {replaced(source, line, open, *closing(code, open) + 1,
                     fmt::format("(int tries = 0; tries < {0}; tries++)", most))};
  const auto counter = counter_of(code);
  if (counter.empty() || condition.find("&&") != condition.npos) return {};
  const auto end = trim(condition.substr(condition.find_first_not_of("<=", condition.find('<'))));
  if (parse_u64(end) || end.empty()) return {};
  const auto at = offset_in(code, condition), after = at + condition.size();
  const auto bound = fmt::format("{} < {}", counter, most);
  std::vector<Suggestion> all{replaced(source, line, after, after, fmt::format(" && {}", bound))};
  if (!trim(code).ends_with('{')) return all;
  // The compiler joins two ends into one that it computes; a way out of the body stays one.
  auto change = replaced(source, line, at, after, bound);
  change.text += fmt::format(" {} if (!({})) break;", barrier(counter), condition);
  all.push_back(std::move(change));
  return all;
}

std::string barrier(std::string_view variable) { return fmt::format("asm volatile(\"\" : \"+r\"({}));", variable); }

std::string free_name(const SourceText& source, std::uint32_t line, std::string_view wanted) {
  const auto function = source.function_around(line);
  std::string name(wanted);
  const auto is_used = [&] {
    for (auto at = function ? function->first : 1; function && at <= function->last; ++at)
      if (has_word(source.code(at), name)) return true;
    return false;
  };
  while (is_used()) name += '_';
  return name;
}

}  // namespace sonda
