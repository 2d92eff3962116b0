#include "cli/run/options.h"

#include <fmt/format.h>

#include <bit>

#include "base/files.h"
#include "sonda/error.h"
#include "sonda/probe.h"

namespace sonda::cli {

void declare(front::CommandLine& line, RunOptions& options) {
  declare(line, options.input, front::Files::any);
  line.footer(
      "Without FILE, the probes that have a name are listed. After -- a command may follow: it starts when everything\n"
      "is attached, the run ends with it, and its exit status is returned.");
  line.texts("--attach", "POINT=FUNCTION", options.attach.more,
             "Attach FUNCTION at POINT, e.g. uretprobe:/bin/bash:readline=printret, beside what the file says");
  line.texts("--attach-only", "POINT=FUNCTION", options.attach.only, "The same in place of what the files say");
  line.texts("--set-map", "MAP[KEY]=VALUE", options.map_entries,
             "Set an entry of a map before anything is attached; may be given more than once");
  front::add_pid(line, options.pid, "Look at this process only; the $PID of the file");
  front::add_seconds(line, "-d,--duration", options.duration, "End after so many seconds");
  front::add_seconds(line, "-i,--interval", options.interval, "Show the maps every so many seconds, with the time");
  front::add_count(line, "-n,--count", options.count, "End after so many events", 1);
  line.flag("--delta", options.delta, "With -i: show what was added since the last time");
  line.flag("--clear", options.clear, "With -i: empty the maps each time they are shown");
  line.text("--where", "CONDITION", options.where,
            "Show the events and entries of which this holds, e.g. 'result < 0 and comm == \"cat\"'");
  line.texts("--map", "NAME", options.maps, "Show this map only; may be given more than once");
  line.texts("--buffer", "NAME=PAGES", options.buffers,
             "Give this ring buffer, or each CPU's of this perf buffer, so many pages: a power of two");
  line.flag("--strict", options.strict, "End with status 3 if anything was lost");
  front::add_count(line, "--top", options.top, "Show the first N rows of a map", 1);
  line.text("--sort", "COLUMN", options.sort, "Sort maps by this column, largest first");
  line.flag("-t,--time", options.times, "Begin each row with the time at which it was printed");
  line.text("--pin", "FOLDER", options.pins, "Where pinned maps are kept; /sys/fs/bpf/sonda by default");
  line.text("--flamegraph", "FILE.svg", options.flamegraph, "Draw the stacks that were counted");
  line.flag("--folded", options.folded, "Print the stacks that were counted, a line each, for other tools");
  line.flag("--watch", options.input.probe.watch,
            "Put the files in place of themselves whenever they are saved: see docs/live.md");
  line.flag("--migrate", options.migrate, "With --watch: maps that change take over the fields that are still there");
  front::declare_keep_privileges(line, options.input.probe);
  front::declare(line, options.format);
}

std::vector<std::pair<std::string, std::uint32_t>> buffer_pages(const RunOptions& options) {
  constexpr std::uint32_t most = 1U << 19;  // a map's size in bytes has 32 bits
  std::vector<std::pair<std::string, std::uint32_t>> all;
  for (const auto& given : options.buffers) {
    const auto [name, pages] = front::parse_assignment("--buffer", given);
    const auto count = static_cast<std::uint32_t>(front::parse_count("--buffer", pages, 1, most));
    if (!std::has_single_bit(count))
      throw Error(Stage::usage, "--buffer " + given, "a buffer has a power of two of pages",
                  fmt::format("{}={}", name, std::bit_ceil(count)));
    all.emplace_back(name, count);
  }
  return all;
}

void check(const RunOptions& options) {
  const auto refuse = [](std::string option, std::string cause, std::string hint = {}) {
    throw Error(Stage::usage, std::move(option), std::move(cause), std::move(hint));
  };
  if (options.input.files.empty() && (options.has_command || !options.attach.empty()))
    refuse("FILE", "no probe is named", "sonda run lists those that have a name");
  if (!options.attach.more.empty() && !options.attach.only.empty())
    refuse("--attach-only", "--attach is given, too",
           "it takes the place of what the files say: name all points with --attach-only");
  if (options.has_command && options.command.empty()) refuse("--", "no command follows it");
  if (options.has_command && options.pid)
    refuse("--pid", "a command is given, too", "the command's process is the one that is looked at");
  if (options.migrate && !options.input.probe.watch)
    refuse("--migrate", "it says how edits go live, and nothing watches for them", "add --watch");
  for (const auto* option : {options.delta ? "--delta" : nullptr, options.clear ? "--clear" : nullptr})
    if (option != nullptr && !options.interval)
      refuse(option, "it is about the maps as they are shown every so often", "add --interval SECONDS");
  if (options.delta && options.clear) refuse("--delta", "--clear is given, too", "what was cleared is new as it is");
  if (!options.flamegraph.empty()) require_replaceable(options.flamegraph, Stage::usage);
  if (options.interval && options.interval->count() == 0) refuse("--interval", "it must be longer than 0 seconds");
}

}  // namespace sonda::cli
