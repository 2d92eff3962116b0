#include "cli/shell/workspace.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/text.h"
#include "front/ledger_report.h"
#include "present/event_report.h"
#include "present/map_report.h"
#include "read/map_types.h"
#include "report/lines.h"
#include "report/writer.h"
#include "runtime/tail_calls.h"

namespace sonda::shell {
namespace {

std::string short_name(const OpenFile& file) { return std::filesystem::path(file.name).filename().string(); }

Error unknown(std::string_view what, const std::string& name, const std::vector<std::string>& names) {
  return Error(
      Stage::usage, name, fmt::format("there is no such {}", what),
      did_you_mean(name, names, names.empty() ? "load FILE loads a probe" : "there are: " + join(names, ", ")));
}

/// The line, harmless already, cut to so many columns; with its end.
std::string cut(std::string line, std::size_t columns) {
  line.pop_back();
  line.resize(report::beginning(line, columns).size());
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

}  // namespace

bool AttachWish::has(const Attachment& attachment) const {
  const auto same = [&](const Attachment& one) {
    return one.function == attachment.function && one.point == attachment.point;
  };
  if (std::ranges::any_of(not_attached, same)) return false;
  return all || std::ranges::find(functions, attachment.function) != functions.end();
}

Workspace::Workspace(front::Run& run, const ShellOptions& options, bool interactive)
    : run_(run),
      options_(options),
      interactive_(interactive),
      output_(run.output(), options.format),
      pool_(options.pins.empty() ? std::make_shared<MapPool>() : std::make_shared<MapPool>(options.pins)) {
  try {
    measure(true);
  } catch (const Error& error) {
    run_.explain(error.what());  // `list` shows no runs then, and `stats on` says why
  }
}

OpenOptions Workspace::open_options_for(const Parameters& parameters) {
  auto open = run_.open_options(options_.input);
  open.parameters = parameters;
  open.process = options_.pid;
  open.maps = pool_;
  open.live = true;
  return open;
}

OpenFile& Workspace::load(const std::string& name) {
  auto source = ProbeSource::open(name);
  for (const auto& file : files_)
    if (file.probe.source().path() == source.path())
      throw Error(Stage::usage, name, "it is loaded already", "reload takes its edited text");
  run_.explain(fmt::format("probe {} ({})", source.path().string(), source.origin()));
  Parameters parameters;
  for (const auto& set : options_.input.probe.parameters)
    if (std::ranges::find(source.parameters(), set.first, &Parameter::name) != source.parameters().end())
      parameters.push_back(set);
  auto probe = Probe::open(std::move(source), open_options_for(parameters));
  if (const auto warning = tail_call_warning(probe.image(), probe.source().tail_calls()); !warning.empty())
    run_.warn(fmt::format("{}: {}", name, warning));
  present::require_shown_fields(probe.source(), probe.loaded());
  auto& file =
      files_.emplace_back(OpenFile{.name = name, .parameters = std::move(parameters), .probe = std::move(probe)});
  try {
    open_buffers(file);
  } catch (...) {
    files_.pop_back();
    throw;
  }
  return file;
}

void Workspace::unload(OpenFile& file) {
  file.probe.detach_all();
  drain();
  const auto& ledger = file.probe.ledger();
  add(closed_, ledger);
  std::erase_if(files_, [&](const OpenFile& one) { return &one == &file; });
}

EventCallback Workspace::to_store(std::shared_ptr<EventSource> source) {
  return [this, source = std::move(source)](const Event& event) {
    events_.add({source, {event.bytes.begin(), event.bytes.end()}, event.cpu, {}});
  };
}

void Workspace::describe(const OpenFile& file, EventSource& source) {
  const auto& loaded = file.probe.loaded();
  source.report =
      std::make_unique<present::EventReport>(loaded.map(source.map), file.probe.source(), loaded, resources_, output_);
  source.typed = present::typed_as(source.report->cells(), resources_);
  source.maps.assign(loaded.maps().begin(), loaded.maps().end());
}

void Workspace::open_buffers(OpenFile& file) {
  for (const auto& map : file.probe.loaded().maps()) {
    if (!is_buffer(map->spec())) continue;
    auto source = std::make_shared<EventSource>(EventSource{.file = file.name, .map = map->spec().name});
    describe(file, *source);
    file.sources.push_back(source);
    file.probe.open_events(map->spec().name, to_store(std::move(source)));
  }
  if (!trace_ && present::writes_trace(file.probe.image())) trace_ = std::make_unique<TracePipe>();
}

Reload Workspace::reload(OpenFile& file, const Parameters& parameters) {
  const auto& path = file.probe.source().path();
  auto source = ProbeSource::open(path.empty() ? file.name : path.string());
  drain();
  std::vector<std::shared_ptr<EventSource>> fresh;
  ReloadOptions options;
  options.parameters = parameters;
  options.check = [](const ProbeSource& edited, const LoadedImage& next) {
    present::require_shown_fields(edited, next);
  };
  options.events = [&](const Map& buffer) {
    fresh.push_back(std::make_shared<EventSource>(EventSource{.file = file.name, .map = buffer.spec().name}));
    return to_store(fresh.back());
  };
  options.plan = [&](const ProbeSource& edited, const Image& image) {
    auto plan = attachments_of(edited, image);
    std::erase_if(plan, [&](const Attachment& one) { return !file.wish.has(one); });
    return plan;
  };
  auto result = file.probe.reload(std::move(source), options);
  file.parameters = parameters;
  // What a buffer that is another one has sent before keeps its description.
  std::erase_if(file.sources, [&](const auto& old) {
    return file.probe.events(old->map) == nullptr ||
           std::ranges::any_of(fresh, [&](const auto& one) { return one->map == old->map; });
  });
  file.sources.insert(file.sources.end(), fresh.begin(), fresh.end());
  for (const auto& one : file.sources) describe(file, *one);
  if (!trace_ && present::writes_trace(file.probe.image())) trace_ = std::make_unique<TracePipe>();
  return result;
}

OpenFile& Workspace::file(const std::optional<std::string>& name) {
  if (files_.empty())
    throw Error(Stage::usage, name.value_or("no probe"), "nothing is loaded", "load FILE loads a probe");
  if (!name) return files_.back();
  std::vector<std::string> names;
  for (auto& file : files_) {
    if (file.name == *name || short_name(file) == *name) return file;
    names.push_back(file.name);
  }
  throw unknown("file", *name, names);
}

FoundMap Workspace::map(const std::string& name) {
  const auto colon = name.rfind(':');
  auto* const only = colon == name.npos ? nullptr : &file(name.substr(0, colon));
  const auto wanted = colon == name.npos ? name : name.substr(colon + 1);
  std::vector<FoundMap> found;
  for (auto& file : files_)
    for (const auto& map : file.probe.loaded().maps())
      if ((only == nullptr || only == &file) && map->spec().name == wanted) found.push_back({file, *map});
  if (found.empty()) throw unknown("map", name, map_names());
  const auto& first = found.front();
  if (found.size() > 1 && !is_shared(first.file.probe.source(), first.file.probe.image().map(wanted)))
    throw Error(Stage::usage, name, "several files have such a map",
                "say which: " + short_name(first.file) + ":" + name);
  return first;
}

OpenFile& Workspace::file_of_function(const std::string& function) {
  for (auto& file : files_)
    if (std::ranges::find(file.probe.image().programs, function, &ProgramSpec::name) !=
        file.probe.image().programs.end())
      return file;
  throw unknown("function", function, function_names());
}

std::vector<std::string> Workspace::function_names() const {
  std::vector<std::string> names;
  for (const auto& file : files_)
    for (const auto& program : file.probe.image().programs) names.push_back(program.name);
  return names;
}

std::vector<std::string> Workspace::map_names() const {
  std::vector<std::string> names;
  for (const auto& file : files_)
    for (const auto& map : file.probe.loaded().maps())
      if (map->spec().name != usdt_arguments_map) names.push_back(map->spec().name);
  return names;
}

std::vector<std::string> Workspace::buffer_names() const {
  std::vector<std::string> names;
  for (const auto& file : files_)
    for (const auto& source : file.sources) names.push_back(source->map);
  if (trace_) names.emplace_back("trace_pipe");
  return names;
}

std::vector<NumberedLink> Workspace::links() {
  std::vector<NumberedLink> links;
  std::vector<std::pair<const Link*, int>> numbers;
  for (auto& file : files_)
    for (const auto& link : file.probe.links()) {
      const auto known = std::ranges::find(numbers_, &link, &std::pair<const Link*, int>::first);
      numbers.emplace_back(&link, known != numbers_.end() ? known->second : ++last_number_);
      links.push_back({numbers.back().second, &file, &link});
    }
  numbers_ = std::move(numbers);
  std::ranges::stable_sort(links, {}, &NumberedLink::number);
  return links;
}

void Workspace::drain() {
  for (auto& file : files_)
    for (const auto& source : file.sources)
      if (auto* reader = file.probe.events(source->map)) reader->poll(0);
  while (trace_) {
    auto fields = trace_->fields(0);
    if (!fields) break;
    store(std::move(*fields));
  }
}

void Workspace::feed(front::EventLoop& loop, front::EventLoop::Action after) {
  for (auto& file : files_)
    for (const auto& source : file.sources) loop.read([&file, &map = source->map] { return file.probe.events(map); });
  if (trace_) loop.read(*trace_, [this](TraceFields fields) { store(std::move(fields)); });
  loop.each_round(std::move(after));
}

bool Workspace::wait_for(int fd) {
  front::EventLoop loop;
  loop.on(fd, [&loop] { loop.end(); });
  feed(loop);
  return loop.run() == front::Ended::as_asked;
}

void Workspace::close_ledger() {
  for (auto& file : files_) file.probe.detach_all();
  drain();
  auto all = closed_;
  for (auto& file : files_) {
    add(all, file.probe.ledger());
    front::warn_of_uncounted(run_, file.name, file.probe.loaded());
  }
  if (trace_) all.events_lost += trace_->lost();
  all.events_lost += events_.all_dropped();
  if (json())
    front::print_losses(run_.output(), all);
  else
    front::warn_of_losses(run_, all);
}

void Workspace::measure(bool on) {
  if (!on) return statistics_.reset();
  if (statistics_) return;
  statistics_.emplace();
  if (statistics_->on()) return;
  statistics_.reset();
  throw Error(Stage::kernel, "run statistics", "the kernel does not measure programs", "it takes Linux 5.8");
}

void Workspace::say(const std::string& line, const report::Json& object) {
  if (json())
    output_.object(object);
  else
    output_.line(escape_for_terminal(line));
}

void Workspace::table(const std::string& type, const std::vector<report::Column>& columns,
                      const std::vector<report::Row>& rows) {
  if (json()) {
    for (const auto& row : rows) {
      report::Fields object{{"type", type}};
      for (std::size_t i = 0; i < columns.size(); ++i)
        if (columns[i].in.json) object.emplace_back(columns[i].key, row[i]);
      output_.object_of(object);
    }
    return;
  }
  const auto fitted = present::fitted(columns, rows);
  const auto& to = run_.output();
  const auto width = to.is_terminal() ? to.size().columns : std::string::npos;
  auto text = to.styled(cut(report::text_header(fitted), width), report::Emphasis::heading);
  for (const auto& row : rows) text += cut(report::text_row(fitted, row), width);
  text.pop_back();
  output_.line(text);
}

}  // namespace sonda::shell
