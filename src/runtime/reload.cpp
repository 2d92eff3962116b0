// Probe::reload: what is prepared before anything changes.
#include <fmt/format.h>

#include <algorithm>

#include "read/map_types.h"
#include "runtime/create_map.h"
#include "runtime/fill_maps.h"
#include "runtime/map_change.h"
#include "runtime/swap.h"
#include "runtime/tail_calls.h"
#include "sonda/error.h"

namespace sonda {
namespace {

using Clock = std::chrono::steady_clock;

/// Maps that hold parts of the probe itself: new ones each time, so that old programs go on among themselves.
bool holds_parts(const MapSpec& spec) { return spec.type == BPF_MAP_TYPE_PROG_ARRAY || is_map_of_maps(spec); }

bool has(const std::vector<Attachment>& plan, const AttachPoint& point, const std::string& function) {
  return std::ranges::any_of(plan,
                             [&](const Attachment& each) { return each.function == function && each.point == point; });
}

/// Leaves out, with a note, what the file does not have.
Parameters parameters_for(const ProbeSource& source, Parameters parameters, std::vector<std::string>& notes) {
  std::erase_if(parameters, [&](const auto& set) {
    const auto& known = source.parameters();
    if (std::ranges::find(known, set.first, &Parameter::name) != known.end()) return false;
    notes.push_back(fmt::format("the file has no parameter {} any more", set.first));
    return true;
  });
  return parameters;
}

}  // namespace

std::function<Edited()> Probe::compile_task(ProbeSource edited, const ReloadOptions& options) const {
  auto parameters = options.parameters ? *options.parameters : options_.parameters;
  auto compile_options = with_exported(options_.compile, *pool_);
  return [=, edited = std::move(edited), process = options_.process]() mutable -> Edited {
    const auto start = Clock::now();
    std::vector<std::string> notes, trace, warnings;
    if (compile_options.warn)
      compile_options.warn = [&warnings](std::string_view lines) { warnings.emplace_back(lines); };
    if (compile_options.trace) compile_options.trace = [&trace](std::string_view line) { trace.emplace_back(line); };
    const auto known = parameters_for(edited, parameters, notes);
    auto source = prepared(edited, known, process);
    auto image = compile(source, compile_options);
    return {std::move(source), std::move(image),    std::move(notes),
            std::move(trace),  std::move(warnings), Clock::now() - start};
  };
}

Reload Probe::reload(Edited edited, const ReloadOptions& options) {
  if (!live_)
    throw Error(Stage::load, source_.name(), "the probe was not opened to be edited while it runs",
                "open it with OpenOptions::live");
  return Swap(*this, std::move(edited), options).run();
}

Swap::Swap(Probe& probe, Edited edited, const ReloadOptions& options)
    : probe_(probe),
      live_(*probe.live_),
      options_(options),
      source_(std::move(edited.source)),
      image_(std::move(edited.image)) {
  told_.notes = std::move(edited.notes);
  told_.compile = edited.compile;
  if (const auto& tell = probe.options_.compile.trace)
    for (const auto& line : edited.trace) tell(line);
  if (const auto& tell = probe.options_.compile.warn)
    for (const auto& lines : edited.warnings) tell(lines);
}

Reload Swap::run() {
  const auto start = Clock::now();
  const auto mark = probe_.pool_->mark();
  try {
    make_maps();
    plan_points();
    load_programs();
    prepare_links();
    prepare_given_out();
    open_buffers();
    note_costs();
    carry_variables();
    migrate();
    told_.load = Clock::now() - start;
    exchange();
  } catch (...) {
    probe_.pool_->undo_since(mark);
    throw;
  }
  take_over();
  settle();
  return std::move(told_);
}

void Swap::make_maps() {
  next_ = std::make_unique<LoadedImage>(std::move(image_), map_source(source_, probe_.pool_),
                                        [this](const MapSpec& spec) { return kept(spec); });
  fill_maps(*next_, source_, probe_.options_.entries,
            [this](const MapSpec& map) { return std::ranges::find(told_.kept, map.name) == told_.kept.end(); });
  for (const auto& spec : probe_.image().maps)
    if (!holds_parts(spec) && spec.holds != Holds::constants &&
        std::ranges::find(next_->image().maps, spec.name, &MapSpec::name) == next_->image().maps.end())
      told_.removed.push_back(spec.name);
  for (const auto& buffer : probe_.readers_)
    if (buffer.check) buffer.check(next_->map(buffer.map).spec());
  if (options_.check) options_.check(source_, *next_);
}

std::shared_ptr<Map> Swap::kept(const MapSpec& spec) {
  if (holds_parts(spec) || spec.holds == Holds::constants) return nullptr;
  const auto& specs = probe_.image().maps;
  const auto before = std::ranges::find(specs, spec.name, &MapSpec::name);
  const bool is_variables = spec.holds == Holds::variables;
  if (before == specs.end()) {
    told_.added.push_back(spec.name);
    return nullptr;
  }
  if (auto reason = map_change(*before, spec); !reason.empty()) {
    told_.renewed.push_back({.map = spec.name, .reason = std::move(reason), .is_variables = is_variables});
    return nullptr;
  }
  told_.kept.push_back(spec.name);
  return probe_.loaded().maps()[static_cast<std::size_t>(before - specs.begin())];
}

void Swap::plan_points() {
  if (!live_.plan) return;
  plan_ = options_.plan ? options_.plan(source_, next_->image()) : attachments_of(source_, next_->image());
  if (plan_.empty() && !live_.plan->empty())
    throw Error(Stage::attach, source_.name(), "the file does not say any more where to attach its functions",
                "write a comment such as '// @attach tracepoint:sched:sched_switch' above a function");
}

std::vector<Wanted> Swap::wanted() const {
  auto all = wanted_by(plan_);
  for (const auto& link : probe_.links_)
    if (!live_.origins.at(&link).planned) all.emplace_back(link.function(), program_kind(link.point()));
  for (const auto& way : live_.ways)
    if (way.given_out) all.emplace_back(way.function, way.kind);
  return all;
}

const Program& Swap::load(const std::string& function, const ProgramKind& kind) {
  return load_or_compile_anew(*next_, source_, probe_.options_, function, kind);
}

void Swap::load_programs() {
  const auto all = wanted();
  const auto loads = [this](const std::string& function, const ProgramKind& kind) -> const Program& {
    return load(function, kind);
  };
  fill_program_arrays(*next_, source_, all, loads);
  for (const auto& [function, kind] : all) load(function, kind);
  fill_manual_slots(all);
}

void Swap::fill_manual_slots(const std::vector<Wanted>& attached) {
  const auto& image = next_->image();
  for (auto slot : probe_.slots_) {
    slot.at.file = source_.name();
    const auto map = std::ranges::find(image.maps, slot.map, &MapSpec::name);
    const bool fits = map != image.maps.end() && map->type == BPF_MAP_TYPE_PROG_ARRAY && slot.index < map->max_entries;
    const bool known = slot.function.empty() ||
                       std::ranges::find(image.programs, slot.function, &ProgramSpec::name) != image.programs.end();
    if (!fits || !known)
      told_.notes.push_back(fmt::format("slot {} of {} is no longer filled with {}: there is no such {}", slot.index,
                                        slot.map, slot.function.empty() ? "nothing" : slot.function,
                                        fits ? "function" : "slot"));
    else if (slot.function.empty())
      empty_slot(*next_, slot);
    else
      fill_one_slot(*next_, attached, slot,
                    [this](const std::string& function, const ProgramKind& kind) -> const Program& {
                      return load(function, kind);
                    });
  }
}

void Swap::prepare_links() {
  for (auto& link : probe_.links_) {
    const bool stays = !live_.origins.at(&link).planned || has(plan_, link.point(), link.function());
    if (stays) {
      prepare_link(link);
    } else {
      vanished_.push_back(&link);
      told_.detached.push_back({link.point(), link.function()});
    }
  }
  if (!live_.plan) return;
  for (const auto& attachment : plan_) {
    if (has(*live_.plan, attachment.point, attachment.function)) continue;
    attach_new(attachment.point, attachment.function, true);
    told_.attached.push_back({attachment.point, attachment.function});
  }
}

void Swap::prepare_link(Link& link) {
  const auto& origin = live_.origins.at(&link);
  const auto& program = load(link.function(), program_kind(link.point()));
  const bool lacks_arguments = std::holds_alternative<Usdt>(link.point()) && !origin.knows_arguments &&
                               program.map(usdt_arguments_map) != nullptr;
  if (!origin.way->dispatcher) {
    exchanges_.push_back({&link, &program, origin.way->obstacle});
  } else if (!lacks_arguments && origin.way->dispatcher->takes(program)) {
    add_step(*origin.way, program);
  } else {
    told_.direct.push_back({link.point(), link.function(), false,
                            lacks_arguments ? "it reads arguments, which it did not before"
                                            : "the kernel does not let programs jump to the new one"});
    attach_new(link.point(), link.function(), origin.planned);
    vanished_.push_back(&link);
  }
}

void Swap::prepare_given_out() {
  for (auto& way : live_.ways) {
    if (!way.given_out) continue;
    const auto& program = load(way.function, way.kind);
    if (!way.dispatcher || !way.dispatcher->takes(program))
      throw Error(Stage::load, way.function, "it cannot be exchanged while it is attached",
                  way.dispatcher ? "the kernel does not let programs jump to the new one" : way.obstacle);
    add_step(way, program);
  }
}

void Swap::add_step(Way& way, const Program& to) {
  if (std::ranges::find(steps_, &way, &Step::way) == steps_.end()) steps_.push_back({&way, &to});
}

/// Through a dispatcher of its own: the old program is not to run at a new point, not even for a moment.
void Swap::attach_new(const AttachPoint& point, const std::string& function, bool planned) {
  const auto& program = load(function, program_kind(point));
  auto way = std::ranges::find_if(
      new_ways_, [&](const Way& each) { return each.function == function && each.kind == program.kind(); });
  if (way == new_ways_.end()) way = new_ways_.insert(way, make_way(next_->image(), program));
  if (!way->dispatcher) {
    late_.push_back({point, function, {}, {}});
    return;
  }
  attach_by(*way, program, point, planned);
  add_step(*way, program);
}

Link& Swap::attach_by(Way& way, const Program& program, const AttachPoint& point, bool planned) {
  auto& link = new_links_.emplace_back(attach(way.dispatcher ? way.dispatcher->program_for(program) : program, point));
  new_origins_[&link] = {&way, planned, program.map(usdt_arguments_map) != nullptr};
  return link;
}

void Swap::open_buffers() {
  for (const auto& map : next_->maps()) {
    const auto& name = map->spec().name;
    if (!is_buffer(map->spec()) || std::ranges::find(told_.kept, name) != told_.kept.end()) continue;
    const auto open = std::ranges::find(probe_.readers_, name, &Probe::Buffer::map);
    auto callback = options_.events ? options_.events(*map) : EventCallback();
    if (!callback && open != probe_.readers_.end()) callback = open->callback;
    if (!callback) continue;
    const auto pages = open != probe_.readers_.end() ? open->pages : Probe::default_pages;
    EventReader reader(*map, callback, *probe_.received_, pages);
    new_readers_.emplace_back(name, pages, std::move(callback), open != probe_.readers_.end() ? open->check : nullptr,
                              std::move(reader));
  }
}

/// Also into a section that the probe did not have before: a variable moves there when it is given a first value.
void Swap::carry_variables() {
  for (const auto& name : told_.added) {
    RenewedMap nobody_asks;
    if (const auto& map = next_->map(name); map.spec().holds == Holds::variables)
      CarriedVariables(probe_.loaded(), map).copy(nobody_asks);
  }
  for (std::size_t i = 0; i < told_.renewed.size(); ++i) {
    auto& told = told_.renewed[i];
    if (!told.is_variables) continue;
    carried_.emplace_back(i, CarriedVariables(probe_.loaded(), next_->map(told.map))).second.copy(told);
  }
}

void Swap::migrate() {
  if (!options_.migrate) return;
  for (std::size_t i = 0; i < told_.renewed.size(); ++i) {
    auto& told = told_.renewed[i];
    if (told.is_variables) continue;
    Migration migration(probe_.loaded().map(told.map), next_->map(told.map));
    if (!migration.obstacle().empty()) {
      if (!is_buffer(next_->map(told.map).spec()))
        told_.notes.push_back(fmt::format("{} is not migrated: {}", told.map, migration.obstacle()));
      continue;
    }
    migration.copy(told);
    migrations_.emplace_back(i, std::move(migration));
  }
}

}  // namespace sonda
