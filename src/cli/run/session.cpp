#include "cli/run/session.h"

#include <fmt/format.h>

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
#include "front/attach_plan.h"
#include "front/command.h"
#include "front/event_loop.h"
#include "front/ledger_report.h"
#include "front/propose_points.h"
#include "kernel/drop_privileges.h"
#include "kernel/privilege.h"
#include "present/event_stream.h"
#include "present/record_columns.h"

namespace sonda::cli {
namespace {

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
            buffer_pages(options)),
        loop_(&run.output()) {}

  void run() {
    if (options_.times) output_.show_times();
    if (options_.has_command) command_.emplace(options_.command);
    probes_ = open_probes(run_, options_, pool_, process());
    maps_.look_at_probes();
    if (auto misfit = maps_.misfit()) throw std::move(*misfit);
    tell_left_out_maps();
    events_.filter_by([this](Probe& probe, const Map& buffer) { return maps_.filter(probe, buffer); });
    for (auto& probe : probes_) events_.open(probe);
    attach();
    watch();
    run_.tracing_began();
    fill_loop();
    if (command_) command_->release();
    give_up_privileges();
    remember();
    print_iterators();
    if (!only_iterators()) loop_.run();
    // In this order all is of one moment: whoever sends has ended, what was sent is shown, then what was counted.
    for (auto& probe : probes_) probe.detach_all();
    events_.drain();
    const bool was_interrupted = stop_signal() != 0;
    maps_.show(true, [was_interrupted] { return !was_interrupted && stop_signal() != 0; });
    maps_.draw_stacks(run_.output());
    if (command_) run_.set_exit_status(command_->status().value_or(0));
    close_ledger();
  }

 private:
  std::optional<pid_t> process() const { return command_ ? std::optional(command_->pid()) : options_.pid; }

  void attach() {
    require_functions("--attach", options_.attach.more);
    require_functions("--attach-only", options_.attach.only);
    for (auto& probe : probes_) {
      const auto plan = plan_for(probe.source(), probe.image());
      // What the command line says may be about another file.
      if (plan.empty() && options_.attach.empty()) refuse_nowhere(probe);
      if (!plan.empty() || options_.attach.empty()) probe.attach(plan);
      tell_left_out(probe, plan);
      for (const auto& link : probe.links())
        run_.explain(fmt::format("attached {} to {} ({} {})", link.function(), to_string(link.point()), link.places(),
                                 link.places() == 1 ? "place" : "places"));
    }
    for (const auto& probe : probes_) front::warn_of_uncounted(run_, probe.source().name(), probe.loaded());
    tell_begin();
  }

  void tell_left_out(const Probe& probe, const std::vector<Attachment>& plan) {
    if (!options_.attach.only.empty()) return;
    const auto names = front::left_out(probe.source(), probe.image(), plan);
    if (names.empty()) return;
    run_.warn(fmt::format("{}: not attached: {} (no @attach stands above {})", probe.source().name(), join(names, ", "),
                          names.size() == 1 ? "it" : "them"));
    for (const auto& line : front::proposal_lines(front::propose_points(probe.source(), probe.image(), names, plan)))
      run_.warn(line);
  }

  /// A file without functions is told by Probe::attach().
  static void refuse_nowhere(const Probe& probe) {
    const auto names = front::left_out(probe.source(), probe.image(), {});
    if (names.empty()) return;
    const auto proposals = front::propose_points(probe.source(), probe.image(), names, {});
    throw Error(Stage::attach, probe.source().name(),
                fmt::format("the file does not say where to attach its functions: {}", join(names, ", ")),
                front::proposal_hint(proposals))
        .with_excerpt(join(front::proposal_lines(proposals), "\n"));
  }

  /// Each function that the command line names must be in a file.
  void require_functions(std::string_view option, const std::vector<std::string>& texts) const {
    std::vector<std::string> names;
    for (const auto& probe : probes_)
      for (const auto& program : probe.image().programs) names.push_back(program.name);
    for (const auto& text : texts) {
      const auto function = front::function_asked(option, text);
      if (std::ranges::find(names, function) == names.end())
        throw Error(Stage::attach, function, "there is no such function",
                    did_you_mean(function, names, "there are: " + join(names, ", ")));
    }
  }

  void tell_left_out_maps() {
    if (const auto names = maps_.left_out(); !names.empty())
      run_.explain(fmt::format("of use to the probe alone, not shown without --map: {}", join(names, ", ")));
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

  void tell_begin() {
    if (options_.has_command) return;
    std::size_t programs = 0, places = 0;
    for (const auto& probe : probes_) {
      programs += probe.loaded().programs().size();
      for (const auto& link : probe.links()) places += link.places();
    }
    const auto end = options_.duration ? "" : ", Ctrl-C ends";
    run_.progress().show(fmt::format("{} {} at {} {}{}{}", programs, programs == 1 ? "program" : "programs", places,
                                     places == 1 ? "place" : "places",
                                     options_.input.probe.watch ? ", edits go live" : "", end));
  }

  void watch() {
    if (!options_.input.probe.watch) return;
    for (auto& probe : probes_) {
      ReloadOptions reload{
          .migrate = options_.migrate,
          .parameters = std::nullopt,
          .plan = [this](const ProbeSource& source, const Image& image) { return plan_for(source, image); },
          .check = present::require_shown_fields,
          .events = [this, &probe](const Map& map) { return events_.callback(probe, map); },
          .retired = {}};
      watches_.emplace_back(run_, options_.format, probe,
                            front::ProbeWatch::Hooks{.reload = std::move(reload),
                                                     .swapped = [this, &probe](const Reload&) { reloaded(probe); },
                                                     .failed = [this, &probe] { events_.refresh(probe); }});
      loop_.watch(watches_.back());
    }
  }

  void give_up_privileges() {
    if (!options_.input.probe.drops_privileges()) return;
    drop_privileges({.reads_others = addresses_matter() || shows(Show::cgroup),
                     .uses_network = std::ranges::any_of(probes_, is_on_network),
                     .writes_files = !options_.flamegraph.empty()});
  }

  static bool is_on_network(const Probe& probe) {
    return std::ranges::any_of(probe.links(), [](const Link& link) {
      return std::holds_alternative<Tc>(link.point()) || std::holds_alternative<Xdp>(link.point());
    });
  }

  bool shows(Show as) const {
    return std::ranges::any_of(probes_, [as](const Probe& probe) {
      const auto& shown = probe.source().show_options();
      return std::ranges::find(shown, as, &ShowOption::as) != shown.end();
    });
  }

  void reloaded(Probe& probe) {
    events_.refresh(probe);
    output_.forget_schemas();
    warn_of_jumps(run_, probe.source(), probe.image());
    maps_.look_at_probes();
    if (const auto misfit = maps_.misfit()) run_.warn(fmt::format("{}: {}", misfit->subject(), misfit->cause()));
    remembers_ = process() && addresses_matter();
    tell_begin();
    reads_again_ = true;
  }

  void fill_loop() {
    loop_.end_after(options_.duration);
    if (options_.interval)
      loop_.every(*options_.interval, [this] {
        maps_.show(false, [this] { return loop_.is_over(); });
        print_iterators();
      });
    if (command_)
      loop_.on(command_->fd(), [this] {
        if (command_->status()) loop_.end();
      });
    remembers_ = process() && addresses_matter();
    if (process()) loop_.every(remember_every, [this] { remember(); });
    loop_.add({.append = [this](std::vector<pollfd>& waiting) { events_.append(waiting); },
               .read =
                   [this](const std::vector<pollfd>& waiting, std::size_t first) {
                     events_.read(waiting, first);
                     return events_.has_more();
                   }});
    loop_.each_round([this] {
      if (std::exchange(reads_again_, false)) print_iterators();
      if (events_.enough()) loop_.end();
    });
  }

  bool addresses_matter() const {
    return shows(Show::usym) || std::ranges::any_of(probes_, [](const Probe& probe) {
             return std::ranges::any_of(probe.loaded().maps(),
                                        [](const auto& map) { return map->spec().type == BPF_MAP_TYPE_STACK_TRACE; });
           });
  }

  /// Then there is nothing to wait for.
  bool only_iterators() const {
    if (events_.any() || options_.duration || options_.interval || command_ || options_.input.probe.watch) return false;
    return std::ranges::all_of(probes_, [](const Probe& probe) {
      return std::ranges::all_of(probe.links(),
                                 [](const Link& link) { return std::holds_alternative<Iterator>(link.point()); });
    });
  }

  /// So that its addresses can be named when it is gone.
  void remember() {
    if (!remembers_) return;
    resources_.processes.remember(*process());
    resources_.names.find(*process());
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
    front::warn_of_losses(run_, all, remedy);
    if (output_.json()) front::print_losses(run_.output(), all);
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
  front::EventLoop loop_;
  std::list<front::ProbeWatch> watches_;
  std::set<std::string> said_;  // notes about points
  bool remembers_ = false;      // the mappings of a process that may end before its addresses are shown
  bool reads_again_ = false;    // iterators, since they may be others now
};

void require_process(pid_t pid) {
  if (::kill(pid, 0) != 0 && errno == ESRCH)
    throw Error(Stage::usage, fmt::format("--pid {}", pid), "there is no such process");
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
