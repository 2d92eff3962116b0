// pagefaultcount: minor and major page faults of each task on each CPU.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "front/event_loop.h"
#include "kernel/drop_privileges.h"
#include "tools/pagefaultcount/counter.h"
#include "tools/pagefaultcount/counts.h"
#include "tools/pagefaultcount/settings.h"
#include "tools/pagefaultcount/view.h"

namespace sonda::pagefaultcount {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

class Session {
 public:
  Session(front::Run& run, const Settings& settings, Counter& counter)
      : run_(&run), settings_(&settings), counter_(&counter), view_(run.output(), settings) {}

  void run() {
    watch();
    first_process_.emplace();
    counter_->enable();
    if (settings_->probe.drops_privileges()) drop_privileges({});
    start_ = Clock::now();
    run_->tracing_began();
    view_.opening_line();
    count();
    counter_->disable();
    ended_ = Clock::now() - start_;
    finish();
  }

 private:
  void watch() {
    if (!settings_->probe.watch) return;
    watch_.emplace(*run_, settings_->format, counter_->probe(),
                   front::ProbeWatch::Hooks{.reload = counter_->reload_options(), .swapped = {}, .failed = {}});
  }

  void count() {
    front::EventLoop loop(&run_->output());
    loop.end_after(settings_->runs_for());
    if (settings_->interval)
      loop.every(*settings_->interval, [this] {
        tally_.take(counter_->read().counts);
        show_interval(Clock::now() - start_);
      });
    if (run_->progress().active()) {
      show_progress();
      loop.every(std::chrono::seconds(1), [this] { show_progress(); });
    }
    if (watch_) loop.watch(*watch_);
    loop.run();
  }

  void show_progress() {
    run_->progress().show(fmt::format("counting page faults: {} of {} s",
                                      std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - start_).count(),
                                      seconds_text(settings_->runs_for())));
  }

  void show_interval(nanoseconds at) {
    view_.interval(summarize(tally_.news(), settings_->filter, settings_->by, settings_->order), ++intervals_, at);
  }

  void finish() {
    auto reading = counter_->read();
    tally_.settle(std::move(reading.counts));
    if (settings_->interval) show_interval(ended_);
    const auto summary = summarize(tally_.all(), settings_->filter, settings_->by, settings_->order);
    if (!settings_->interval) view_.rows(summary);
    const Total total{.rows = summary.shown,
                      .filtered_out = summary.filtered_out,
                      .refused = reading.refused,
                      .kernel = counter_->kernel_count(),
                      .first_process = faults_of_first_process(),
                      .groups = summary.groups.size(),
                      .ran = ended_,
                      .estimate = settings_->estimates()};
    view_.total(total);
    // A file of rows has no place for it, but nothing is lost in silence.
    if (settings_->format == report::Format::csv)
      for (const auto& line : describe(total, *settings_)) run_->warn(line);
  }

  /// None if it is in a row: then nothing hides it.
  Faults faults_of_first_process() const {
    const auto& counted = tally_.all();
    const bool seen = std::ranges::any_of(counted, [](const auto& each) { return each.first.tgid == 1; });
    return seen || !first_process_ ? Faults() : first_process_->so_far();
  }

  front::Run* run_;
  const Settings* settings_;
  Counter* counter_;
  View view_;
  Tally tally_;
  std::optional<FirstProcess> first_process_;
  Clock::time_point start_;
  nanoseconds ended_{};
  std::uint64_t intervals_ = 0;
  std::optional<front::ProbeWatch> watch_;
};

/// From attaching to the last line.
void count_faults(front::Run& run, const Settings& settings) {
  Counter counter(run.open_probe(settings.probe, settings.classic ? "pagefaultcount_classic" : "pagefaultcount"),
                  settings);
  Session(run, settings, counter).run();
}

}  // namespace
}  // namespace sonda::pagefaultcount

int main(int argc, char** argv) {
  using namespace sonda;
  pagefaultcount::Settings settings;
  return front::run_tool(argc, argv,
                         {.name = "pagefaultcount",
                          .summary = "Counts the minor and major page faults of each task on each CPU, exactly.",
                          .footer = pagefaultcount::examples,
                          .declare = [&](front::CommandLine& line) { pagefaultcount::declare(line, settings); },
                          .body =
                              [&](front::Run& run) {
                                pagefaultcount::check(settings);
                                pagefaultcount::count_faults(run, settings);
                              }});
}
