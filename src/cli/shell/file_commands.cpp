// load, unload, reload, edit, set.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/stop.h"
#include "base/text.h"
#include "cli/shell/commands.h"
#include "front/command.h"
#include "front/reload_report.h"

namespace sonda::shell {
namespace {

using Clock = std::chrono::steady_clock;

std::string count(std::size_t number, std::string_view one) {
  return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s");
}

void tell_loaded(Workspace& workspace, const OpenFile& file) {
  std::vector<std::string> maps;
  for (const auto& map : file.probe.loaded().maps())
    if (map->spec().name != usdt_arguments_map) maps.push_back(map->spec().name);
  std::vector<std::string> programs;
  for (const auto& program : file.probe.image().programs) programs.push_back(program.name);
  workspace.say(fmt::format("{}: {}, {}", file.name, count(programs.size(), "program"), count(maps.size(), "map")),
                {{"type", "loaded"}, {"file", file.name}, {"programs", programs}, {"maps", maps}});
}

void reload(Workspace& workspace, OpenFile& file, const Parameters& parameters) {
  const auto before = Clock::now();
  const auto result = workspace.reload(file, parameters);
  const auto took = Clock::now() - before;
  if (workspace.json()) return workspace.output().object(front::to_json(file.name, result, took));
  for (const auto& line : front::describe(file.name, result, took)) workspace.say(line, {});
}

/// The editor and its arguments, as the environment names them.
std::vector<std::string> editor() {
  for (const char* variable : {"VISUAL", "EDITOR"}) {
    const char* text = std::getenv(variable);
    if (text == nullptr) continue;
    Arguments words(text);
    std::vector<std::string> result;
    while (auto word = words.try_word()) result.push_back(std::move(*word));
    if (!result.empty()) return result;
  }
  for (const char* usual : {"/usr/bin/editor", "/usr/bin/vi", "/usr/bin/nano"})
    if (::access(usual, X_OK) == 0) return {usual};
  throw Error(Stage::usage, "edit", "no editor is named", "set VISUAL or EDITOR");
}

void list_parameters(Workspace& workspace) {
  const std::vector<report::Column> columns{{.header = "FILE", .key = "file", .in = report::data_only},
                                            {.header = "PARAMETER", .key = "parameter"},
                                            {.header = "VALUE", .key = "value"},
                                            {.header = "WHAT IT IS", .key = "help"}};
  std::vector<report::Row> rows;
  for (auto& file : workspace.files())
    for (const auto& parameter : file.probe.source().parameters())
      rows.push_back({file.name, parameter.name, parameter.value, parameter.help});
  if (rows.empty() && !workspace.json()) return workspace.say("no file has a parameter (// @param)", {});
  if (!rows.empty()) workspace.table("parameter", columns, rows);
}

}  // namespace

void load_command(Workspace& workspace, Arguments& arguments) {
  std::optional<std::string> name = arguments.word("a probe file");
  std::string recorded = "load";
  for (; name; name = arguments.try_word()) {
    const auto& file = workspace.load(*name);
    recorded += " " + quoted_word(file.probe.source().path().string());
    tell_loaded(workspace, file);
  }
  workspace.record_as(recorded);
}

void unload_command(Workspace& workspace, Arguments& arguments) {
  auto& file = workspace.file(arguments.try_word());
  arguments.require_end();
  const auto name = file.name;
  workspace.unload(file);
  workspace.say(name + " is unloaded", {{"type", "unloaded"}, {"file", name}});
}

void reload_command(Workspace& workspace, Arguments& arguments) {
  auto& file = workspace.file(arguments.try_word());
  arguments.require_end();
  reload(workspace, file, file.parameters);
}

void edit_command(Workspace& workspace, Arguments& arguments) {
  auto& file = workspace.file(arguments.try_word());
  arguments.require_end();
  const auto& path = file.probe.source().path();
  const auto before = file.probe.source().text();
  auto words = editor();
  words.push_back(path.string());
  front::Command program(words);
  program.release();
  // The terminal is the editor's until it ends; so is Ctrl-C.
  while (!workspace.wait_for(program.fd()) && forget_interrupt() == SIGINT) {
  }
  pollfd ended{program.fd(), POLLIN, 0};
  while (::poll(&ended, 1, -1) < 0 && errno == EINTR) {
  }
  const int status = program.status().value_or(-1);
  workspace.record_as("reload " + quoted_word(file.name));
  if (status != 0)
    throw Error(Stage::usage, words.front(), fmt::format("it ended with {}, so nothing is reloaded", status));
  if (try_read_file(path) == before)
    return workspace.say(file.name + " is as it was", {{"type", "unchanged"}, {"file", file.name}});
  reload(workspace, file, file.parameters);
}

void set_command(Workspace& workspace, Arguments& arguments) {
  if (arguments.empty()) return list_parameters(workspace);
  const auto name = arguments.word("a parameter");
  const auto value = std::string(arguments.take_rest());
  std::vector<std::string> names;
  for (auto& file : workspace.files())
    for (const auto& parameter : file.probe.source().parameters()) names.push_back(parameter.name);
  if (std::ranges::find(names, name) == names.end())
    throw arguments.error(name, "no file has this parameter",
                          did_you_mean(name, names, names.empty() ? "" : "there are: " + join(names, ", ")));
  if (value.empty()) throw arguments.error(name, "its value is missing");
  for (auto& file : workspace.files()) {
    const auto& parameters = file.probe.source().parameters();
    if (std::ranges::find(parameters, name, &Parameter::name) == parameters.end()) continue;
    auto edited = file.parameters;
    std::erase_if(edited, [&](const auto& set) { return set.first == name; });
    edited.emplace_back(name, value);
    reload(workspace, file, edited);
  }
}

}  // namespace sonda::shell
