#include "inspect/machine.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <ctime>
#include <unordered_map>

#include "inspect/object.h"
#include "kernel/privilege.h"

namespace sonda {
namespace {

using namespace std::chrono_literals;

using Duration = std::chrono::nanoseconds;

constexpr auto fill_budget = 5ms;   // of one look
constexpr auto least_refresh = 2s;  // between two looks at all that is dear

/// What this thread has used of CPUs: on a busy machine looking takes longer, and costs no more.
Duration cpu_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

RunStatistics permitted_statistics() {
  // Numbers are given out to CAP_SYS_ADMIN alone; and there is no such privilege in a user namespace.
  require_capabilities({Capability::sys_admin});
  require_bpf_privilege();
  return {};
}

void add_new(std::vector<Holder>& to, const std::vector<Holder>& more) {
  for (const auto& holder : more)
    if (std::ranges::find(to, holder.pid, &Holder::pid) == to.end()) to.push_back(holder);
}

void add_new(std::vector<std::string>& to, std::string text) {
  if (std::ranges::find(to, text) == to.end()) to.push_back(std::move(text));
}

const std::vector<Holder>& find(const Holders::OfKind& of_kind, std::uint32_t id) {
  static const std::vector<Holder> nobody;
  const auto found = of_kind.find(id);
  return found == of_kind.end() ? nobody : found->second;
}

constexpr std::uint32_t most_in_dispatcher = 16;  // instructions, as the kernel runs them

/// What a program jumps to that looks like a dispatcher.
std::optional<std::uint32_t> jump_of(const ProgramFacts& program, const std::vector<MapState>& maps) {
  if (program.instructions > most_in_dispatcher || program.maps.size() != 1) return std::nullopt;
  const auto map =
      std::ranges::lower_bound(maps, program.maps.front(), {}, [](const auto& each) { return each.facts.id; });
  if (map == maps.end() || map->facts.id != program.maps.front() || map->facts.type != BPF_MAP_TYPE_PROG_ARRAY)
    return std::nullopt;
  const auto fd = open_object(ObjectKind::map, map->facts.id);
  const std::uint32_t slot = 0;
  std::uint32_t target = 0;
  return fd && ::bpf_map_lookup_elem(fd.get(), &slot, &target) == 0 ? std::optional(target) : std::nullopt;
}

}  // namespace

void fold_dispatchers(MachineState& state) {
  std::unordered_map<std::uint32_t, std::uint32_t> shown_as;  // a target, by its dispatcher's number
  std::unordered_map<std::uint32_t, const ProgramFacts*> facts;
  for (const auto& program : state.programs) facts.emplace(program.facts.id, &program.facts);
  std::unordered_map<std::uint32_t, ProgramFacts> folded;
  for (const auto& program : state.programs) {
    const auto target = program.jumps_to ? facts.find(*program.jumps_to) : facts.end();
    // The kernel keeps no more than the beginning of the dispatcher's name.
    if (target == facts.end() || program.facts.name.empty() || !target->second->name.starts_with(program.facts.name))
      continue;
    auto together = *target->second;
    together.id = program.facts.id;
    folded.emplace(program.facts.id, std::move(together));
    shown_as.emplace(*program.jumps_to, program.facts.id);
  }
  for (auto& program : state.programs)
    if (const auto found = folded.find(program.facts.id); found != folded.end()) program.facts = found->second;
  // One that is attached itself has runs of its own.
  std::erase_if(state.programs, [&](const auto& program) {
    return program.points.empty() && shown_as.contains(program.facts.id) && !folded.contains(program.facts.id);
  });
  for (auto& map : state.maps)
    for (auto& program : map.programs)
      if (const auto found = shown_as.find(program); found != shown_as.end()) program = found->second;
}

Machine::Machine() : statistics_(permitted_statistics()) {}

std::string Machine::point_of(const LinkFacts& link, const ProgramFacts& program) {
  // A program on a tracepoint by BTF has a link as one on a raw tracepoint has.
  constexpr std::string_view raw = "raw";
  if (link.type == LinkType::raw_tracepoint && program.type == BPF_PROG_TYPE_TRACING && link.point.starts_with(raw))
    return "btf" + link.point.substr(raw.size());
  if (link.type != LinkType::tracing || program.target_type == 0) return link.point;
  const auto& target = targets_.find(program.target_btf, program.target_type);
  return target.empty() ? link.point : link.point + ":" + target;
}

void Machine::add_points(MachineState& state) {
  std::unordered_map<std::uint32_t, ProgramState*> by_id;
  for (auto& program : state.programs) {
    program.holders = find(holders_.programs, program.facts.id);
    by_id.emplace(program.facts.id, &program);
  }
  for (auto& link : state.links) {
    const auto program = by_id.find(link.program);
    if (program == by_id.end()) continue;
    link.point = point_of(link, program->second->facts);
    add_new(program->second->points, link.point);
    add_new(program->second->holders, find(holders_.links, link.id));
  }
  for (const auto& each : holders_.perf)
    if (const auto program = by_id.find(each.program); program != by_id.end()) {
      auto& points = program->second->points;
      // What the kernel did not tell of the link, it tells of the event.
      std::erase(points, link_type_name(LinkType::perf_event));
      add_new(points, each.point);
    }
}

MachineState Machine::look(bool thorough) {
  const auto start = std::chrono::steady_clock::now();
  MachineState state;
  const auto programs = programs_.read();
  state.time = std::chrono::steady_clock::now();
  state.measured = statistics_.on();
  std::vector<std::uint32_t> ids;
  for (const auto& program : programs) {
    ids.push_back(program.facts->id);
    state.programs.push_back({.facts = *program.facts, .counts = program.counts});
  }
  // Somebody who has just loaded a program is wanted by name at once.
  const bool changed =
      std::ranges::any_of(ids, [&](auto id) { return !std::ranges::binary_search(last_programs_, id); });
  const bool refresh = thorough || start >= refreshed_ + std::max<Duration>(least_refresh, 100 * refresh_cost_) ||
                       (changed && start >= refreshed_ + 10 * refresh_cost_);
  if (refresh) last_programs_ = std::move(ids);

  const auto before = cpu_time();
  const auto maps = maps_.read(refresh);
  for (const auto* link : links_.read(refresh)) state.links.push_back(*link);
  if (refresh) {
    holders_ = find_holders();
    refreshed_ = std::chrono::steady_clock::now();
    refresh_cost_ = cpu_time() - before;
  }
  fills_.refresh(maps, fill_budget, thorough);
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> users;
  for (const auto& program : state.programs)
    for (const auto map : program.facts.maps) users[map].push_back(program.facts.id);
  for (const auto& map : maps)
    state.maps.push_back({.facts = *map.facts,
                          .memory = map.memory,
                          .fill = fills_.find(map.facts->id),
                          .holders = find(holders_.maps, map.facts->id),
                          .programs = users[map.facts->id]});
  for (auto& program : state.programs) program.jumps_to = jump_of(program.facts, state.maps);
  add_points(state);
  fold_dispatchers(state);
  return state;
}

}  // namespace sonda
