#include "tools/cdsnoop/trace.h"

#include <algorithm>
#include <ctime>

#include "report/writer.h"
#include "sonda/probe.h"
#include "tools/cdsnoop/change_report.h"
#include "tools/cdsnoop/deadline.h"
#include "tools/cdsnoop/shells.h"

namespace sonda::tools {
namespace {

// As in the probe.
using StartedProcess = std::uint32_t;
enum Lost : std::uint32_t { lost_row, lost_shell, lost_exec };

std::uint64_t now(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

/// From CLOCK_MONOTONIC to nanoseconds since 1970, right also after the clock was set.
std::uint64_t since_1970(std::uint64_t monotonic) { return now(CLOCK_REALTIME) - (now(CLOCK_MONOTONIC) - monotonic); }

class ChangeTracer {
 public:
  ChangeTracer(Run& run, const CdsnoopOptions& options)
      : run_(run),
        options_(options),
        probe_(run.open_probe(options.probe, "cdsnoop")),
        writer_(run.output(), options.format, change_columns(options.date)),
        shells_(
            probe_.loaded(), [&run](const std::string& line) { run.explain(line); },
            [&run](const std::string& line) { run.warn(line); }) {}

  void trace() {
    attach();
    run_.tracing_began();
    writer_.header();
    const Deadline deadline(options_.duration, run_.output());
    while (!enough() && !deadline.passed()) {
      probe_.poll(deadline.timeout());
      rescan_if_blind();
    }
    if (!enough()) probe_.poll(0);
    close_ledger();
  }

 private:
  void attach() {
    require_layout<RowHead>(probe_.table("rows").map().spec().event, "rows", "event");
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

  bool enough() const { return options_.count && writer_.rows() >= *options_.count; }

  bool wanted(const Change& change) const {
    if (options_.failures_only && !change.failed()) return false;
    if (options_.uid && *options_.uid != change.uid) return false;
    return options_.pids.empty() ||
           std::ranges::find(options_.pids, static_cast<pid_t>(change.pid)) != options_.pids.end();
  }

  void on_row(std::span<const std::byte> bytes) {
    if (enough()) return;
    const auto change = decode_change(bytes);
    if (change.asks_for_help() || !wanted(change)) return;
    writer_.row(change_row(change, since_1970(change.time), options_.date, errors_),
                change.failed() ? report::Emphasis::warning : report::Emphasis::none);
  }

  std::uint64_t lost(Lost kind) const {
    const auto counts = probe_.table("lost").find_bytes(object_bytes(static_cast<std::uint32_t>(kind)));
    std::uint64_t sum = 0;
    for (std::size_t at = 0; counts && at < counts->size(); at += sizeof(std::uint64_t))
      sum += from_bytes<std::uint64_t>(std::span(*counts).subspan(at));
    return sum;
  }

  // Programs started faster than they were looked at: one of them may have been a bash.
  void rescan_if_blind() {
    if (options_.shell) return;
    const auto missed = lost(lost_exec);
    if (missed == missed_execs_) return;
    missed_execs_ = missed;
    shells_.scan();
  }

  void close_ledger() {
    auto ledger = probe_.ledger();
    ledger.events_lost += lost(lost_row);
    ledger.updates_refused += lost(lost_shell);
    ledger.rows_printed = writer_.rows();
    if (ledger.lossless()) return;
    run_.warn(summary(ledger));
    writer_.object({{"lost_events", ledger.events_lost},
                    {"updates_refused", ledger.updates_refused},
                    {"probes_missed", ledger.probes_missed}});
  }

  Run& run_;
  const CdsnoopOptions& options_;
  Probe probe_;
  report::Writer writer_;
  Shells shells_;
  ErrorTexts errors_;
  std::uint64_t missed_execs_ = 0;
};

}  // namespace

void trace_changes(Run& run, const CdsnoopOptions& options) { ChangeTracer(run, options).trace(); }

}  // namespace sonda::tools
