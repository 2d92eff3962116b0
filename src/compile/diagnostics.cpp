#include "compile/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/excerpt.h"
#include "base/text.h"
#include "compile/known_messages.h"
#include "compile/line_map.h"
#include "compile/user_places.h"

namespace sonda {
namespace {

constexpr std::array<std::string_view, 5> severities{"fatal error: ", "error: ", "warning: ", "note: ", "remark: "};
constexpr std::size_t most_errors = 5, longest_warning = 500;

/// A number right behind a colon at the end of `text`, which loses both.
std::optional<int> take_number(std::string_view& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto digits = text.substr(colon + 1);
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) return std::nullopt;
  text = text.substr(0, colon);
  return value;
}

/// "FILE:LINE:COLUMN", as much of it as there is.
void read_place(std::string_view place, Diagnostic& diagnostic) {
  const auto last = take_number(place);
  const auto first = take_number(place);
  if (first) {
    diagnostic.line = *first;
    diagnostic.column = last.value_or(0);
  } else {
    diagnostic.line = last.value_or(0);
  }
  diagnostic.file = place;
}

/// "PLACE: in function NAME TYPE (...): MESSAGE", of which any part but the last may be missing. Gives the message.
std::string_view read_back_end(std::string_view text, Diagnostic& diagnostic) {
  constexpr std::string_view in_function = "in function ";
  if (const auto end = text.find(": ");
      end != std::string_view::npos && text.substr(0, end).find(':') != std::string_view::npos) {
    read_place(text.substr(0, end), diagnostic);
    text = text.substr(end + 2);
  }
  if (!text.starts_with(in_function)) return text;
  const auto name = text.substr(in_function.size());
  diagnostic.function = name.substr(0, name.find(' '));
  const auto end = text.find("): ");
  return end == std::string_view::npos ? text : text.substr(end + 3);
}

/// Clang writes "PLACE: SEVERITY: MESSAGE", LLVM's back end "SEVERITY: PLACE: MESSAGE".
std::optional<Diagnostic> parse_line(std::string_view line) {
  for (const auto severity : severities) {
    const auto at = line.find(severity);
    if (at == std::string_view::npos) continue;
    Diagnostic result;
    result.severity = severity.substr(0, severity.size() - 2);
    auto rest = line.substr(at + severity.size());
    if (at == 0) {
      rest = read_back_end(rest, result);
    } else {
      const auto place = line.substr(0, at);
      if (place.size() < 2 || !place.ends_with(": ")) continue;
      read_place(place.substr(0, place.size() - 2), result);
    }
    result.message = rest.substr(0, rest.find(" [-W"));  // which warning was made an error is nobody's concern
    return result;
  }
  return std::nullopt;
}

bool is_chatter(std::string_view line) {
  return line.starts_with("In file included from ") || line.ends_with(" generated.") || line.starts_with("WARNING: ");
}

bool is_error(const Diagnostic& diagnostic) { return diagnostic.severity.ends_with("error"); }

/// Whether it is about a file that the probe includes from its own folder.
bool is_beside(const Diagnostic& diagnostic, const std::string& name) {
  const auto folder_of = [](std::string_view path) { return path.substr(0, path.rfind('/') + 1); };
  return !diagnostic.file.empty() && !diagnostic.file.starts_with("<") && folder_of(diagnostic.file) == folder_of(name);
}

std::optional<std::string_view> line_of(std::string_view source, int line) {
  const auto lines = split_lines(source);
  if (line < 1 || static_cast<std::size_t>(line) > lines.size()) return std::nullopt;
  return lines[static_cast<std::size_t>(line - 1)];
}

/// The source line and a caret, from the user's own text.
std::string show_line(std::string_view source, int line, int column) {
  const auto text = line_of(source, line);
  return text ? numbered_excerpt(static_cast<std::size_t>(line), *text, column) : std::string();
}

/// What libbcc says of a map that it could not make, while it compiled: the map, and the kernel's reason.
std::optional<std::pair<std::string_view, std::string_view>> refused_map(std::string_view output) {
  constexpr std::string_view says = "could not open bpf map: ", because = ", error: ";
  for (const auto line : split_lines(output)) {
    const auto at = line.find(because);
    if (line.starts_with(says) && at != line.npos)
      return std::pair(line.substr(says.size(), at - says.size()), line.substr(at + because.size()));
  }
  return std::nullopt;
}

/// Where the function so called begins in the user's text, or 0.
int line_of_function(std::string_view source, std::string_view name) {
  const auto lines = split_lines(source);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto at = lines[i].find(std::string(name) + "(");
    const bool begins_word =
        at != std::string_view::npos && at > 0 && (lines[i][at - 1] == ' ' || lines[i][at - 1] == '*');
    if (begins_word && lines[i].front() != ' ' && lines[i].front() != '\t' && !lines[i].ends_with(';'))
      return static_cast<int>(i) + 1;
  }
  return 0;
}

constexpr std::string_view of_function = "In function: ";

/// Where a message is, and the function around it: from its first line to its closing brace.
MessagePlace message_place(std::string_view source, int line, int function) {
  MessagePlace place{.line = line, .first = function, .last = function};
  const auto lines = split_lines(source);
  int depth = 0;
  for (auto at = function; at >= 1 && static_cast<std::size_t>(at) <= lines.size(); ++at) {
    const auto text = lines[static_cast<std::size_t>(at - 1)];
    depth += static_cast<int>(std::ranges::count(text, '{') - std::ranges::count(text, '}'));
    place.last = at;
    if (depth <= 0 && text.find('}') != text.npos) break;
  }
  return place;
}

/// The first "FILE:LINE:COLUMN" of the probe in what LLVM says of an operation: where it is written, and not where the
/// function that it is in was called.
std::optional<TextPlace> first_place(std::string_view text) {
  const auto at = text.find(std::string(compiled_name) + ":");
  if (at == text.npos) return std::nullopt;
  auto here = text.substr(at, text.find_first_not_of("0123456789:", at + compiled_name.size()) - at);
  const auto column = take_number(here), line = take_number(here);
  if (!line || !column || *line < 1 || *column < 0) return std::nullopt;
  return TextPlace{static_cast<std::uint32_t>(*line), static_cast<std::uint32_t>(*column)};
}

std::string place(const Diagnostic& diagnostic, const std::string& name) {
  std::string text = in_probe(diagnostic) ? name : diagnostic.file;
  if (diagnostic.line > 0) text += fmt::format(":{}", diagnostic.line);
  if (diagnostic.line > 0 && diagnostic.column > 0) text += fmt::format(":{}", diagnostic.column);
  return text;
}

std::string excerpt_of(const Diagnostic& diagnostic, std::string_view source) {
  if (in_probe(diagnostic)) return show_line(source, diagnostic.line, diagnostic.column);
  std::string result;
  for (const auto& line : diagnostic.excerpt) result += "      | " + line + "\n";
  return result;
}

/// The errors after the first, up to a handful, each with its line.
std::string further_errors(const std::vector<Diagnostic>& all, const Diagnostic* first, std::string_view source,
                           const std::string& name) {
  std::string result;
  std::size_t shown = 1, left = 0;
  for (const auto& diagnostic : all) {
    if (&diagnostic == first || !is_error(diagnostic)) continue;
    if (shown++ >= most_errors) {
      ++left;
      continue;
    }
    result += fmt::format("{}: {}\n{}", place(diagnostic, name), diagnostic.message, excerpt_of(diagnostic, source));
  }
  if (left > 0) result += fmt::format("and {} more (-v shows all)\n", left);
  return result;
}

}  // namespace

std::vector<Diagnostic> parse_diagnostics(std::string_view output) {
  std::vector<Diagnostic> result;
  for (const auto line : split_lines(output)) {
    if (auto diagnostic = parse_line(line)) {
      result.push_back(std::move(*diagnostic));
    } else if (!result.empty() && !is_chatter(line)) {
      result.back().excerpt.emplace_back(line);
    }
  }
  return result;
}

std::string with_user_name(std::string text, const std::string& name) {
  for (std::size_t at = 0; (at = text.find(compiled_name, at)) != std::string::npos; at += name.size())
    text.replace(at, compiled_name.size(), name);
  return text;
}

std::string with_user_folder(std::string text, const std::string& folder, const std::string& name) {
  const auto ours = fmt::format("{}/{}/", folder, included_folder);
  const auto slash = name.rfind('/');
  const auto theirs = slash == name.npos ? std::string() : name.substr(0, slash + 1);
  for (std::size_t at = 0; (at = text.find(ours, at)) != std::string::npos; at += theirs.size())
    text.replace(at, ours.size(), theirs);
  return text;
}

bool in_probe(const Diagnostic& diagnostic) {
  return diagnostic.file == compiled_name || diagnostic.file.ends_with("/" + std::string(compiled_name));
}

bool has_errors(std::string_view output) { return std::ranges::any_of(parse_diagnostics(output), is_error); }

Error compile_error(const std::string& name, std::string_view source, const std::string& output,
                    std::string_view rewritten) {
  auto all = parse_diagnostics(output);
  place_in_source(all, source, rewritten);
  // An error on the user's own line says more than one in a header that follows from it.
  auto first = std::find_if(all.begin(), all.end(),
                            [&](const auto& d) { return is_error(d) && (in_probe(d) || is_beside(d, name)); });
  if (first == all.end()) first = std::find_if(all.begin(), all.end(), is_error);
  if (const auto map = first == all.end() ? refused_map(output) : std::nullopt)
    return Error(
               Stage::compile, name, fmt::format("the kernel refuses the map {}: {}", map->first, map->second),
               "compare its size and its kind with what the kernel takes; a map of storage needs a function beside it")
        .with_details(with_user_name(output, name));
  if (first == all.end())
    return Error(Stage::compile, name, "the compiler failed without saying why", "-v shows what it printed")
        .with_details(with_user_name(output, name));

  const int function = first->function.empty() ? 0 : line_of_function(source, first->function);
  if (!first->function.empty()) {
    first->line = function;
    first->column = 0;
  }
  auto known = known_message(first->message, source, message_place(source, first->line, function));
  if (known.line > 0) first->line = known.line;
  std::string cause = known.cause.empty() ? first->message : known.cause;
  if (!first->function.empty()) cause += fmt::format(", in {}() with all that is inlined there", first->function);
  return Error(Stage::compile, place(*first, name), cause, std::move(known.hint))
      .with_excerpt(excerpt_of(*first, source) + further_errors(all, &*first, source, name))
      .with_details(with_user_name(output, name));
}

Error back_end_error(const std::string& name, std::string_view source, const std::string& output,
                     std::string_view rewritten, std::string_view reason) {
  Diagnostic error;
  error.file = compiled_name;
  const auto what = reason.substr(0, reason.find('\n'));
  if (const auto place = first_place(what)) {
    const auto written = original_place(source, rewritten, *place);
    error.line = static_cast<int>(written.line);
    error.column = static_cast<int>(written.column);
  } else if (const auto at = reason.rfind(of_function); at != reason.npos) {
    const auto function = reason.substr(at + of_function.size());
    error.line = line_of_function(source, function.substr(0, function.find_first_of(" \n")));
  }
  auto known = known_message(what, source, message_place(source, error.line, 0));
  if (known.cause.empty()) known.cause = what;
  if (known.hint.empty()) known.hint = "LLVM makes no BPF code of this; -v shows all it printed";
  return Error(Stage::compile, place(error, name), std::move(known.cause), std::move(known.hint))
      .with_excerpt(excerpt_of(error, source))
      .with_details(with_user_name(output, name));
}

std::string warning_text(const std::string& name, std::string_view source, const Warning& warning) {
  Diagnostic at{.file = std::string(compiled_name),
                .line = static_cast<int>(warning.line),
                .column = static_cast<int>(warning.column)};
  return fmt::format("{}: warning: {}\n{}", place(at, name), warning.text, show_line(source, at.line, at.column));
}

std::vector<Warning> warnings_in(std::string_view source, std::string_view output, std::string_view rewritten) {
  auto all = parse_diagnostics(output);
  std::erase_if(all, [](const Diagnostic& each) { return each.severity != "warning" || !in_probe(each); });
  place_in_source(all, source, rewritten);
  std::vector<Warning> warnings;
  for (auto& each : all) {
    // The probe is compiled as it stands and as BCC rewrote it, where columns may be others.
    const auto same = [&](const Warning& known) {
      return static_cast<int>(known.line) == each.line && known.text == each.message;
    };
    if (std::ranges::none_of(warnings, same))
      warnings.push_back({static_cast<std::uint32_t>(std::max(each.line, 0)),
                          static_cast<std::uint32_t>(std::max(each.column, 0)),
                          each.message.substr(0, longest_warning)});
  }
  return warnings;
}

}  // namespace sonda
