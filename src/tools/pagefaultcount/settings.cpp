#include "tools/pagefaultcount/settings.h"

#include "base/text.h"
#include "runtime/kernel_pid.h"
#include "sonda/error.h"

namespace sonda::pagefaultcount {
namespace {

constexpr std::uint64_t classic_hertz = 49;  // the report's
constexpr std::uint64_t most_entries = 1U << 24, most_hertz = 1'000'000, most_period = 1ULL << 62;

void declare_what_is_shown(front::CommandLine& line, Settings& settings) {
  const auto by = [&settings](const std::string& text) {
    const auto grouping = parse_grouping(text);
    if (!grouping)
      throw Error(Stage::usage, "--by " + text, "no such grouping",
                  did_you_mean(text, {"task", "process", "name", "cpu", "total"},
                               "possible are task, process, name, cpu and total"));
    settings.by = *grouping;
  };
  const auto sort = [&settings](const std::string& text) {
    if (text != "min" && text != "maj")
      throw Error(Stage::usage, "--sort " + text, "no such order", "possible are min and maj");
    settings.order = text == "min" ? Order::minor : Order::major;
  };
  front::add_pids(line, settings.pids, "Show only this process or thread; may be given again");
  line.text(
      "-c,--comm", "NAME", [&settings](const std::string& name) { settings.filter.name = name; },
      "Show only tasks of this name");
  line.text("--by", "task|process|name|cpu|total", by, "A row for each of these; task by default");
  line.text("--sort", "min|maj", sort, "By minor or by major faults; by both together by default");
  front::add_count(line, "--top", settings.top, "Show only the first N rows", 1);
  front::declare(line, settings.format);
}

void declare_how_to_count(front::CommandLine& line, Settings& settings) {
  front::add_count(line, "--freq", settings.frequency, "Let the kernel sample so often a second: an estimate", 1,
                   most_hertz, "HZ");
  front::add_count(line, "--period", settings.period, "Run the program every N faults; 1 by default, which is exact", 1,
                   most_period);
  front::add_count(line, "--max-entries", settings.max_entries, "Tasks on CPUs that are kept apart; 16384 by default",
                   1, most_entries);
  line.flag("--classic", settings.classic, "The report's own program and, without --period, its 49 samples a second");
}

[[noreturn]] void contradict(const std::string& one, const std::string& other, std::string why) {
  throw Error(Stage::usage, one + " and " + other, std::move(why));
}

}  // namespace

Sampling Settings::sampling() const {
  if (period) return every(*period);
  if (frequency) return sonda::frequency(*frequency);
  return classic ? sonda::frequency(classic_hertz) : every(1);
}

void declare(front::CommandLine& line, Settings& settings) {
  front::add_seconds(line, "-d,--duration", settings.duration, "How long to count; 100 by default");
  front::add_seconds(line, "-i,--interval", settings.interval, "Print what is new so often");
  declare_what_is_shown(line, settings);
  declare_how_to_count(line, settings);
  front::declare(line, settings.probe);
}

void check(Settings& settings) {
  if (settings.frequency && settings.period) contradict("--freq", "--period", "only one of them can be");
  if (settings.interval && *settings.interval <= std::chrono::nanoseconds::zero())
    throw Error(Stage::usage, "--interval 0", "an interval must be longer than nothing");
  if (settings.classic && settings.by == Grouping::process)
    contradict("--classic", "--by process", "the report's program does not know processes, only threads");
  if (settings.classic && settings.max_entries)
    contradict("--classic", "--max-entries", "the report's program has a table of fixed size");
  for (const auto pid : settings.pids)
    settings.filter.pids.push_back(static_cast<std::uint32_t>(kernel_pid(pid).value_or(pid)));
  if (settings.max_entries) settings.probe.parameters.emplace_back("ENTRIES", std::to_string(*settings.max_entries));
}

const char* const examples = R"(Examples:
  pagefaultcount                      count for 100 seconds, or until Ctrl-C
  pagefaultcount -d 10 --top 20       the 20 rows with the most faults in 10 seconds
  pagefaultcount -i 1 --by process    what is new, each second
  pagefaultcount -p 1234 --sort maj   one process, most major faults first
  pagefaultcount -d 60 --json         for another program

Exit status: 0 done; 1 failed; 2 wrong command line; 77 not permitted, or the
kernel lacks something; 130 or 143 interrupted before counting began.)";

}  // namespace sonda::pagefaultcount
