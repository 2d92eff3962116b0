#include "cli/run/options.h"

#include <CLI/CLI.hpp>
#include <limits>

#include "sonda/error.h"
#include "sonda/probe.h"

namespace sonda::cli {
CLI::Option* add_texts(CLI::App& app, const std::string& name, std::vector<std::string>& into, const std::string& type,
                       const std::string& help) {
  return app.add_option(name, into, help)
      ->type_name(type)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void declare(CLI::App& app, FileOptions& options, Files files) {
  app.fallthrough();
  app.add_option("FILE", options.files, "Probe files, or names of probes that are installed")
      ->required(files == Files::some)
      ->type_name("");
  add_texts(app, "--cflag", options.compiler_flags, "FLAG", "Give the compiler a flag, e.g. --cflag=-DDEBUG");
  tools::declare_compile(app, options.probe);
}

OpenOptions open_options(tools::Run& run, const FileOptions& options) {
  auto open = run.open_options(options.probe);
  open.compile.flags = options.compiler_flags;
  return open;
}

void declare(CLI::App& app, RunOptions& options) {
  declare(app, options.input);
  app.footer(
      "After -- a command may follow: it starts when everything is attached, the run ends with it, and its exit\n"
      "status is returned.");
  add_texts(app, "--attach", options.attach, "POINT=FUNCTION",
            "Attach FUNCTION at POINT, e.g. uretprobe:/bin/bash:readline=printret, in place of what the file says");
  const auto pid = [&options](const std::string& text) {
    options.pid = static_cast<pid_t>(tools::parse_count("--pid", text, 1, std::numeric_limits<pid_t>::max()));
  };
  app.add_option_function<std::string>("-p,--pid", pid, "Look at this process only; the $PID of the file")
      ->type_name("PID");
  tools::add_seconds(app, "-d,--duration", options.duration, "End after so many seconds");
  tools::add_seconds(app, "-i,--interval", options.interval, "Show the maps every so many seconds");
  tools::add_count(app, "-n,--count", options.count, "End after so many events", 1);
  add_texts(app, "--map", options.maps, "NAME", "Show this map only; may be given more than once");
  tools::add_count(app, "--top", options.top, "Show the first N rows of a map", 1);
  app.add_option("--sort", options.sort, "Sort maps by this column, largest first")->type_name("COLUMN");
  app.add_option("--pin", options.pins, "Where pinned maps are kept; /sys/fs/bpf/sonda by default")
      ->type_name("FOLDER");
  app.add_option("--flamegraph", options.flamegraph, "Draw the stacks that were counted")->type_name("FILE.svg");
  app.add_flag("--folded", options.folded, "Print the stacks that were counted, a line each, for other tools");
  app.add_flag("--watch", options.watch,
               "Put the files in place of themselves whenever they are saved: see docs/live.md");
  app.add_flag("--migrate", options.migrate,
               "With --watch: maps that change take over the fields that are still there");
  tools::declare(app, options.format);
}

void check(const RunOptions& options) {
  const auto refuse = [](std::string option, std::string cause, std::string hint = {}) {
    throw Error(Stage::usage, std::move(option), std::move(cause), std::move(hint)).with_exit(Exit::usage);
  };
  if (options.has_command && options.command.empty()) refuse("--", "no command follows it");
  if (options.has_command && options.pid)
    refuse("--pid", "a command is given, too", "the command's process is the one that is looked at");
  if (options.migrate && !options.watch)
    refuse("--migrate", "it says how edits go live, and nothing watches for them", "add --watch");
  if (options.interval && options.interval->count() == 0) refuse("--interval", "it must be longer than 0 seconds");
}

}  // namespace sonda::cli
