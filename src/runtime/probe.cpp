// The whole path in one object: source, image, maps and programs, links, events.
#include "sonda/probe.h"

#include <fmt/format.h>
#include <poll.h>

#include <cerrno>
#include <iterator>

#include "kernel/privilege.h"
#include "runtime/missed_runs.h"
#include "sonda/error.h"

namespace sonda {
namespace {

Place place(const std::string& symbol, std::uint64_t offset, const std::optional<std::uint64_t>& address) {
  if (address) return Address{*address + offset};
  return Symbol{symbol, offset};
}

ProbeSource with_parameters(ProbeSource source, const std::vector<std::pair<std::string, std::string>>& parameters) {
  for (const auto& [name, value] : parameters) source.set(name, value);
  return source;
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

Probe::Probe(ProbeSource source, const OpenOptions& options)
    : source_(with_parameters(std::move(source), options.parameters)),
      compile_(options.compile),
      loaded_(std::make_unique<LoadedImage>(compile(source_, compile_))) {}

Probe Probe::open(const std::string& name, const OpenOptions& options) {
  return open(ProbeSource::open(name), options);
}

Probe Probe::open(ProbeSource source, const OpenOptions& options) {
  require_bpf_privilege();  // before the compiler runs for nothing
  return Probe(std::move(source), options);
}

// An image from the cache may be stale in a way that its key cannot tell. One that the kernel refuses is made anew.
const Program& Probe::load(const std::string& function, bpf_prog_type type) {
  loaded_->image().program(function);
  try {
    return loaded_->program(function, type);
  } catch (const Error& refusal) {
    if (!compile_.use_cache || !loaded_->programs().empty() || refusal.exit() == Exit::cannot_run) throw;
    auto fresh = compile_anew(source_, compile_);
    if (!fresh || !loaded_->take_programs(std::move(*fresh))) throw;
  }
  return loaded_->program(function, type);
}

void Probe::attach() {
  if (source_.attachments().empty())
    throw Error(Stage::attach, source_.name(), "the file does not say where to attach its functions",
                "write a comment such as '// @attach tracepoint:sched:sched_switch' above a function");
  const auto before = static_cast<std::ptrdiff_t>(links_.size());
  try {
    for (const auto& attachment : source_.attachments()) attach(attachment.point, attachment.function);
  } catch (...) {
    links_.erase(links_.begin() + before, links_.end());
    throw;
  }
}

Link& Probe::attach(const AttachPoint& point, const std::string& function) {
  const auto& program = load(function, program_type(point));
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
