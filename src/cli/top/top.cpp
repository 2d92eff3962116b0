#include "cli/top/top.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/stop.h"
#include "base/text.h"
#include "cli/top/lists.h"
#include "cli/top/snapshots.h"
#include "cli/top/terminal_screen.h"
#include "cli/top/view.h"
#include "front/event_loop.h"
#include "inspect/holders.h"
#include "sonda/error.h"

namespace sonda::top {
namespace {

using namespace std::chrono_literals;
using Clock = front::EventLoop::Clock;

/// The map that --map names. Throws Error(Stage::usage) if there is none, or if several have the name.
const MapState& find_map(const MachineState& state, const std::string& wanted) {
  const auto id = parse_u64(wanted);
  std::vector<const MapState*> found;
  std::vector<std::string> names;
  for (const auto& map : state.maps) {
    if (id ? map.facts.id == *id : map.facts.name == wanted) found.push_back(&map);
    names.push_back(map.facts.name);
  }
  const auto refuse = [&](std::string cause, std::string hint) {
    throw Error(Stage::usage, "--map " + wanted, std::move(cause), std::move(hint));
  };
  if (found.empty()) refuse("there is no such map", did_you_mean(wanted, names, "sonda top --once --maps lists them"));
  if (found.size() > 1) {
    std::vector<std::string> ids;
    for (const auto* map : found) ids.push_back(fmt::to_string(map->facts.id));
    refuse("several maps have this name", "give a number: " + join(ids, ", "));
  }
  return *found.front();
}

/// Throws Error(Stage::usage) if the map's type has no entries.
std::unique_ptr<EntryTracker> track(const MapFacts& facts) {
  auto map = open_map(facts);
  if (!map) return nullptr;
  return std::make_unique<EntryTracker>(std::move(*map));
}

class Watch {
 public:
  Watch(front::Run& run, const TopOptions& options) : run_(run), options_(options) {}

  void print_snapshots() {
    Snapshots snapshots(run_.output(), options_);
    compare(true);
    WatchedMap watched;
    if (!options_.map.empty()) {
      const auto facts = find_map(comparison_.now(), options_.map).facts;
      entries_ = track(facts);
      if (!entries_ || !entries_->map().readable())
        throw Error(Stage::usage, "--map " + options_.map, "this map has no entries to read");
      entries_->update(true);
      watched = {facts.id, entries_.get()};
    }
    require_column(options_, entries_.get());
    run_.tracing_began();
    front::EventLoop loop(&run_.output());
    loop.end_after(options_.duration);
    auto left = options_.once ? 1 : options_.count.value_or(UINT64_MAX);
    const auto print = [&] {
      compare();
      if (entries_) entries_->update(true);
      snapshots.print(comparison_, entries_ ? &watched : nullptr);
      if (--left == 0) loop.end();
    };
    loop.every(interval(), print);
    if (loop.run() == front::Ended::by_time) print();
  }

  void show_screen() {
    View::Start start{.page = options_.maps ? View::Page::maps : View::Page::programs,
                      .interval = interval(),
                      .filter = options_.filter};
    compare();
    if (!options_.map.empty()) {
      start.page = View::Page::entries;
      start.map = find_map(comparison_.now(), options_.map).facts.id;
    }
    require_column(options_, nullptr);
    View view(start);
    view.sort_by(options_.sort, options_.reverse);
    TerminalScreen screen;
    run_.tracing_began();
    run_screen(view, screen);
  }

 private:
  std::chrono::nanoseconds interval() const { return options_.interval.value_or(1s); }

  void compare(bool thorough = false) { comparison_.add(machine_.look(thorough)); }

  /// What the page shows beyond the lists.
  void look_closer(View& view) {
    if (const auto id = view.wanted_map(); id != entries_of_) {
      entries_.reset();
      entries_of_ = id;
      const auto* map = id ? comparison_.map(*id) : nullptr;
      if (map != nullptr) entries_ = track(map->facts);
    }
    if (entries_of_ && comparison_.map(*entries_of_) == nullptr) entries_.reset();
    if (entries_ && !view.paused() && entries_->map().readable()) entries_->update();
    if (const auto id = view.wanted_program(); id != pins_of_) {
      pins_of_ = id;
      pins_ = id ? find_pins(*id) : std::vector<std::string>();
    }
    view.update(comparison_, entries_.get(), pins_);
  }

  void show(View& view, TerminalScreen& screen) {
    look_closer(view);
    screen.draw(view.draw(screen.surface()));
  }

  void run_screen(View& view, TerminalScreen& screen) {
    show(view, screen);
    front::EventLoop loop(&run_.output());
    loop.end_after(options_.duration);
    auto& look = loop.every(view.interval(), [&] {
      if (view.paused()) return;
      compare();
      show(view, screen);
    });
    // The first figures come soon, whatever the interval is.
    look.due = std::min(look.due, Clock::now() + 300ms);
    loop.add({.append = [](std::vector<pollfd>& waiting) { waiting.push_back({STDIN_FILENO, POLLIN, 0}); },
              .read =
                  [&loop](const std::vector<pollfd>& waiting, std::size_t first) {
                    if ((waiting[first].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) loop.end();
                    return false;
                  }});
    // Whatever woke us: a new size of the terminal comes as a signal, and is a key.
    loop.each_round([&] {
      while (const auto key = screen.read_key()) {
        const bool paused = view.paused();
        view.press(*key);
        if (view.ended()) return loop.end();
        look.length = view.interval();
        look.due = std::min(look.due, Clock::now() + (paused && !view.paused() ? 0ns : look.length));
        show(view, screen);
      }
    });
    loop.run();
  }

  front::Run& run_;
  const TopOptions& options_;
  Machine machine_;
  Comparison comparison_;
  std::unique_ptr<EntryTracker> entries_;
  std::optional<std::uint32_t> entries_of_, pins_of_;
  std::vector<std::string> pins_;
};

}  // namespace

void declare(front::CommandLine& line, TopOptions& options) {
  front::add_seconds(line, "-i,--interval", options.interval, "Measure so many seconds at a time; 1 by default");
  front::add_count(line, "-n,--count", options.count, "Print so many snapshots, then end; no full screen", 1);
  line.flag("--once", options.once, "Print one snapshot, as -n 1");
  front::add_seconds(line, "-d,--duration", options.duration, "End after so many seconds");
  line.flag("--maps", options.maps, "Show the maps instead of the programs");
  line.text("--map", "ID|NAME", options.map, "Show the entries of this map");
  line.text("--sort", "COLUMN", options.sort, "Sort by the column with this header, as in --sort RUNS/S");
  line.flag("--reverse", options.reverse, "Sort the other way around");
  line.text("--filter", "TEXT", options.filter, "Show rows with this text only: in name, type, process or place");
  front::add_count(line, "--top", options.most, "Print the first N rows of each snapshot", 1);
  front::declare(line, options.format);
  line.footer(
      "Without a terminal, or with -n, --once, --json or --csv, snapshots are printed. On a terminal ? shows the "
      "keys.\n"
      "Needs CAP_SYS_ADMIN, which is whom the kernel shows other people's programs to.");
}

void show_top(front::Run& run, const TopOptions& options) {
  if (options.interval && options.interval->count() == 0)
    throw Error(Stage::usage, "--interval", "it must be longer than 0 seconds");
  if (options.maps && !options.map.empty()) throw Error(Stage::usage, "--maps", "--map is given, too");
  Watch watch(run, options);
  const bool plain = options.once || options.count || options.format != report::Format::text;
  if (plain || !TerminalScreen::possible())
    watch.print_snapshots();
  else
    watch.show_screen();
}

}  // namespace sonda::top
