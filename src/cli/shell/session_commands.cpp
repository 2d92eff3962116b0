// source, save, help, quit.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/shell/commands.h"
#include "report/lines.h"
#include "source/c_scanner.h"
#include "source/function_finder.h"

namespace sonda::shell {
namespace {

constexpr std::string_view script_head = "# sonda shell script\n";

std::size_t help_width(Workspace& workspace) {
  const auto& to = workspace.run().output();
  return to.is_terminal() ? std::min<std::size_t>(to.size().columns - 1, 79) : 79;
}

report::Json help_object(const ShellCommand& command) {
  auto examples = report::Json::array();
  for (const auto line : split(command.example, '\n')) examples.push_back(std::string(line));
  return {{"type", "help"},
          {"command", std::string(command.name)},
          {"arguments", std::string(command.arguments)},
          {"summary", std::string(command.summary)},
          {"details", std::string(command.details)},
          {"examples", std::move(examples)}};
}

void help_on(Workspace& workspace, const ShellCommand& command) {
  if (workspace.json()) return workspace.output().object(help_object(command));
  const auto width = help_width(workspace);
  auto text = report::filled("", fmt::format("{} {}", command.name, command.arguments), width);
  text += report::filled("  ", fmt::format("{}.", command.summary), width);
  if (!command.details.empty()) {
    std::string details(command.details);
    std::ranges::replace(details, '\n', ' ');
    text += report::filled("  ", details, width);
  }
  text += "Example:\n";
  for (const auto line : split(command.example, '\n')) text += fmt::format("  {}\n", line);
  text.pop_back();
  workspace.output().line(text);
}

void help_on_all(Workspace& workspace) {
  if (workspace.json()) {
    for (const auto& command : shell_commands()) workspace.output().object(help_object(command));
    return;
  }
  constexpr std::size_t name_width = 8;
  const auto width = help_width(workspace);
  std::string text;
  for (const auto& command : shell_commands()) {
    text += report::filled(fmt::format("{:<{}}  ", command.name, name_width), command.summary, width);
  }
  text += report::filled("",
                         "'help COMMAND' says more, with an example. Tab completes names; a name may be cut short. '#' "
                         "begins a comment.",
                         width);
  text.pop_back();
  workspace.output().line(text);
}

}  // namespace

void source_command(Workspace& workspace, Arguments& arguments) {
  const auto function = arguments.word("a function");
  arguments.require_end();
  const auto& file = workspace.file_of_function(function);
  const auto& text = file.probe.source().text();
  const auto range = find_function_text(text, function);
  if (!range) throw Error(Stage::source, function, "its text is not in " + file.name + ": a macro may have made it");
  const LineTable lines(text);
  for (int number = range->first; number <= range->last; ++number) {
    const auto line = std::string(lines.line(number));
    if (workspace.json())
      workspace.output().object(
          {{"type", "source"}, {"file", file.name}, {"line", number}, {"text", to_valid_utf8(line)}});
    else
      workspace.output().line(fmt::format("{:5} | {}", number, escape_lines_for_terminal(line)));
  }
}

void save_command(Workspace& workspace, Arguments& arguments) {
  const std::filesystem::path path(arguments.word("a file"));
  arguments.require_end();
  std::error_code failed;
  if (std::filesystem::exists(path, failed)) {
    const auto there = try_read_file(path);
    if (!there || !there->starts_with(script_head))
      throw Error(Stage::usage, path.string(), "there is a file already, and 'save' has not written it",
                  "give another name");
  }
  auto text = std::string(script_head);
  for (const auto& line : workspace.recorded()) text += line + '\n';
  replace_file(path, std::as_bytes(std::span(text)), Stage::report, 0644);
  const auto lines = workspace.recorded().size();
  workspace.say(fmt::format("{}: {} {}", path.string(), lines, lines == 1 ? "command" : "commands"),
                {{"type", "saved"}, {"file", path.string()}, {"commands", lines}});
}

void help_command(Workspace& workspace, Arguments& arguments) {
  const auto word = arguments.try_word();
  if (!word) return help_on_all(workspace);
  const auto& command = find_command(*word, arguments);
  arguments.require_end();
  help_on(workspace, command);
}

void quit_command(Workspace& workspace, Arguments& arguments) {
  arguments.require_end();
  workspace.quit();
}

}  // namespace sonda::shell
