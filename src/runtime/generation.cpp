#include "runtime/generation.h"

#include <algorithm>

#include "compile/map_options.h"
#include "runtime/kernel_pid.h"
#include "runtime/kinds.h"
#include "runtime/tail_calls.h"
#include "runtime/try_change.h"
#include "sonda/error.h"

namespace sonda {
namespace {

/// The image as the compiler makes it now; nothing if it cannot.
std::optional<Image> compile_anew(const ProbeSource& source, CompileOptions options) {
  options.use_cache = false;
  try {
    return compile(source, options);
  } catch (const Error&) {
    return std::nullopt;  // the refusal that led here says more
  }
}

const Program& load_fresh(LoadedImage& loaded, const ProbeSource& source, const CompileOptions& options,
                          const std::string& function, const ProgramKind& kind) {
  try {
    return loaded.program(function, kind);
  } catch (const Error& refusal) {
    if (!options.use_cache || !loaded.programs().empty() || refusal.exit() == Exit::cannot_run) throw;
    auto fresh = compile_anew(source, options);
    if (!fresh || !loaded.take_programs(std::move(*fresh))) throw;
  }
  return loaded.program(function, kind);
}

/// `kinds` has all functions of `calls`.
void fill(const LoadedImage& loaded, const std::vector<TailCall>& calls, const std::vector<Wanted>& attached,
          const Kinds& kinds, const LoadProgram& load) {
  if (calls.empty()) return;
  // The first program that uses an array decides what may stand in it: let it be one that is attached.
  for (const auto& [function, kind] : attached) load(function, kind);
  for (const auto& call : calls)
    if (is_inner_map(loaded.image(), call))
      fill_with_map(loaded, call);
    else
      fill_slot(loaded, call, load(call.function, kinds.at(call.function)));
}

}  // namespace

ProbeSource prepared(ProbeSource source, const Parameters& parameters, const std::optional<pid_t>& process) {
  for (const auto& [name, value] : parameters) source.set(name, value);
  if (process) source.set_process(*process, kernel_pid(*process).value_or(*process));
  if (source.wants_process())
    throw Error(Stage::source, source.name(), "it speaks of $PID, and no process is named",
                "name one with -p PID, or give a command to trace after --");
  return source;
}

LoadedImage::MapSource map_source(const ProbeSource& source, std::shared_ptr<MapPool> pool) {
  return [&source, pool = std::move(pool)](const MapSpec& spec, const MakeMap& make) {
    if (spec.linkage == Linkage::imported) return pool->imported(spec);
    const auto pinned_or_new = [&] {
      if (!spec.pin.empty()) return pool->pinned_at(spec.pin, spec, make);
      return is_pinned(source, spec) ? pool->pinned(spec, make) : make();
    };
    return is_shared(source, spec) ? pool->shared(spec, pinned_or_new) : pinned_or_new();
  };
}

CompileOptions with_exported(CompileOptions options, const MapPool& pool) {
  options.exported = pool.specs();
  return options;
}

const Program& load_or_compile_anew(LoadedImage& loaded, const ProbeSource& source, const OpenOptions& options,
                                    const std::string& function, const ProgramKind& kind) {
  loaded.image().program(function);
  try {
    return load_fresh(loaded, source, options.compile, function, kind);
  } catch (const Error& refusal) {
    throw with_tried_change({loaded, source, options.compile, function, kind}, refusal, options.try_changes);
  }
}

std::vector<Wanted> wanted_by(const std::vector<Attachment>& attachments) {
  std::vector<Wanted> wanted;
  for (const auto& attachment : attachments) wanted.emplace_back(attachment.function, program_kind(attachment.point));
  return wanted;
}

void fill_program_arrays(const LoadedImage& loaded, const ProbeSource& source, const std::vector<Wanted>& attached,
                         const LoadProgram& load) {
  if (source.tail_calls().empty()) return;
  Kinds kinds(attached.begin(), attached.end());
  add_called_functions(kinds, loaded.image(), source.tail_calls());
  fill(loaded, source.tail_calls(), attached, kinds, load);
}

void fill_reached_slots(const LoadedImage& loaded, const ProbeSource& source, const std::vector<Wanted>& attached,
                        const std::vector<TailCall>& kept, const LoadProgram& load) {
  if (source.tail_calls().empty()) return;
  Kinds kinds(attached.begin(), attached.end());
  add_reached_functions(kinds, loaded.image(), source.tail_calls());
  auto calls = source.tail_calls();
  std::erase_if(calls, [&](const TailCall& call) {
    const bool reached = is_inner_map(loaded.image(), call) || kinds.contains(call.function);
    return !reached || std::ranges::any_of(
                           kept, [&](const TailCall& one) { return one.map == call.map && one.index == call.index; });
  });
  fill(loaded, calls, attached, kinds, load);
}

void fill_one_slot(const LoadedImage& loaded, const std::vector<Wanted>& attached, const TailCall& call,
                   const LoadProgram& load) {
  Kinds kinds;
  for (const auto& program : loaded.programs()) kinds.emplace(program->name(), program->kind());
  for (const auto& [function, kind] : attached) kinds.emplace(function, kind);
  add_called_functions(kinds, loaded.image(), {call});
  fill_slot(loaded, call, load(call.function, kinds.at(call.function)));
}

}  // namespace sonda
