// The whole path in one object: source, image, maps and programs, links, events.
#include "sonda/probe.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "kernel/privilege.h"
#include "runtime/missed_runs.h"
#include "runtime/tail_calls.h"
#include "sonda/error.h"

namespace sonda {
namespace {

Place place(const std::string& symbol, std::uint64_t offset, const std::optional<std::uint64_t>& address) {
  if (address) return Address{*address + offset};
  return Symbol{symbol, offset};
}

ProbeSource prepared(ProbeSource source, const OpenOptions& options) {
  for (const auto& [name, value] : options.parameters) source.set(name, value);
  if (options.process) source.set_process(*options.process);
  if (source.wants_process())
    throw Error(Stage::source, source.name(), "it speaks of $PID, and no process is named",
                "name one with -p PID, or give a command to trace after --");
  return source;
}

/// Shared, imported and pinned maps come from `pool`, all others are new. Borrows `source`.
LoadedImage::MapSource map_source(const ProbeSource& source, std::shared_ptr<MapPool> pool) {
  return [&source, pool = std::move(pool)](const MapSpec& spec, const MakeMap& make) {
    if (spec.linkage == Linkage::imported) return pool->imported(spec);
    const auto* option = source.map_option(spec.name);
    const auto pinned_or_new = [&] {
      if (!spec.pin.empty()) return pool->pinned_at(spec.pin, spec, make);
      return option != nullptr && option->pinned ? pool->pinned(spec, make) : make();
    };
    const bool shared = spec.linkage == Linkage::exported || (option != nullptr && option->shared);
    return shared ? pool->shared(spec, pinned_or_new) : pinned_or_new();
  };
}

std::shared_ptr<MapPool> pool_of(const OpenOptions& options) {
  return options.maps ? options.maps : std::make_shared<MapPool>();
}

CompileOptions with_exported(CompileOptions options, const MapPool& pool) {
  options.exported = pool.specs();
  return options;
}

/// The image as the compiler makes it now; nothing if it cannot.
std::optional<Image> compile_anew(const ProbeSource& source, CompileOptions options) {
  options.use_cache = false;
  try {
    return compile(source, options);
  } catch (const Error&) {
    return std::nullopt;  // the refusal that led here says more
  }
}

}  // namespace

void require_event_size(std::string_view map, std::size_t got, std::size_t wanted) {
  if (got >= wanted) return;
  throw Error(Stage::read, std::string(map),
              fmt::format("an event has {} bytes, the struct it is bound to {}", got, wanted),
              "compare the struct that the probe submits with the bound one");
}

Probe::Probe(ProbeSource source, const OpenOptions& options, std::shared_ptr<MapPool> pool)
    : source_(prepared(std::move(source), options)),
      compile_(with_exported(options.compile, *pool)),
      loaded_(std::make_unique<LoadedImage>(compile(source_, compile_), map_source(source_, std::move(pool)))) {}

Probe Probe::open(const std::string& name, const OpenOptions& options) {
  return open(ProbeSource::open(name), options);
}

Probe Probe::open(ProbeSource source, const OpenOptions& options) {
  require_bpf_privilege();  // before the compiler runs for nothing
  return Probe(std::move(source), options, pool_of(options));
}

// An image from the cache may be stale in a way that its key cannot tell. One that the kernel refuses is made anew.
const Program& Probe::load(const std::string& function, const ProgramKind& kind) {
  loaded_->image().program(function);
  try {
    return loaded_->program(function, kind);
  } catch (const Error& refusal) {
    if (!compile_.use_cache || !loaded_->programs().empty() || refusal.exit() == Exit::cannot_run) throw;
    auto fresh = compile_anew(source_, compile_);
    if (!fresh || !loaded_->take_programs(std::move(*fresh))) throw;
  }
  return loaded_->program(function, kind);
}

std::vector<Attachment> Probe::attachments() const {
  auto result = source_.attachments();
  for (const auto& program : loaded_->image().programs) {
    if (std::ranges::find(source_.attachments(), program.name, &Attachment::function) != source_.attachments().end())
      continue;
    if (auto point = conventional_point(program.name)) {
      const int line = program.lines.empty() ? 0 : static_cast<int>(program.lines.front().line);
      result.push_back({std::move(*point), program.name, {source_.name(), line, 0}, {}});
    }
  }
  return result;
}

void Probe::attach() { attach(attachments()); }

void Probe::attach(const std::vector<Attachment>& attachments) {
  if (attachments.empty())
    throw Error(Stage::attach, source_.name(), "the file does not say where to attach its functions",
                "write a comment such as '// @attach tracepoint:sched:sched_switch' above a function");
  const auto before = static_cast<std::ptrdiff_t>(links_.size());
  try {
    fill_program_arrays(attachments);
    for (const auto& attachment : attachments) attach(attachment.point, attachment.function);
  } catch (...) {
    links_.erase(links_.begin() + before, links_.end());
    throw;
  }
}

void Probe::fill_program_arrays(const std::vector<Attachment>& attachments) {
  if (source_.tail_calls().empty()) return;
  Kinds kinds;
  for (const auto& attachment : attachments) kinds.emplace(attachment.function, program_kind(attachment.point));
  add_called_functions(kinds, loaded_->image(), source_.tail_calls());
  // The first program that uses an array decides what may stand in it: let it be one that is attached.
  for (const auto& attachment : attachments) load(attachment.function, program_kind(attachment.point));
  for (const auto& call : source_.tail_calls())
    if (is_inner_map(loaded_->image(), call))
      fill_with_map(*loaded_, call);
    else
      fill_slot(*loaded_, call, load(call.function, kinds.at(call.function)));
}

void Probe::set_tail_call(const std::string& array, std::uint32_t index, const std::string& function) {
  const TailCall call{.map = array, .index = index, .function = function, .at = {source_.name(), 0, 0}};
  Kinds kinds;
  for (const auto& program : loaded_->programs()) kinds.emplace(program->name(), program->kind());
  for (const auto& attachment : attachments()) kinds.emplace(attachment.function, program_kind(attachment.point));
  add_called_functions(kinds, loaded_->image(), {call});
  fill_slot(*loaded_, call, load(function, kinds.at(function)));
}

bool Probe::clear_tail_call(const std::string& array, std::uint32_t index) {
  return empty_slot(*loaded_, {.map = array, .index = index, .function = {}, .at = {source_.name(), 0, 0}});
}

Link& Probe::attach(const AttachPoint& point, const std::string& function) {
  const auto& program = load(function, program_kind(point));
  return links_.emplace_back(sonda::attach(program, point));
}

Link& Probe::attach_uprobe(const std::filesystem::path& binary, const std::string& symbol, const std::string& function,
                           const UprobeOptions& options) {
  return attach(Uprobe{binary, place(symbol, options.offset, options.address), false, options.pid}, function);
}

Link& Probe::attach_uretprobe(const std::filesystem::path& binary, const std::string& symbol,
                              const std::string& function, const UprobeOptions& options) {
  return attach(Uprobe{binary, place(symbol, options.offset, options.address), true, options.pid}, function);
}

Link& Probe::attach_kprobe(const std::string& symbol, const std::string& function, const KprobeOptions& options) {
  return attach(Kprobe{place(symbol, options.offset, options.address), false}, function);
}

Link& Probe::attach_kretprobe(const std::string& symbol, const std::string& function, const KprobeOptions& options) {
  return attach(Kprobe{place(symbol, options.offset, options.address), true}, function);
}

Link& Probe::attach_tracepoint(const std::string& category, const std::string& name, const std::string& function) {
  return attach(Tracepoint{category, name}, function);
}

Link& Probe::attach_raw_tracepoint(const std::string& name, const std::string& function) {
  return attach(RawTracepoint{name}, function);
}

Link& Probe::attach_perf_event(PerfEventId event, const std::string& function, Sampling sampling,
                               const PerfEventOptions& options) {
  return attach(PerfEvent{event, sampling, options.pid, options.cpu}, function);
}

EventReader& Probe::open_events(std::string_view map, EventCallback callback, std::size_t pages) {
  return readers_.emplace_back(loaded_->map(map), std::move(callback), *ledger_, pages);
}

std::size_t Probe::poll(int timeout_ms) {
  if (readers_.empty())
    throw Error(Stage::read, source_.name(), "there is no open buffer to wait for", "call open_events() before poll()");
  if (readers_.size() == 1) return readers_.front().poll(timeout_ms);

  std::vector<pollfd> waiting;
  waiting.reserve(readers_.size());
  for (const auto& reader : readers_) waiting.push_back({reader.fd(), POLLIN, 0});
  const int ready = ::poll(waiting.data(), waiting.size(), timeout_ms);
  if (ready < 0 && errno != EINTR) throw system_error(Stage::read, source_.name(), "waiting for events", errno);
  if (ready <= 0) return 0;
  std::size_t delivered = 0;
  for (std::size_t i = 0; i < waiting.size(); ++i)
    if (waiting[i].revents != 0) delivered += readers_[i].poll(0);
  return delivered;
}

std::optional<TraceFields> Probe::trace_fields(int timeout_ms) {
  if (!trace_pipe_) trace_pipe_ = std::make_unique<TracePipe>();
  const auto lost_before = trace_pipe_->lost();
  auto fields = trace_pipe_->fields(timeout_ms);
  ledger_->events_lost += trace_pipe_->lost() - lost_before;
  if (fields) ++ledger_->events_seen;
  return fields;
}

const Ledger& Probe::ledger() {
  ledger_->probes_missed = missed_runs(*loaded_);
  return *ledger_;
}

}  // namespace sonda
