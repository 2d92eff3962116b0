#include "cli/run/session.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <deque>
#include <list>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/escape.h"
#include "base/stop.h"
#include "base/text.h"
#include "cli/run/maps_view.h"
#include "cli/run/open_probes.h"
#include "cli/run/probe_list.h"
#include "front/attach_plan.h"
#include "front/command.h"
#include "front/ledger_report.h"
#include "front/probe_watch.h"
#include "kernel/privilege.h"
#include "present/event_stream.h"

namespace sonda::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds remember_every(100);

class Session {
 public:
  Session(front::Run& run, const RunOptions& options)
      : run_(run),
        options_(options),
        output_(run.output(), options.format, present::TableOutput::Tables::several),
        pool_(options.pins.empty() ? std::make_shared<MapPool>() : std::make_shared<MapPool>(options.pins)),
        maps_(probes_, options, output_, resources_),
        events_(
            output_, resources_, [this](const std::string& map) { return maps_.wanted(map); }, options.count,
            buffer_pages(options)) {}

  void run() {
    if (options_.has_command) command_.emplace(options_.command);
    probes_ = open_probes(run_, options_, pool_, process());
    if (auto misfit = maps_.misfit()) throw std::move(*misfit);
    tell_left_out_maps();
    events_.filter_by([this](Probe& probe, const Map& buffer) { return maps_.filter(probe, buffer); });
    for (auto& probe : probes_) events_.open(probe);
    attach();
    watch();
    run_.tracing_began();
    started_ = Clock::now();
    remembers_ = process() && addresses_matter();
    if (command_) command_->release();
    print_iterators();
    loop();
    // In this order all is of one moment: whoever sends has ended, what was sent is shown, then what was counted.
    for (auto& probe : probes_) probe.detach_all();
    events_.drain();
    maps_.show(true);
    maps_.draw_stacks(run_.output());
    if (command_) run_.set_exit_status(command_->status().value_or(0));
    close_ledger();
  }

 private:
  std::optional<pid_t> process() const { return command_ ? std::optional(command_->pid()) : options_.pid; }

  void attach() {
    for (auto& probe : probes_) {
      const auto plan = plan_for(probe.source(), probe.image());
      if (!options_.attach.empty() && plan.empty() && probes_.size() > 1) continue;
      if (!options_.attach.empty() && plan.empty()) probe.image().program(function_of(options_.attach.front()));
      probe.attach(plan);
      tell_left_out(probe, plan);
      for (const auto& link : probe.links())
        run_.explain(fmt::format("attached {} to {} ({} {})", link.function(), to_string(link.point()), link.places(),
                                 link.places() == 1 ? "place" : "places"));
    }
    tell_uncounted();
    tell_begin();
  }

  void tell_left_out(const Probe& probe, const std::vector<Attachment>& plan) {
    if (!options_.attach.empty()) return;
    const auto names = front::left_out(probe.source(), probe.image(), plan);
    if (names.empty()) return;
    run_.warn(fmt::format("{}: not attached: {} (no @attach stands above {})", probe.source().name(), join(names, ", "),
                          names.size() == 1 ? "it" : "them"));
  }

  void tell_left_out_maps() {
    if (const auto names = maps_.left_out(); !names.empty())
      run_.explain(fmt::format("of use to the probe alone, not shown without --map: {}", join(names, ", ")));
  }

  void tell_uncounted() {
    for (const auto& probe : probes_)
      for (const auto& line : front::uncounted_lines(probe.source().name(), probe.loaded())) run_.warn(line);
  }

  std::vector<Attachment> plan_for(const ProbeSource& source, const Image& image) {
    std::vector<std::string> notes;
    auto plan = front::attach_plan(source, image, options_.attach, process(), notes);
    for (const auto& note : notes)
      if (options_.pid && said_.insert(note).second)
        run_.warn(note);
      else
        run_.explain(note);
    return plan;
  }

  static std::string function_of(const std::string& given) { return given.substr(given.rfind('=') + 1); }

  void tell_begin() {
    if (options_.has_command) return;
    std::size_t programs = 0, places = 0;
    for (const auto& probe : probes_) {
      programs += probe.loaded().programs().size();
      for (const auto& link : probe.links()) places += link.places();
    }
    const auto end = options_.duration ? "" : ", Ctrl-C ends";
    run_.progress().show(fmt::format("{} {} at {} {}{}{}", programs, programs == 1 ? "program" : "programs", places,
                                     places == 1 ? "place" : "places", options_.watch ? ", edits go live" : "", end));
  }

  void watch() {
    if (!options_.watch) return;
    for (auto& probe : probes_) {
      ReloadOptions reload{
          .migrate = options_.migrate,
          .parameters = std::nullopt,
          .plan = [this](const ProbeSource& source, const Image& image) { return plan_for(source, image); },
          .check = [](const ProbeSource& source, const LoadedImage& next) { require_usable(source, next); },
          .events = [this, &probe](const Map& map) { return events_.callback(probe, map); },
          .retired = {}};
      watches_.emplace_back(run_, options_.format, probe,
                            front::ProbeWatch::Hooks{.reload = std::move(reload),
                                                     .swapped = [this, &probe](const Reload&) { reloaded(probe); },
                                                     .failed = [this, &probe] { events_.refresh(probe); }});
    }
  }

  void reloaded(Probe& probe) {
    events_.refresh(probe);
    output_.forget_table();
    warn_of_jumps(run_, probe.source(), probe.image());
    if (const auto misfit = maps_.misfit()) run_.warn(fmt::format("{}: {}", misfit->subject(), misfit->cause()));
    remembers_ = process() && addresses_matter();
    tell_begin();
    reads_again_ = true;
  }

  void loop() {
    const auto end = options_.duration ? std::optional(started_ + *options_.duration) : std::nullopt;
    auto next = options_.interval ? std::optional(started_ + *options_.interval) : std::nullopt;
    if (only_iterators() && !end && !next && !command_ && !options_.watch) return;
    while (!events_.enough() && stop_signal() == 0 && !run_.output().reader_gone()) {
      const auto now = Clock::now();
      if (end && now >= *end) break;
      if (next && now >= *next) {
        maps_.show(false);
        print_iterators();
        *next += *options_.interval;
        continue;
      }
      if (wait(timeout(now, end, next))) break;
      if (std::exchange(reads_again_, false)) print_iterators();
    }
    for (auto& each : watches_) each.finish();
  }

  /// Milliseconds.
  int timeout(Clock::time_point now, std::optional<Clock::time_point> end,
              std::optional<Clock::time_point> next) const {
    auto longest = remembers_ ? remember_every : std::chrono::milliseconds(1000);
    for (const auto& moment : {end, next})
      if (moment) longest = std::min(longest, std::chrono::ceil<std::chrono::milliseconds>(*moment - now));
    return static_cast<int>(std::max<std::int64_t>(longest.count(), 0));
  }

  bool addresses_matter() const {
    return std::ranges::any_of(probes_, [](const Probe& probe) {
      return std::ranges::find(probe.source().show_options(), Show::usym, &ShowOption::as) !=
                 probe.source().show_options().end() ||
             std::ranges::any_of(probe.loaded().maps(),
                                 [](const auto& map) { return map->spec().type == BPF_MAP_TYPE_STACK_TRACE; });
    });
  }

  bool only_iterators() const {
    if (events_.any()) return false;
    return std::ranges::all_of(probes_, [](const Probe& probe) {
      return std::ranges::all_of(probe.links(),
                                 [](const Link& link) { return std::holds_alternative<Iterator>(link.point()); });
    });
  }

  /// Waits for whatever comes first, and shows it. True if the command has ended.
  bool wait(int milliseconds) {
    std::vector<pollfd> waiting{{command_ ? command_->fd() : -1, POLLIN, 0}};
    for (const auto& each : watches_) waiting.push_back({each.fd(), POLLIN, 0});
    const auto first_of_events = waiting.size();
    events_.append(waiting);
    if (remembers_ && Clock::now() >= next_remembered_) remember(*process());
    if (events_.has_more()) milliseconds = 0;
    if (::poll(waiting.data(), waiting.size(), milliseconds) < 0 && errno != EINTR)
      throw system_error(Stage::read, "events", "waiting", errno);
    events_.read(waiting, first_of_events);
    auto each = waiting.begin() + 1;
    for (auto& watch : watches_) {
      if ((each++)->revents != 0) watch.act();
      watch.tick();
    }
    return command_ && command_->status().has_value();
  }

  /// So that its addresses can be named when it is gone.
  void remember(pid_t pid) {
    resources_.processes.remember(pid);
    resources_.names.find(pid);
    next_remembered_ = Clock::now() + remember_every;
  }

  void print_iterators() {
    for (const auto& probe : probes_) {
      for (const auto& link : probe.links()) {
        if (!std::holds_alternative<Iterator>(link.point())) continue;
        const auto text = link.read_iterator();
        if (output_.json())
          output_.object({{"type", "iterator"}, {"function", link.function()}, {"text", to_valid_utf8(text)}});
        else
          run_.output().write(escape_lines_for_terminal(text));
      }
    }
  }

  /// A buffer that is not shown is not read either: what it loses is not of interest.
  bool is_told(const Loss& loss) const { return loss.what != Loss::What::events || maps_.wanted(loss.map); }

  Ledger whole_ledger() {
    Ledger all;
    for (auto& probe : probes_) {
      auto one = probe.ledger();
      for (const auto& loss : one.losses)
        if (!is_told(loss)) one.events_lost -= loss.count;
      std::erase_if(one.losses, [this](const Loss& loss) { return !is_told(loss); });
      add(all, one);
    }
    all.events_lost += events_.lost();
    return all;
  }

  void close_ledger() {
    const auto all = whole_ledger();
    const auto remedy = [](const Loss& loss) {
      return loss.what == Loss::What::events && !loss.map.empty() ? fmt::format("--buffer {}=PAGES", loss.map)
                                                                  : std::string();
    };
    for (const auto& line : front::ledger_lines(all, remedy)) run_.warn(line);
    if (output_.json())
      for (const auto& object : front::ledger_objects(all)) output_.object_of(object);
    if (options_.strict && !all.lossless()) run_.set_exit_status(static_cast<int>(Exit::lost));
  }

  front::Run& run_;
  const RunOptions& options_;
  present::TableOutput output_;
  std::shared_ptr<MapPool> pool_;
  std::optional<front::Command> command_;
  ShowResources resources_;
  std::deque<Probe> probes_;
  MapsView maps_;
  present::EventStream events_;
  std::list<front::ProbeWatch> watches_;
  std::set<std::string> said_;  // notes about points
  Clock::time_point started_, next_remembered_;
  bool remembers_ = false;    // the mappings of a process that may end before its addresses are shown
  bool reads_again_ = false;  // iterators, since they may be others now
};

void require_process(pid_t pid) {
  if (::kill(pid, 0) != 0 && errno == ESRCH)
    throw Error(Stage::usage, fmt::format("--pid {}", pid), "there is no such process").with_exit(Exit::usage);
}

}  // namespace

void run_probes(front::Run& run, const RunOptions& options) {
  check(options);
  if (options.input.files.empty()) return list_probes(run.output(), options.format);
  if (options.pid) require_process(*options.pid);
  require_bpf_privilege();
  Session(run, options).run();
}

}  // namespace sonda::cli
