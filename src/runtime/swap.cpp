// Probe::reload: the exchange, and what comes after it.
#include "runtime/swap.h"

#include <algorithm>
#include <exception>

#include "attach/points.h"
#include "runtime/losses/loss_counters.h"
#include "runtime/run_counts.h"
#include "sonda/error.h"

namespace sonda {
namespace {

using Clock = std::chrono::steady_clock;

std::optional<ProgramCost> cost_in(const LoadedImage& loaded, const std::string& function) {
  for (const auto& program : loaded.programs())
    if (program->name() == function) return program_cost(loaded.image().program(function), *program);
  return std::nullopt;
}

const Program* program_in(const LoadedImage& loaded, const std::string& function, const ProgramKind& kind) {
  for (const auto& program : loaded.programs())
    if (program->name() == function && program->kind() == kind) return program.get();
  return nullptr;
}

}  // namespace

void Swap::note_costs() {
  const auto add = [this](const std::string& function) {
    if (std::ranges::find(told_.programs, function, &ProgramChange::function) != told_.programs.end()) return;
    told_.programs.push_back({function, cost_in(*probe_.loaded_, function), cost_in(*next_, function), {}});
  };
  for (const auto& program : next_->programs()) add(program->name());
  for (const auto& program : probe_.loaded_->programs()) add(program->name());
}

void Swap::exchange() {
  const auto ran = probe_.runs();
  const auto start = Clock::now();
  exchange_directly();
  detach_vanished();
  jump();
  told_.swap = Clock::now() - start;
  for (auto& program : told_.programs)
    if (const auto known = std::ranges::find(ran, program.function, &FunctionRuns::function); known != ran.end())
      program.ran = known->count;
}

/// What no dispatcher serves. Throws with the old programs where they were.
void Swap::exchange_directly() {
  std::vector<Exchange> done;
  try {
    for (auto& each : exchanges_) {
      const auto point = each.link->point();
      const auto* old = program_in(*probe_.loaded_, each.link->function(), program_kind(point));
      const bool in_one_step = each.link->replace(*each.to);
      told_.direct.push_back({point, each.link->function(), in_one_step, each.reason});
      if (in_one_step) {
        done.push_back({each.link, old, {}});
        continue;
      }
      auto& way = *live_.origins.at(each.link).way;
      attach_by(way, *each.to, point, live_.origins.at(each.link).planned);
      vanished_.push_back(each.link);
    }
    for (const auto& attachment : late_) {
      const auto kind = program_kind(attachment.point);
      const auto way = std::ranges::find_if(
          new_ways_, [&](const Way& each) { return each.function == attachment.function && each.kind == kind; });
      attach_by(*way, load(attachment.function, kind), attachment.point, true);
    }
  } catch (...) {
    for (const auto& each : done)
      if (each.to != nullptr) each.link->replace(*each.to);
    throw;
  }
}

/// Before the jump: a new program is not to run at a point that is no longer its own.
void Swap::detach_vanished() noexcept {
  for (auto* link : vanished_) link->detach();
}

/// The kernel was asked before whether it takes each program; should it refuse one all the same, the others go back.
void Swap::jump() {
  std::vector<std::pair<Way*, const Program*>> done;
  try {
    for (const auto& step : steps_) {
      const auto* before = step.way->dispatcher->target();
      step.way->dispatcher->jump_to(*step.to);
      done.emplace_back(step.way, before);
    }
  } catch (...) {
    for (const auto& [way, before] : done)
      if (before != nullptr) way->dispatcher->jump_to(*before);
    throw;
  }
}

void Swap::take_over() {
  for (auto* link : vanished_) probe_.detach(*link);
  probe_.links_.splice(probe_.links_.end(), new_links_);
  live_.ways.splice(live_.ways.end(), new_ways_);
  live_.origins.merge(new_origins_);
  if (live_.plan) live_.plan = plan_;
  if (options_.parameters) probe_.options_.parameters = *options_.parameters;
  probe_.options_.compile = with_exported(probe_.options_.compile, *probe_.pool_);
  live_.missed_before += missed_runs(*probe_.loaded_);
  next_->describe_maps();
  std::swap(probe_.source_, source_);  // that of the programs that go is asked for their quiet lines
  before_ = std::exchange(probe_.loaded_, std::move(next_));
}

std::vector<std::string> Swap::gone() const {
  auto names = told_.removed;
  for (const auto& renewed : told_.renewed) names.push_back(renewed.map);
  return names;
}

/// The last runs of the old programs may lose something, too. An array of programs is emptied when its last descriptor
/// is closed, also under a program that is just about to jump.
bool Swap::must_wait() const {
  return !gone().empty() || options_.retired || before_->counts_losses() ||
         std::ranges::any_of(before_->maps(),
                             [](const auto& map) { return map->spec().type == BPF_MAP_TYPE_PROG_ARRAY; });
}

void Swap::settle() {
  if (must_wait()) wait_for_running_programs();
  for (const auto& [index, migration] : migrations_) migration.count_late(told_.renewed[index]);
  for (const auto& [index, variables] : carried_) variables.count_late(told_.renewed[index]);
  live_.quiet_before += take_losses(live_.losses_before, *before_, source_);
  if (options_.retired) options_.retired(*before_, gone());
  replace_readers();
  live_.drop_unused();
}

/// No program sends to the old buffers any more: what is in them is delivered, as it was sent.
void Swap::replace_readers() {
  std::exception_ptr failure;
  for (const auto& name : gone()) {
    const auto old = std::ranges::find(probe_.readers_, name, &Probe::Buffer::map);
    if (old == probe_.readers_.end()) continue;
    try {
      old->reader.drain();
    } catch (...) {
      failure = std::current_exception();
    }
    const auto fresh = std::ranges::find(new_readers_, name, &Probe::Buffer::map);
    if (fresh == new_readers_.end()) {
      probe_.readers_.erase(old);
      continue;
    }
    *old = std::move(*fresh);  // in its place, for those who know the reader
    new_readers_.erase(fresh);
  }
  probe_.readers_.splice(probe_.readers_.end(), new_readers_);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace sonda
