// The whole path in one object: source, image, maps and programs, links, events.
#include "sonda/probe.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "attach/points.h"
#include "image/instructions.h"
#include "kernel/privilege.h"
#include "runtime/fill_maps.h"
#include "runtime/generation.h"
#include "runtime/live.h"
#include "runtime/losses/loss_counters.h"
#include "runtime/run_counts.h"
#include "runtime/tail_calls.h"
#include "runtime/try_change.h"

namespace sonda {
namespace {

Place place(const std::string& symbol, std::uint64_t offset, const std::optional<std::uint64_t>& address) {
  if (address) return Address{*address + offset};
  return Symbol{symbol, offset};
}

std::shared_ptr<MapPool> pool_of(const OpenOptions& options) {
  return options.maps ? options.maps : std::make_shared<MapPool>();
}

/// BCC's perf_read() and perf_counter_value() give what is in a BPF_PERF_ARRAY, and nobody puts counters there.
void refuse_counters(const Image& image, const std::vector<Attachment>& attachments) {
  const auto reads = [](const bpf_insn& code) {
    return is_helper_call(code) && (code.imm == BPF_FUNC_perf_event_read || code.imm == BPF_FUNC_perf_event_read_value);
  };
  for (const auto& attachment : attachments) {
    const auto program = std::ranges::find(image.programs, attachment.function, &ProgramSpec::name);
    if (program != image.programs.end() && std::ranges::any_of(program->instructions, reads))
      throw Error(Stage::attach, attachment.function,
                  "it reads performance counters (perf_read), and there are none: every read would fail",
                  "attach a program to the event instead: // @attach hardware:cycles:1000000");
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
    : source_(prepared(std::move(source), options.parameters, options.process)),
      options_(options),
      pool_(std::move(pool)),
      live_(options.live ? std::make_unique<Live>() : nullptr) {
  options_.compile = with_exported(options_.compile, *pool_);
  loaded_ = std::make_unique<LoadedImage>(compile(source_, options_.compile), map_source(source_, pool_));
  // Who pins nothing leaves alone what others have pinned.
  fill_maps(*loaded_, source_, options_.entries,
            [this](const MapSpec& map) { return map.pin.empty() || !pool_->pins().empty(); });
}

Probe::Probe(Probe&&) noexcept = default;
Probe& Probe::operator=(Probe&&) noexcept = default;
Probe::~Probe() = default;

Probe Probe::open(const std::string& name, const OpenOptions& options) {
  return open(ProbeSource::open(name), options);
}

Probe Probe::open(ProbeSource source, const OpenOptions& options) {
  require_bpf_privilege();  // before the compiler runs for nothing
  return Probe(std::move(source), options, pool_of(options));
}

// An image from the cache may be stale in a way that its key cannot tell. One that the kernel refuses is made anew.
const Program& Probe::load(const std::string& function, const ProgramKind& kind) {
  return load_or_compile_anew(*loaded_, source_, options_, function, kind);
}

std::vector<Attachment> attachments_of(const ProbeSource& source, const Image& image) {
  auto result = source.attachments();
  for (const auto& program : image.programs) {
    if (std::ranges::find(source.attachments(), program.name, &Attachment::function) != source.attachments().end())
      continue;
    if (auto point = conventional_point(program.name)) {
      const int line = program.lines.empty() ? 0 : static_cast<int>(program.lines.front().line);
      result.push_back({std::move(*point), program.name, {source.name(), line, 0}, {}});
    }
  }
  return result;
}

void Probe::attach() { attach(attachments()); }

void Probe::attach(const std::vector<Attachment>& attachments) {
  if (attachments.empty())
    throw Error(Stage::attach, source_.name(), "the file does not say where to attach its functions",
                "write a comment such as '// @attach tracepoint:sched:sched_switch' above a function");
  refuse_counters(loaded_->image(), attachments);
  const auto before = links_.size();
  try {
    fill_program_arrays(*loaded_, source_, wanted_by(attachments), loader());
    for (const auto& attachment : attachments) {
      const auto& link = attach_filled(attachment.point, attachment.function);
      if (live_) live_->origins.at(&link).planned = true;
    }
  } catch (...) {
    while (links_.size() > before) detach(links_.back());
    throw;
  }
  if (!live_) return;
  if (!live_->plan) live_->plan.emplace();
  live_->plan->insert(live_->plan->end(), attachments.begin(), attachments.end());
}

void Probe::set_tail_call(const std::string& array, std::uint32_t index, const std::string& function) {
  const TailCall call{.map = array, .index = index, .function = function, .at = {source_.name(), 0, 0}};
  fill_one_slot(*loaded_, wanted_by(attachments()), call, loader());
  remember_slot(call);
}

bool Probe::clear_tail_call(const std::string& array, std::uint32_t index) {
  const TailCall call{.map = array, .index = index, .function = {}, .at = {source_.name(), 0, 0}};
  const bool was_there = empty_slot(*loaded_, call);
  remember_slot(call);
  return was_there;
}

void Probe::remember_slot(const TailCall& call) {
  std::erase_if(slots_, [&](const TailCall& each) { return each.map == call.map && each.index == call.index; });
  slots_.push_back(call);
}

const Program& Probe::program(const std::string& function, const ProgramKind& kind) {
  const auto& program = load(function, kind);
  if (!live_) return program;
  auto& way = live_->way(image(), program);
  way.given_out = true;
  return way.dispatcher ? way.dispatcher->program_for(program) : program;
}

Error Probe::with_tried_hint(Error refusal, const std::string& function, const ProgramKind& kind) const {
  return with_tried_change({*loaded_, source_, options_.compile, function, kind}, std::move(refusal),
                           options_.try_changes);
}

void Probe::detach_all() noexcept {
  if (links_.empty()) return;
  std::vector<Link*> links;
  for (auto& link : links_) links.push_back(&link);
  detach_together(links);
  while (!links_.empty()) detach(links_.front());
  wait_for_running_programs();
}

void Probe::detach(const Link& link) noexcept {
  if (live_) live_->origins.erase(&link);
  std::erase_if(links_, [&](const Link& each) { return &each == &link; });
}

/// What was put into a slot by hand stays there.
Link& Probe::attach(const AttachPoint& point, const std::string& function) {
  std::vector<Wanted> wanted;
  for (const auto& link : links_) wanted.emplace_back(link.function(), program_kind(link.point()));
  wanted.emplace_back(function, program_kind(point));
  fill_reached_slots(*loaded_, source_, wanted, slots_, loader());
  return attach_filled(point, function);
}

Link& Probe::attach_filled(const AttachPoint& point, const std::string& function) {
  const auto& program = load(function, program_kind(point));
  if (!live_) return links_.emplace_back(sonda::attach(program, point));
  auto& way = live_->way(image(), program);
  auto& link =
      links_.emplace_back(sonda::attach(way.dispatcher ? way.dispatcher->program_for(program) : program, point));
  live_->origins[&link] = {&way, false, program.map(usdt_arguments_map) != nullptr};
  return link;
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
  return open_checked(map, std::move(callback), pages, {});
}

EventReader& Probe::open_checked(std::string_view map, EventCallback callback, std::size_t pages,
                                 std::function<void(const MapSpec&)> check) {
  EventReader reader(loaded_->map(map), callback, *received_, pages);
  return readers_.emplace_back(std::string(map), pages, std::move(callback), std::move(check), std::move(reader))
      .reader;
}

EventReader* Probe::events(std::string_view map) noexcept {
  const auto known = std::ranges::find(readers_, map, &Buffer::map);
  return known != readers_.end() ? &known->reader : nullptr;
}

std::size_t Probe::poll(int timeout_ms) {
  if (readers_.empty())
    throw Error(Stage::read, source_.name(), "there is no open buffer to wait for", "call open_events() before poll()");
  if (readers_.size() == 1) return readers_.front().reader.poll(timeout_ms);

  std::vector<pollfd> waiting;
  waiting.reserve(readers_.size());
  for (const auto& buffer : readers_) waiting.push_back({buffer.reader.fd(), POLLIN, 0});
  const int ready = ::poll(waiting.data(), waiting.size(), timeout_ms);
  if (ready < 0 && errno != EINTR) throw system_error(Stage::read, source_.name(), "waiting for events", errno);
  if (ready <= 0) return 0;
  std::size_t delivered = 0;
  auto buffer = readers_.begin();
  for (std::size_t i = 0; i < waiting.size(); ++i, ++buffer)
    if (waiting[i].revents != 0) delivered += buffer->reader.poll(0);
  return delivered;
}

std::optional<TraceFields> Probe::trace_fields(int timeout_ms) {
  if (!trace_pipe_) trace_pipe_ = std::make_unique<TracePipe>();
  auto fields = trace_pipe_->fields(timeout_ms);
  if (fields) ++received_->events_seen;
  return fields;
}

// The kernel counts runs of a program that was jumped to on the one that jumped: the dispatcher.
const Ledger& Probe::ledger() {
  *ledger_ = *received_;
  count_losses(*ledger_);
  if (trace_pipe_) ledger_->events_lost += trace_pipe_->lost();
  ledger_->probes_missed = missed_runs(*loaded_);
  if (live_) {
    ledger_->probes_missed += live_->missed_before;
    for (const auto& way : live_->ways)
      if (way.dispatcher) ledger_->probes_missed += way.dispatcher->missed();
  }
  return *ledger_;
}

/// The kernel's own count of what did not fit a perf buffer, in events_lost, may be of calls that were not counted.
void Probe::count_losses(Ledger& told) const {
  if (live_) told.losses = live_->losses_before;
  auto by_calls = take_losses(told.losses, *loaded_, source_) + (live_ ? live_->quiet_before : 0);
  std::erase_if(told.losses, [this](const Loss& loss) {
    const bool no_reader =
        loss.error == ENOENT && std::ranges::find(readers_, loss.map, &Buffer::map) == readers_.end();
    return loss.what == Loss::What::events && no_reader;
  });
  std::uint64_t events = 0;
  for (const auto& loss : told.losses) {
    if (loss.what == Loss::What::updates) told.updates_refused += loss.count;
    if (loss.what != Loss::What::events) continue;
    events += loss.count;
    if (is_full_perf_buffer(loss)) by_calls += loss.count;
  }
  told.events_lost = events + told.events_lost - std::min(told.events_lost, by_calls);
}

std::vector<FunctionRuns> Probe::runs() const {
  std::vector<FunctionRuns> all;
  const auto add = [&all](const std::string& function, RunCount more) {
    auto known = std::ranges::find(all, function, &FunctionRuns::function);
    if (known == all.end()) known = all.insert(all.end(), {function, {}});
    known->count.runs += more.runs;
    known->count.nanoseconds += more.nanoseconds;
  };
  for (const auto& program : loaded_->programs()) {
    const bool dispatched = live_ && std::ranges::any_of(live_->ways, [&](const Way& way) {
                              return way.dispatcher && way.dispatcher->target() == program.get();
                            });
    if (!dispatched) add(program->name(), run_count(*program));
  }
  if (live_)
    for (const auto& way : live_->ways)
      if (way.dispatcher && way.dispatcher->target() != nullptr) add(way.function, way.dispatcher->runs());
  std::erase_if(all, [this](const FunctionRuns& each) {
    return std::ranges::find(links_, each.function, &Link::function) == links_.end() &&
           !(live_ && std::ranges::any_of(live_->ways, [&](const Way& way) { return way.function == each.function; }));
  });
  return all;
}

}  // namespace sonda
