#include "cli/run/session.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <deque>
#include <fstream>
#include <set>

#include "base/escape.h"
#include "base/stop.h"
#include "base/text.h"
#include "cli/run/attach_plan.h"
#include "cli/run/command.h"
#include "cli/run/event_report.h"
#include "cli/run/histogram_report.h"
#include "cli/run/map_report.h"
#include "cli/run/open_probes.h"
#include "cli/run/queue_report.h"
#include "cli/run/stack_report.h"
#include "cli/run/trace_report.h"
#include "kernel/privilege.h"
#include "read/map_types.h"
#include "report/flamegraph.h"

namespace sonda::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds remember_every(100);

bool is_buffer(const MapSpec& spec) {
  return spec.type == BPF_MAP_TYPE_RINGBUF || spec.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

class Session {
 public:
  Session(tools::Run& run, const RunOptions& options)
      : run_(run),
        options_(options),
        output_(run.output(), options.format),
        map_view_{options.top, options.sort},
        pool_(options.pins.empty() ? std::make_shared<MapPool>() : std::make_shared<MapPool>(options.pins)) {}

  void run() {
    if (options_.has_command) command_.emplace(options_.command);
    probes_ = open_probes(run_, options_, pool_, process());
    require_sort_column();
    open_buffers();
    attach();
    run_.tracing_began();
    started_ = Clock::now();
    remembers_ = process() && addresses_matter();
    if (command_) command_->release();
    print_iterators();
    loop();
    drain();
    ended_ = true;
    show_maps();
    draw_stacks();
    close_ledger();
    if (command_) run_.set_exit_status(command_->status().value_or(0));
  }

 private:
  /// One buffer that is read.
  struct Buffer {
    EventReader* reader;
    std::unique_ptr<EventReport> report;
  };

  std::optional<pid_t> process() const { return command_ ? std::optional(command_->pid()) : options_.pid; }

  /// One map that is shown must have the column.
  void require_sort_column() {
    if (options_.sort.empty()) return;
    std::vector<std::string> names;
    bool found = false;
    for_each_map([&](Probe& probe, const Map& map) {
      if (!is_shown(map.spec()) || is_histogram(probe.source(), map.spec())) return;
      const MapReport report(map, probe.source(), probe.loaded(), resources_, output_, map_view_);
      found = found || report.find_column(options_.sort);
      for (auto& name : report.column_names())
        if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    });
    if (!found)
      throw Error(Stage::usage, "--sort " + options_.sort, "no map that is shown has such a column",
                  did_you_mean(options_.sort, names, "there are: " + join(names, ", ")))
          .with_exit(Exit::usage);
  }

  void open_buffers() {
    for_each_map([this](Probe& probe, const Map& map) {
      if (!is_buffer(map.spec())) return;
      auto report = std::make_unique<EventReport>(map, probe.source(), probe.loaded(), resources_, output_);
      auto& reader = probe.open_events(map.spec().name, [this, to = report.get()](const Event& event) {
        if (enough()) return;
        ++events_;
        to->print(event);
      });
      buffers_.push_back({&reader, std::move(report)});
    });
    if (std::ranges::any_of(probes_, [](const Probe& probe) { return writes_trace(probe.image()); }))
      trace_ = std::make_unique<TracePipe>();
  }

  static bool is_shared(const Probe& probe, const std::string& map) {
    const auto* option = probe.source().map_option(map);
    return probe.image().map(map).linkage != Linkage::own || (option != nullptr && option->shared);
  }

  static bool is_pinned(const Probe& probe, const MapSpec& spec) {
    const auto* option = probe.source().map_option(spec.name);
    return !spec.pin.empty() || (option != nullptr && option->pinned);
  }

  bool wanted(const std::string& map) const {
    return options_.maps.empty() || std::ranges::find(options_.maps, map) != options_.maps.end();
  }

  void attach() {
    std::size_t places = 0, programs = 0;
    for (auto& probe : probes_) {
      std::vector<std::string> notes;
      const auto plan = attach_plan(probe, options_.attach, process(), notes);
      if (!options_.attach.empty() && plan.empty() && probes_.size() > 1) continue;
      if (!options_.attach.empty() && plan.empty()) probe.image().program(function_of(options_.attach.front()));
      probe.attach(plan);
      for (const auto& note : notes)
        if (options_.pid)
          run_.warn(note);
        else
          run_.explain(note);
      for (const auto& link : probe.links()) {
        places += link.places();
        run_.explain(fmt::format("attached {} to {} ({} {})", link.function(), to_string(link.point()), link.places(),
                                 link.places() == 1 ? "place" : "places"));
      }
      programs += probe.loaded().programs().size();
    }
    tell_begin(programs, places);
  }

  static std::string function_of(const std::string& given) { return given.substr(given.rfind('=') + 1); }

  void tell_begin(std::size_t programs, std::size_t places) {
    if (options_.has_command) return;
    const auto end = options_.duration ? "" : ", Ctrl-C ends";
    run_.progress().show(fmt::format("{} {} at {} {}{}", programs, programs == 1 ? "program" : "programs", places,
                                     places == 1 ? "place" : "places", end));
  }

  bool enough() const { return options_.count && events_ >= *options_.count; }

  void loop() {
    const auto end = options_.duration ? std::optional(started_ + *options_.duration) : std::nullopt;
    auto next = options_.interval ? std::optional(started_ + *options_.interval) : std::nullopt;
    if (only_iterators() && !end && !next && !command_) return;
    while (!enough() && stop_signal() == 0 && !run_.output().reader_gone()) {
      const auto now = Clock::now();
      if (end && now >= *end) return;
      if (next && now >= *next) {
        show_maps();
        print_iterators();
        *next += *options_.interval;
        continue;
      }
      if (wait(timeout(now, end, next))) return;
    }
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
    if (!buffers_.empty() || trace_) return false;
    return std::ranges::all_of(probes_, [](const Probe& probe) {
      return std::ranges::all_of(probe.links(),
                                 [](const Link& link) { return std::holds_alternative<Iterator>(link.point()); });
    });
  }

  /// Waits for whatever comes first, and shows it. True if the command has ended.
  bool wait(int milliseconds) {
    std::vector<pollfd> waiting;
    for (const auto& buffer : buffers_) waiting.push_back({buffer.reader->fd(), POLLIN, 0});
    waiting.push_back({trace_ ? trace_->fd() : -1, POLLIN, 0});
    waiting.push_back({command_ ? command_->fd() : -1, POLLIN, 0});
    if (remembers_ && Clock::now() >= next_remembered_) remember(*process());
    if (::poll(waiting.data(), waiting.size(), milliseconds) < 0 && errno != EINTR)
      throw system_error(Stage::read, "events", "waiting", errno);
    for (std::size_t i = 0; i < buffers_.size(); ++i)
      if (waiting[i].revents != 0) buffers_[i].reader->poll(0);
    read_trace();
    return command_ && command_->status().has_value();
  }

  /// So that its addresses can be named when it is gone.
  void remember(pid_t pid) {
    resources_.processes.remember(pid);
    resources_.names.find(pid);
    next_remembered_ = Clock::now() + remember_every;
  }

  void read_trace() {
    while (trace_ && !enough()) {
      const auto fields = trace_->fields(0);
      if (!fields) return;
      ++events_;
      print_trace(*fields, output_);
    }
  }

  void drain() {
    for (const auto& buffer : buffers_)
      if (!enough()) buffer.reader->poll(0);
    read_trace();
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

  template <class Use>
  void for_each_map(Use use) {
    std::set<std::string> done;
    for (auto& probe : probes_)
      for (const auto& map : probe.loaded().maps()) {
        const bool again = !done.insert(map->spec().name).second && is_shared(probe, map->spec().name);
        if (!again && wanted(map->spec().name)) use(probe, *map);
      }
  }

  void show_maps() {
    if (options_.folded) return;
    for_each_map([this](Probe& probe, const Map& map) {
      if (is_queue(map.spec()))
        print_queue(map, probe.source(), probe.loaded(), resources_, output_, ended_ && !is_pinned(probe, map.spec()));
      if (!is_shown(map.spec())) return;
      if (is_histogram(probe.source(), map.spec()))
        print_histogram(map, probe.source(), probe.loaded(), resources_, output_);
      else
        MapReport(map, probe.source(), probe.loaded(), resources_, output_, map_view_).print();
    });
  }

  void draw_stacks() {
    if (!options_.folded && options_.flamegraph.empty()) return;
    std::vector<report::CountedStack> stacks;
    for_each_map([&](Probe& probe, const Map& map) {
      if (!is_shown(map.spec())) return;
      for (auto& stack : counted_stacks(map, probe.source(), probe.loaded(), resources_))
        stacks.push_back(std::move(stack));
    });
    if (options_.folded) run_.output().write(report::folded_text(stacks));
    if (options_.flamegraph.empty()) return;
    report::FlameGraphOptions look;
    look.title = join(options_.input.files, " ");
    write_file(options_.flamegraph, report::flamegraph_svg(stacks, look));
  }

  static void write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) throw system_error(Stage::report, path, "cannot write the flame graph", errno);
  }

  void close_ledger() {
    Ledger all;
    for (auto& probe : probes_) {
      const auto& one = probe.ledger();
      all.events_lost += one.events_lost;
      all.probes_missed += one.probes_missed;
    }
    if (trace_) all.events_lost += trace_->lost();
    if (all.lossless()) return;
    run_.warn(summary(all));
    if (output_.json())
      output_.object({{"type", "lost"}, {"events_lost", all.events_lost}, {"probes_missed", all.probes_missed}});
  }

  tools::Run& run_;
  const RunOptions& options_;
  TableOutput output_;
  MapView map_view_;
  std::shared_ptr<MapPool> pool_;
  std::optional<Command> command_;
  ShowResources resources_;
  std::deque<Probe> probes_;
  std::deque<Buffer> buffers_;
  std::unique_ptr<TracePipe> trace_;
  Clock::time_point started_, next_remembered_;
  std::uint64_t events_ = 0;
  bool remembers_ = false;  // the mappings of a process that may end before its addresses are shown
  bool ended_ = false;      // what is shown now is shown for the last time
};

void require_process(pid_t pid) {
  if (::kill(pid, 0) != 0 && errno == ESRCH)
    throw Error(Stage::usage, fmt::format("--pid {}", pid), "there is no such process").with_exit(Exit::usage);
}

}  // namespace

void run_probes(tools::Run& run, const RunOptions& options) {
  check(options);
  if (options.pid) require_process(*options.pid);
  require_bpf_privilege();
  Session(run, options).run();
}

}  // namespace sonda::cli
