#include "cli/import/probe_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/escape.h"
#include "base/text.h"
#include "inspect/programs.h"
#include "sonda/attach_point.h"
#include "sonda/error.h"
#include "source/c_scanner.h"
#include "source/function_finder.h"

namespace sonda::cli {
namespace {

constexpr std::size_t most_entries = 64;  // of a map, in comments

/// One line of a comment. A backslash at its end would join the next one to it.
std::string comment(std::string_view text) {
  const auto escaped = escape_lines_for_terminal(text);
  std::vector<std::string> parts;
  for (const auto part : split_lines(escaped)) parts.emplace_back(part);
  const auto line = "// " + join(parts, "\\n");
  return line.ends_with('\\') ? line + ".\n" : line + "\n";
}

/// As a shell reads it.
std::string word(const std::string& text) {
  const bool is_plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_name_character(c) || std::string_view("-+=:,./%").find(c) != std::string_view::npos;
  });
  if (is_plain) return text;
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string command_line(const Provenance& from) {
  auto line = fmt::format("sonda import {}{}{}", from.options, from.options.empty() ? "" : " ", word(from.tool));
  if (!from.arguments.empty()) line += " --";
  for (const auto& argument : from.arguments) line += " " + word(argument);
  return line;
}

/// Whether the function's name says all that was attached, so that no line is needed.
bool is_conventional(const std::string& function, const std::vector<RecordedAttach>& attached) {
  const auto by_name = conventional_point(function);
  return by_name && std::ranges::all_of(attached, [&](const auto& one) {
           return one.function != function || point_of(one.point) == by_name;
         });
}

/// A flag as a parameter; nothing if it is none.
std::optional<std::string> parameter(const std::string& flag) {
  if (!flag.starts_with("-D")) return std::nullopt;
  const auto split = flag.find('=');
  const auto name = flag.substr(2, split == flag.npos ? flag.npos : split - 2);
  const auto value = split == flag.npos ? std::string("1") : flag.substr(split + 1);
  if (!is_identifier(name)) return std::nullopt;
  if (is_c_value(value)) return fmt::format("// @param {} {} \"what the tool gives the compiler\"\n", name, value);
  if (value.find_first_of("\n\\") != value.npos) return std::nullopt;
  return fmt::format("#define {} {}\n", name, value);
}

void add_flags(ProbeLines& lines, const std::vector<std::string>& flags) {
  std::set<std::string> known;
  for (const auto& flag : flags) {
    if (!known.insert(flag).second) continue;
    if (auto line = parameter(flag))
      lines.top.push_back(std::move(*line));
    else if (!trim(flag).empty())
      lines.left.push_back(fmt::format("the compiler's flag {}: give it by --cflag", word(flag)));
  }
}

void add_entries(ProbeLines& lines, const std::vector<RecordedEntry>& entries) {
  std::map<std::string, std::size_t> counts;
  for (const auto& entry : entries)
    if (++counts[entry.map] <= most_entries)
      lines.left.push_back(fmt::format("{}[{}] = {}", entry.map, entry.key, entry.value));
  for (const auto& [map, count] : counts)
    if (count > most_entries) lines.left.push_back(fmt::format("{}: {} more entries", map, count - most_entries));
}

void add_points(ProbeLines& lines, const RecordedText& text) {
  for (const auto& one : text.attached) {
    if (is_conventional(one.function, text.attached)) continue;
    if (!point_of(one.point))
      lines.left.push_back(
          fmt::format("{} is attached to {}, for which there is no notation", one.function, one.point));
    else if (!find_function_text(text.text, one.function))
      lines.left.push_back(
          fmt::format("{} is attached to {}; its definition was not found in the text", one.function, one.point));
    else
      lines.attached.push_back(one);
  }
}

/// Programs that the tool loaded, and attached by other means than BCC's: those of traffic control, by netlink.
void add_loads(ProbeLines& lines, const RecordedText& text) {
  const auto says = [](const std::string& function) {
    return [&function](const auto& one) { return one.function == function; };
  };
  for (const auto& one : text.loaded)
    if (std::ranges::none_of(text.attached, says(one.function)) &&
        std::ranges::none_of(text.tail_calls, says(one.function)) &&
        std::ranges::none_of(text.notes, [&](const auto& note) { return note.starts_with(one.function + " "); }))
      lines.left.push_back(fmt::format("{} is loaded as a program of type {}; where it goes was not seen", one.function,
                                       program_type_name(one.type)));
}

std::string header(const Provenance& from, const ProbeLines& lines) {
  auto text = comment(from.about.empty() ? from.tool : fmt::format("{}  {}", from.tool, from.about));
  text += "//\n" + comment(fmt::format("Made by: {}", command_line(from)));
  text += comment(fmt::format("of {}{}", from.path, from.package.empty() ? "" : fmt::format(" ({})", from.package)));
  text += "//\n// Not taken over is what the tool's Python does with events and maps.\n";
  for (const auto& left : lines.left) text += comment(fmt::format("  not taken over: {}", left));
  return text;
}

/// The C with an `@attach` above each function that needs some.
std::string with_points(const std::string& text, const std::vector<RecordedAttach>& attached) {
  std::map<int, std::string> by_line;
  for (const auto& one : attached)
    if (const auto found = find_function_text(text, one.function))
      by_line[found->first] += fmt::format("// @attach {}\n", one.point);
  std::string result;
  int number = 0;
  for (const auto line : split_lines(text)) {
    if (const auto above = by_line.find(++number); above != by_line.end()) result += above->second;
    result += line;
    result += '\n';
  }
  return result;
}

}  // namespace

ProbeLines probe_lines(const RecordedText& text, std::size_t others) {
  ProbeLines lines;
  add_flags(lines, text.flags);
  for (const auto& call : text.tail_calls)
    lines.top.push_back(fmt::format("// @tailcall {}[{}] = {}\n", call.map, call.index, call.function));
  add_points(lines, text);
  add_loads(lines, text);
  add_entries(lines, text.entries);
  for (const auto& note : text.notes) lines.left.push_back(note);
  if (others > 0) lines.left.push_back(fmt::format("{} more texts that the tool compiles and attaches", others));
  return lines;
}

std::string probe_text(const Provenance& from, const RecordedText& text, const ProbeLines& lines,
                       const std::vector<FieldShow>& shows) {
  auto result = header(from, lines);
  std::string code;
  if (!lines.top.empty() || !shows.empty()) result += "//\n";
  for (const auto& line : lines.top) (line.starts_with('#') ? code : result) += line;
  for (const auto& show : shows) result += fmt::format("// @show {} as {}\n", show.field, show.kind);
  const auto begin = text.text.find_first_not_of("\n");
  result += code + "\n" + with_points(begin == text.text.npos ? "" : text.text.substr(begin), lines.attached);
  return result;
}

}  // namespace sonda::cli
