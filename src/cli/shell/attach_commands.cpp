// attach, detach, list, stats, explain.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/shell/commands.h"
#include "front/attach_plan.h"
#include "present/map_kinds.h"
#include "read/map_types.h"
#include "report/explanation/printers.h"
#include "sonda/explanation.h"
#include "sonda/table.h"

namespace sonda::shell {
namespace {

bool is_attached(const OpenFile& file, const Attachment& attachment) {
  return std::ranges::any_of(file.probe.links(), [&](const Link& link) {
    return link.function() == attachment.function && link.point() == attachment.point;
  });
}

void tell_attached(Workspace& workspace, std::size_t from) {
  const auto links = workspace.links();
  for (auto i = from; i < links.size(); ++i) {
    const auto& [number, file, link] = links[i];
    const auto point = to_string(link->point());
    workspace.say(fmt::format("{}: {} at {}{}", number, link->function(), point,
                              link->places() == 1 ? "" : fmt::format(" ({} places)", link->places())),
                  {{"type", "attached"},
                   {"number", number},
                   {"file", file->name},
                   {"function", link->function()},
                   {"point", point},
                   {"places", link->places()}});
  }
}

/// What the file says of `function`, or of everything if that is empty, and is not attached yet. Attaches it.
void attach_plan_of(Workspace& workspace, OpenFile& file, const std::string& function) {
  std::vector<std::string> notes;
  auto plan = front::attach_plan(file.probe, {}, workspace.process(), notes);
  if (!function.empty()) std::erase_if(plan, [&](const Attachment& one) { return one.function != function; });
  if (!function.empty() && plan.empty())
    throw Error(Stage::attach, function, "the file does not say where to attach it",
                "attach POINT=" + function + " says it")
        .with_exit(Exit::usage);
  std::erase_if(plan, [&](const Attachment& one) { return is_attached(file, one); });
  if (!plan.empty()) file.probe.attach(plan);
  for (const auto& note : notes) workspace.run().warn(note);
  auto& wish = file.wish;
  if (function.empty())
    wish = {.all = true};
  else if (!wish.all)
    wish.functions.push_back(function);
  if (!function.empty())
    std::erase_if(wish.not_attached, [&](const Attachment& one) { return one.function == function; });
}

std::string type_text(const Schema& schema, std::uint32_t size) {
  if (schema.empty()) return size == 0 ? "-" : fmt::format("{} bytes", size);
  const auto& type = schema.types.front();
  if (type.kind == Kind::array && type.element < schema.types.size())
    return fmt::format("{}[{}]", schema.types[type.element].name, type.count);
  return type.name.empty() ? fmt::format("{} bytes", size) : type.name;
}

/// Of variables their names, the first few.
std::string value_text(const MapSpec& spec) {
  if (!present::has_variables(spec)) {
    const auto& value = spec.event.empty() ? spec.value : spec.event;
    return type_text(value, spec.value_size);
  }
  constexpr std::size_t few = 3;
  const auto& fields = spec.value.types.front().fields;
  std::vector<std::string> names;
  for (const auto& field : fields) names.push_back(names.size() < few ? field.name : "...");
  names.resize(std::min(names.size(), few + 1));
  return join(names, ", ");
}

report::Cell entries_of(const Map& map) {
  if (!is_readable(map.spec()) || is_slots(map.spec().type)) return {};
  return std::uint64_t{Table(map).snapshot().size()};
}

constexpr auto right = report::Align::right;

void list_programs(Workspace& workspace) {
  const std::vector<report::Column> columns{
      {.header = "FILE", .key = "file", .in = report::data_only},
      {.header = "PROGRAM", .key = "program"},
      {.header = "LINKS", .key = "links", .align = right},
      {.header = "INSNS", .key = "instructions", .align = right},
      {.header = "RUNS", .key = "runs", .align = right},
      {.header = "NS/RUN", .key = "ns_per_run", .align = right},
  };
  std::vector<report::Row> rows;
  for (auto& file : workspace.files()) {
    const auto runs = file.probe.runs();
    for (const auto& program : file.probe.image().programs) {
      const auto links = static_cast<std::uint64_t>(
          std::ranges::count(file.probe.links(), program.name, [](const Link& link) { return link.function(); }));
      report::Row row{file.name, program.name, links, std::uint64_t{program.instructions.size()}, {}, {}};
      const auto found = std::ranges::find(runs, program.name, &FunctionRuns::function);
      if (workspace.measures() && found != runs.end()) {
        row[4] = found->count.runs;
        if (found->count.runs != 0) row[5] = found->count.nanoseconds / found->count.runs;
      }
      rows.push_back(std::move(row));
    }
  }
  if (!rows.empty()) workspace.table("program", columns, rows);
}

void list_links(Workspace& workspace) {
  const std::vector<report::Column> columns{{.header = "N", .key = "number", .align = right},
                                            {.header = "FILE", .key = "file", .in = report::data_only},
                                            {.header = "FUNCTION", .key = "function"},
                                            {.header = "PLACES", .key = "places", .align = right},
                                            {.header = "POINT", .key = "point"}};
  std::vector<report::Row> rows;
  for (const auto& [number, file, link] : workspace.links())
    rows.push_back(
        {std::int64_t{number}, file->name, link->function(), std::uint64_t{link->places()}, to_string(link->point())});
  if (rows.empty() && !workspace.json()) return workspace.say("nothing is attached: 'attach' does it", {});
  if (!rows.empty()) workspace.table("link", columns, rows);
}

void list_maps(Workspace& workspace) {
  const std::vector<report::Column> columns{{.header = "FILE", .key = "file", .in = report::data_only},
                                            {.header = "MAP", .key = "map"},
                                            {.header = "KIND", .key = "map_type"},
                                            {.header = "ENTRIES", .key = "entries", .align = right},
                                            {.header = "OF", .key = "max_entries", .align = right},
                                            {.header = "KEY", .key = "key"},
                                            {.header = "VALUE", .key = "value"}};
  std::vector<report::Row> rows;
  for (auto& file : workspace.files())
    for (const auto& map : file.probe.loaded().maps()) {
      const auto& spec = map->spec();
      if (spec.name == usdt_arguments_map) continue;
      rows.push_back({file.name, spec.name, kind_name(spec), entries_of(*map), std::uint64_t{spec.max_entries},
                      type_text(spec.key, spec.key_size), value_text(spec)});
    }
  if (!rows.empty()) workspace.table("map", columns, rows);
}

/// As it stands, blanks and all, or in quotes.
std::string point_and_function(Arguments& arguments) {
  arguments.rest();  // passes over the blanks
  if (!arguments.cursor().at_quote()) return std::string(arguments.take_rest());
  auto given = arguments.word("a point and a function");
  arguments.require_end();
  return given;
}

}  // namespace

void attach_command(Workspace& workspace, Arguments& arguments) {
  const auto before = workspace.links().size();
  if (arguments.empty()) {
    workspace.file(std::nullopt);
    for (auto& file : workspace.files()) attach_plan_of(workspace, file, "");
    if (workspace.links().size() == before && !workspace.json()) workspace.say("everything is attached already", {});
    return tell_attached(workspace, before);
  }
  const auto given = point_and_function(arguments);
  if (is_identifier(given)) {
    attach_plan_of(workspace, workspace.file_of_function(given), given);
  } else {
    const auto equals = given.rfind('=');
    if (equals == given.npos || !is_identifier(std::string_view(given).substr(equals + 1)))
      throw arguments.error(given, "the function is missing",
                            "written POINT=FUNCTION, e.g. uretprobe:/bin/bash:readline=printret");
    auto& file = workspace.file_of_function(given.substr(equals + 1));
    std::vector<std::string> notes;
    for (const auto& one : front::attach_plan(file.probe, {.more = {}, .only = {given}}, workspace.process(), notes))
      file.probe.attach(one.point, one.function);
    for (const auto& note : notes) workspace.run().warn(note);
  }
  tell_attached(workspace, before);
}

void detach_command(Workspace& workspace, Arguments& arguments) {
  const auto what = arguments.word("a link's number, a function or 'all'");
  arguments.require_end();
  const auto number = parse_u64(what);
  std::vector<NumberedLink> chosen;
  std::vector<std::string> names{"all"};
  for (const auto& link : workspace.links()) {
    names.push_back(link.link->function());
    if (what == "all" || what == link.link->function() || (number && static_cast<int>(*number) == link.number))
      chosen.push_back(link);
  }
  if (chosen.empty() && what != "all")
    throw arguments.error(what, number ? "no link has this number" : "no such function is attached",
                          number ? "list links shows them" : did_you_mean(what, names, "list links shows what is"));
  for (const auto& [own, file, link] : chosen) {
    const Attachment attachment{link->point(), link->function(), {}, {}};
    const auto point = to_string(link->point());
    workspace.say(fmt::format("{}: {} is no longer at {}", own, attachment.function, point),
                  {{"type", "detached"},
                   {"number", own},
                   {"file", file->name},
                   {"function", attachment.function},
                   {"point", point}});
    file->probe.detach(*link);
    file->wish.not_attached.push_back(attachment);
    if (what == "all") file->wish = {};
  }
  workspace.drain();
}

void list_command(Workspace& workspace, Arguments& arguments) {
  const auto what = arguments.try_word();
  arguments.require_end();
  constexpr std::array<std::string_view, 3> kinds{"programs", "links", "maps"};
  if (what && std::ranges::none_of(kinds, [&](auto kind) { return kind.starts_with(*what); }))
    throw arguments.error(*what, "there is nothing of that kind to list", "there are: programs, links, maps");
  if (workspace.files().empty() && !workspace.json())
    return workspace.say("nothing is loaded: 'load FILE' does it", {});
  const auto wanted = [&](std::string_view kind) { return !what || kind.starts_with(*what); };
  const auto space = [&] {
    if (!what && !workspace.json()) workspace.say("", {});
  };
  if (wanted("programs")) list_programs(workspace);
  space();
  if (wanted("links")) list_links(workspace);
  space();
  if (wanted("maps")) list_maps(workspace);
}

void stats_command(Workspace& workspace, Arguments& arguments) {
  const auto word = arguments.try_word();
  arguments.require_end();
  if (word && *word != "on" && *word != "off") throw arguments.error(*word, "expected on or off");
  if (word) workspace.measure(*word == "on");
  const auto* state = workspace.measures() ? "on" : "off";
  workspace.say(fmt::format("run statistics are {}", state), {{"type", "stats"}, {"measured", workspace.measures()}});
}

// A refused function is part of the answer, no error.
void explain_command(Workspace& workspace, Arguments& arguments) {
  const auto function = arguments.try_word();
  arguments.require_end();
  auto& file = function ? workspace.file_of_function(*function) : workspace.file(std::nullopt);
  const auto explanation = explain_program(file.probe, function ? std::vector{*function} : std::vector<std::string>());
  auto& output = workspace.run().output();
  if (workspace.json()) {
    for (const auto& line : report::explanation_json(explanation)) output.object(line);
    return;
  }
  auto text = report::explanation_text(explanation, report::style_for(output));
  text.pop_back();
  workspace.output().line(text);
}

}  // namespace sonda::shell
