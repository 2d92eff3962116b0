// events, run.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>

#include "base/stop.h"
#include "base/text.h"
#include "cli/shell/commands.h"
#include "front/command.h"
#include "front/ledger_report.h"
#include "front/options.h"
#include "present/event_report.h"
#include "typed/condition.h"

namespace sonda::shell {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto trace_name = "trace_pipe";

/// Which events are shown.
struct Wanted {
  std::optional<std::string> buffer;
  std::string condition;
};

/// Shows what is in the store, and what comes.
class EventView {
 public:
  EventView(Workspace& workspace, Wanted wanted, std::optional<std::uint64_t> most)
      : workspace_(workspace), wanted_(std::move(wanted)), most_(most) {}

  std::uint64_t shown() const noexcept { return shown_; }
  bool enough() const noexcept { return most_ && shown_ >= *most_; }

  void show_stored() {
    const auto dropped = workspace_.events().take_dropped();
    auto& output = workspace_.output();
    if (dropped != 0 && output.json())
      output.object_of(front::loss_object("events", dropped, {}, "the shell keeps so many events and no more"));
    else if (dropped != 0)
      output.line(fmt::format("{} events before these were not kept", dropped));
    auto events = workspace_.events().take([this](const StoredEvent& event) { return is_of_buffer(event); });
    while (!events.empty() && !enough() && stop_signal() == 0) {
      const auto event = std::move(events.front());
      events.pop_front();
      show(event);
    }
    workspace_.events().put_back(std::move(events));
  }

 private:
  bool is_of_buffer(const StoredEvent& event) const {
    return !wanted_.buffer || *wanted_.buffer == (event.source ? event.source->map : trace_name);
  }

  void show(const StoredEvent& event) {
    if (!event.source) {
      present::print_trace(*event.trace, workspace_.output());
    } else {
      const auto* condition = condition_for(*event.source);
      const auto& spec = event.source->report->spec();
      if (condition == nullptr || !condition->matches(event.bytes, spec.event)) return;
      event.source->report->print({event.bytes, event.cpu});
    }
    ++shown_;
  }

  /// Null for events of an earlier form of the buffer that it cannot speak of.
  const Condition* condition_for(const EventSource& source) {
    const auto [known, is_new] = conditions_.try_emplace(&source);
    auto& condition = known->second;
    try {
      if (is_new) condition = Condition::parse(wanted_.condition, source.report->spec().event, source.typed);
    } catch (const Error&) {
      // The form that the buffer has now is one that was checked before.
    }
    return condition ? &*condition : nullptr;
  }

  Workspace& workspace_;
  Wanted wanted_;
  std::optional<std::uint64_t> most_;
  std::uint64_t shown_ = 0;
  std::map<const EventSource*, std::optional<Condition>> conditions_;
};

const EventSource* find_source(Workspace& workspace, const std::string& buffer) {
  for (auto& file : workspace.files())
    for (const auto& source : file.sources)
      if (source->map == buffer) return source.get();
  return nullptr;
}

/// Takes the buffer's name, if the next word is one, and the condition.
Wanted read_wanted(Workspace& workspace, Arguments& arguments) {
  const auto names = workspace.buffer_names();
  if (names.empty()) throw arguments.error("events", "nothing that is loaded sends events");
  Wanted wanted;
  auto ahead = arguments;
  if (const auto word = ahead.try_word()) {
    if (std::ranges::find(names, *word) != names.end()) {
      arguments = ahead;
      wanted.buffer = *word;
    } else if (names.size() > 1 || ahead.empty()) {
      const auto* only = names.size() == 1 ? find_source(workspace, names.front()) : nullptr;
      const bool is_field = only != nullptr && [&] {
        const auto& types = only->report->spec().event.types;
        return !types.empty() &&
               std::ranges::find(types.front().fields, *word, &Field::name) != types.front().fields.end();
      }();
      if (!is_field)
        throw ahead.error(*word, "there is no such buffer",
                          did_you_mean(*word, names, "there are: " + join(names, ", ")));
    }
  }
  wanted.condition = std::string(arguments.take_rest());
  if (wanted.condition.empty()) return wanted;
  if (!wanted.buffer) wanted.buffer = names.front();
  const auto* source = find_source(workspace, *wanted.buffer);
  if (source == nullptr)
    throw arguments.error(*wanted.buffer, "a condition is for buffers, not for the lines of bpf_trace_printk");
  static_cast<void>(Condition::parse(wanted.condition, source->report->spec().event, source->typed));
  return wanted;
}

}  // namespace

void events_command(Workspace& workspace, Arguments& arguments) {
  std::optional<std::uint64_t> most;
  std::optional<std::chrono::nanoseconds> duration;
  for (;;) {
    if (arguments.take("-n"))
      most = front::parse_count("-n", arguments.word("a number of events"), 1);
    else if (arguments.take("-d"))
      duration = front::parse_seconds("-d", arguments.word("seconds"));
    else
      break;
  }
  const auto given = std::string(arguments.rest());
  const auto wanted = read_wanted(workspace, arguments);
  const auto began = Clock::now();
  workspace.output().forget_table();
  EventView view(workspace, wanted, most);
  front::EventLoop loop(&workspace.run().output());
  loop.end_after(duration);
  const auto show = [&] {
    view.show_stored();
    if (view.enough()) loop.end();
  };
  workspace.feed(loop, show);
  workspace.drain();
  show();
  loop.run();
  if (!duration && !most) {
    const std::chrono::duration<double> took = Clock::now() - began;
    workspace.record_as(fmt::format("events -d {:.1f}{}{}", took.count(), given.empty() ? "" : " ", given));
  }
}

void run_command(Workspace& workspace, Arguments& arguments) {
  std::vector<std::string> words{arguments.word("a command")};
  while (auto word = arguments.try_word()) words.push_back(std::move(*word));
  // Without a terminal what the shell reads is not its input.
  const UniqueFd null(workspace.interactive() ? -1 : ::open("/dev/null", O_RDONLY | O_CLOEXEC));
  front::Command command(words, null.get());
  workspace.output().forget_table();
  EventView view(workspace, {}, {});
  workspace.drain();
  command.release();
  front::EventLoop loop;
  loop.on(command.fd(), [&] {
    if (command.status()) loop.end();
  });
  // So that its addresses can be named when it is gone.
  const auto remember = [&] {
    workspace.resources().processes.remember(command.pid());
    workspace.resources().names.find(command.pid());
  };
  loop.every(std::chrono::milliseconds(100), remember);
  workspace.feed(loop, [&] { view.show_stored(); });
  remember();
  while (loop.run() == front::Ended::by_signal) {
    // At a terminal the command has got it, too.
    if (!workspace.interactive()) ::kill(command.pid(), stop_signal());
    if (forget_interrupt() != SIGINT) break;
  }
  workspace.drain();
  view.show_stored();
  if (const auto status = command.status())
    workspace.say(fmt::format("{}: exit status {}", words.front(), *status),
                  {{"type", "command"}, {"command", words}, {"status", *status}});
}

}  // namespace sonda::shell
