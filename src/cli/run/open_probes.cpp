#include "cli/run/open_probes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "front/options.h"
#include "present/record_columns.h"
#include "read/map_types.h"
#include "report/writer.h"
#include "runtime/tail_calls.h"
#include "sonda/error.h"

namespace sonda::cli {
namespace {

/// Refuses `wanted`, an option's value, unless it is one of `names`.
void require_known(const std::string& option, const std::string& wanted, const std::vector<std::string>& names,
                   const std::string& cause) {
  if (std::ranges::find(names, wanted) != names.end()) return;
  throw Error(Stage::usage, option + " " + wanted, cause,
              did_you_mean(wanted, names, names.empty() ? "" : "there are: " + join(names, ", ")));
}

void require_known_parameters(const std::deque<Probe>& probes, const RunOptions& options) {
  std::vector<std::string> parameters;
  for (const auto& probe : probes)
    for (const auto& parameter : probe.source().parameters()) parameters.push_back(parameter.name);
  for (const auto& [name, value] : options.input.probe.parameters)
    require_known("--set", name, parameters, "none of the files has this parameter");
}

void require_known_buffers(const std::deque<Probe>& probes, const RunOptions& options) {
  std::vector<std::string> buffers;
  for (const auto& probe : probes)
    for (const auto& map : probe.loaded().maps())
      if (is_buffer(map->spec())) buffers.push_back(map->spec().name);
  for (const auto& [name, pages] : buffer_pages(options))
    require_known("--buffer", name, buffers, "none of the files has this buffer");
}

void require_known_maps(const std::deque<Probe>& probes, const std::vector<MapEntry>& entries) {
  std::vector<std::string> maps;
  for (const auto& probe : probes)
    for (const auto& map : probe.loaded().maps())
      if (map->spec().name != usdt_arguments_map) maps.push_back(map->spec().name);
  for (const auto& entry : entries) require_known("--set-map", entry.map, maps, "none of the files has this map");
}

/// What the command line says for this file: a parameter goes to the files that have it.
OpenOptions options_for(front::Run& run, const ProbeSource& source, const front::FileOptions& input) {
  auto open = run.open_options(input);
  std::erase_if(open.parameters, [&](const auto& set) {
    return std::ranges::find(source.parameters(), set.first, &Parameter::name) == source.parameters().end();
  });
  return open;
}

}  // namespace

void list_probes(report::Output& output, report::Format format) {
  const auto probes = named_probes();
  std::size_t width = 0;
  for (const auto& probe : probes) width = std::max(width, probe.name.size());
  report::Writer writer(output, format,
                        {{.header = "", .key = "type", .in = report::json_only},
                         {.header = "NAME", .key = "name", .width = width + 1},
                         {.header = "", .key = "path", .in = report::data_only},
                         {.header = "", .key = "origin", .in = report::data_only},
                         {.header = "WHAT IT IS", .key = "about"}});
  for (const auto& probe : probes)
    writer.row({std::string("probe"), probe.name, probe.path.string(), probe.origin, probe.about()});
  writer.line("");
  writer.line("sonda run NAME runs one of them, sonda run ./FILE.c a file of yours.");
}

void warn_of_jumps(front::Run& run, const ProbeSource& source, const Image& image) {
  if (const auto warning = tail_call_warning(image, source.tail_calls()); !warning.empty())
    run.warn(fmt::format("{}: {}", source.name(), warning));
}

std::deque<Probe> open_probes(front::Run& run, const RunOptions& options, const std::shared_ptr<MapPool>& maps,
                              std::optional<pid_t> process) {
  std::deque<Probe> probes;
  std::vector<MapEntry> entries;
  for (const auto& text : options.map_entries) entries.push_back(parse_map_entry(text));
  if (options.input.probe.watch) run.keep_worker_ready(options.input.probe);
  for (const auto& file : front::exporters_first(options.input.files)) {
    auto source = run.open_source(file);
    auto open = options_for(run, source, options.input);
    open.process = process;
    open.entries = entries;
    open.maps = maps;
    open.live = options.input.probe.watch;
    open.compile.ring_pages = buffer_pages(options);
    open.compile.large_rings = true;
    const auto& probe = probes.emplace_back(Probe::open(std::move(source), open));
    warn_of_jumps(run, probe.source(), probe.image());
    present::require_shown_fields(probe.source(), probe.loaded());
    for (const auto& map : probe.loaded().maps())
      if (map->spec().type == BPF_MAP_TYPE_RINGBUF)
        run.explain(fmt::format("{}: a ring buffer of {} KiB", map->spec().name, map->spec().max_entries / 1024));
  }
  require_known_parameters(probes, options);
  require_known_buffers(probes, options);
  require_known_maps(probes, entries);
  return probes;
}

}  // namespace sonda::cli
