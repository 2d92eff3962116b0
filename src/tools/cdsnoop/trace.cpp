#include "tools/cdsnoop/options.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "bash/shells.h"
#include "front/event_loop.h"
#include "front/ledger_report.h"
#include "kernel/drop_privileges.h"
#include "read/show.h"
#include "report/writer.h"
#include "runtime/kernel_pid.h"
#include "sonda/probe.h"
#include "tools/cdsnoop/change.h"
#include "tools/cdsnoop/classic_flow.h"
#include "typed/condition.h"

namespace sonda::cdsnoop {
namespace {

// As in the probe.
using StartedProcess = std::uint32_t;
constexpr std::uint32_t lost_execs = 0;

/// What the user can do about a loss.
std::string remedy(const Loss& loss) {
  if (loss.map == "rows") return "--set ROW_PAGES=N";
  return loss.map == "shells" ? "--set SHELLS=N" : "";
}

/// From CLOCK_MONOTONIC to nanoseconds since 1970, right also after the clock was set.
std::uint64_t since_1970(std::uint64_t monotonic) {
  return monotonic + static_cast<std::uint64_t>(ShowResources::clock_offset());
}

class ChangeTracer {
 public:
  ChangeTracer(front::Run& run, const CdsnoopOptions& options)
      : run_(run),
        options_(options),
        where_(Condition::parse(options.where, change_schema())),
        probe_(run.open_probe(options.probe, "cdsnoop")),
        writer_(run.output(), options.format, change_columns(options.date)),
        shells_([this](const std::string& function,
                       const ProgramKind& kind) -> const Program& { return probe_.program(function, kind); },
                [&run](const std::string& line) { run.explain(line); },
                [&run](const std::string& line) { run.warn(line); }) {
    for (const auto pid : options.pids) pids_.push_back(kernel_pid(pid).value_or(pid));
  }

  void trace() {
    attach();
    front::warn_of_uncounted(run_, probe_.source().name(), probe_.loaded());
    watch();
    give_up_privileges();
    run_.tracing_began();
    writer_.header();
    wait();
    shells_.detach_all();
    probe_.detach_all();
    if (auto* rows = probe_.events("rows")) rows->drain();
    close_ledger();
  }

 private:
  void attach() {
    require_fit(probe_.loaded());
    probe_.open_events("rows", [this](const Event& event) { on_row(event.bytes); });
    probe_.attach_raw_tracepoint("sched_process_exit", "on_exit");
    if (options_.shell) return shells_.only(*options_.shell);
    // The probe reports what starts from before the scan on: nothing falls between the two.
    probe_.open_events_as<StartedProcess>("execs",
                                          [this](StartedProcess pid) { shells_.started(static_cast<pid_t>(pid)); });
    probe_.attach_raw_tracepoint("sched_process_exec", "on_exec");
    shells_.scan();
    if (shells_.count() == 0) run_.explain("there is no bash yet; waiting for one to start");
  }

  static void require_fit(const LoadedImage& loaded) {
    const auto& lost = loaded.map("lost").spec();
    require_layout<RowHead>(loaded.map("rows").spec().event, "rows", "event");
    require_layout<std::uint32_t>(lost.key, lost.name, "key");
    require_layout<std::uint64_t>(lost.value, lost.name, "value");
  }

  void watch() {
    if (!options_.probe.watch) return;
    ReloadOptions reload;
    reload.check = [](const ProbeSource&, const LoadedImage& next) { require_fit(next); };
    reload.retired = [this](const LoadedImage& before, const std::vector<std::string>& gone) {
      if (std::ranges::find(gone, "lost") == gone.end()) return;
      lost_before_ += lost_in(before);
    };
    watch_.emplace(run_, options_.format, probe_,
                   front::ProbeWatch::Hooks{.reload = std::move(reload), .swapped = {}, .failed = {}});
  }

  /// Another bash may start at any time, and is attached to.
  void give_up_privileges() {
    if (!options_.probe.drops_privileges()) return;
    drop_privileges({.reads_others = !options_.shell, .attaches = !options_.shell});
  }

  void wait() {
    front::EventLoop loop(&run_.output());
    loop.end_after(options_.duration);
    for (const auto* map : {"rows", "execs"}) loop.read([this, map] { return probe_.events(map); });
    if (watch_) loop.watch(*watch_);
    loop.each_round([&] {
      if (enough()) loop.end();
      rescan_if_blind();
    });
    loop.run();
  }

  bool enough() const { return options_.count && writer_.rows() >= *options_.count; }

  bool wanted(const Change& change) const {
    if (options_.failures_only && !change.failed()) return false;
    if (options_.uid && *options_.uid != change.uid) return false;
    return pids_.empty() || std::ranges::find(pids_, static_cast<pid_t>(change.pid)) != pids_.end();
  }

  void on_row(std::span<const std::byte> bytes) {
    if (enough()) return;
    const auto change = decode_change(bytes);
    if (change.asks_for_help() || !wanted(change)) return;
    const auto row = change_row(change, since_1970(change.time), options_.date, errors_);
    if (!where_.matches([&](std::size_t column) { return cell_value(row[column]); })) return;
    writer_.row(row, change.failed() ? report::Emphasis::warning : report::Emphasis::none);
  }

  /// Started programs that the probe could not tell of.
  static std::uint64_t lost_in(const LoadedImage& loaded) {
    const auto counts = Table(loaded.map("lost")).find_bytes(object_bytes(lost_execs));
    std::uint64_t sum = 0;
    for (std::size_t at = 0; counts && at < counts->size(); at += sizeof(std::uint64_t))
      sum += from_bytes<std::uint64_t>(std::span(*counts).subspan(at));
    return sum;
  }

  // Programs started faster than they were looked at: one of them may have been a bash.
  void rescan_if_blind() {
    if (options_.shell) return;
    const auto missed = lost_before_ + lost_in(probe_.loaded());
    if (missed == missed_execs_) return;
    missed_execs_ = missed;
    shells_.scan();
  }

  void close_ledger() {
    const auto& ledger = probe_.ledger();
    front::warn_of_losses(run_, ledger, remedy);
    if (options_.format == report::Format::json) front::print_losses(run_.output(), ledger);
  }

  front::Run& run_;
  const CdsnoopOptions& options_;
  std::vector<pid_t> pids_;  ///< as the kernel knows them; empty: all
  Condition where_;
  Probe probe_;
  report::Writer writer_;
  bash::Shells shells_;
  ErrorTexts errors_;
  std::uint64_t lost_before_ = 0;  // in maps that edits replaced
  std::uint64_t missed_execs_ = 0;
  std::optional<front::ProbeWatch> watch_;
};

}  // namespace

void trace_changes(front::Run& run, const CdsnoopOptions& options) { ChangeTracer(run, options).trace(); }

void trace_classic(front::Run& run, const CdsnoopOptions& options) {
  auto probe = run.open_probe(options.probe, "cdsnoop_classic");
  run.explain("readline is in " + bash::attach_classic(probe, options.shell.value_or("/bin/bash")).string());
  run.tracing_began();
  ErrorTexts errors;
  ClassicFlow flow(errors(ENOENT));
  run.output().write(ClassicFlow::header());
  TracePipe pipe;
  if (options.probe.drops_privileges()) drop_privileges({});
  front::EventLoop loop(&run.output());
  loop.end_after(options.duration);
  std::uint64_t rows = 0;
  loop.read(pipe, [&](const TraceFields& fields) {
    if (fields.message.empty() || (options.count && rows >= *options.count)) return;
    const auto now = static_cast<std::uint64_t>(std::time(nullptr)) * 1'000'000'000;
    const auto line = flow.next(fields, clock_time(now, false));
    if (!line) return;
    run.output().write(*line);
    ++rows;
    if (options.count && rows >= *options.count) loop.end();
  });
  loop.run();
}

}  // namespace sonda::cdsnoop
