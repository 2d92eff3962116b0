// sonda: any probe, run or checked, with no C++ written.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/bcc/bcc.h"
#include "cli/check/check.h"
#include "cli/doctor/doctor.h"
#include "cli/explain/command.h"
#include "cli/import/import.h"
#include "cli/learn/learn.h"
#include "cli/list/list.h"
#include "cli/run/options.h"
#include "cli/run/session.h"
#include "cli/shell/shell.h"
#include "cli/top/top.h"
#include "front/tool.h"

namespace {

using namespace sonda;

constexpr auto examples =
    "Examples:\n"
    "  sonda run probe.c                       attach what the file says, print what it sends\n"
    "  sonda run probe.c -i 1 --top 10         its maps every second\n"
    "  sonda run probe.c -- ls /               while a command runs\n"
    "  sonda check probe.c                     would the kernel take it?\n"
    "  sonda explain probe.c                   what did the machine make of it?\n"
    "  sonda list 'tracepoint:sched:*'         where can a probe be attached?\n"
    "  sonda top                               what all BPF programs of this machine do and cost";

/// A word after `sonda`, such as `run`, and what it stands for.
struct Subcommand {
  std::string name, summary;
  std::function<void(front::CommandLine&)> declare;  ///< its options
  std::function<void(front::Run&)> body;             ///< what it does once they are read
};

/// One with options of a type that is there to be declared and then used: `declare(line, options)`, `body(run,
/// options)`.
template <class Options, class Body>
Subcommand subcommand(std::string_view name, std::string_view summary, Body body, Options initial = {}) {
  auto options = std::make_shared<Options>(std::move(initial));
  return {.name = std::string(name),
          .summary = std::string(summary),
          .declare = [options](front::CommandLine& line) { declare(line, *options); },
          .body = [options, body](front::Run& run) { body(run, *options); }};
}

/// In the order in which --help lists them. `traced` is the command that follows "--", `tool` the words behind the own
/// options of `sonda bcc`, `imported` what follows "--" there.
std::vector<Subcommand> subcommands(cli::RunOptions traced, cli::BccOptions tool, cli::ImportOptions imported) {
  return {
      subcommand<cli::RunOptions>("run", "Compile, load and attach probes, and show what they give", cli::run_probes,
                                  std::move(traced)),
      subcommand<cli::CheckOptions>("check", "Compile and load probes, attach nothing, and show what they cost",
                                    cli::check_probes),
      subcommand<cli::ListOptions>("list", "What there is to attach to on this machine", cli::list_points),
      subcommand<cli::ExplainOptions>("explain", "Show what the machine made of a probe, beside its source",
                                      cli::explain_probe),
      subcommand<shell::ShellOptions>("shell", "A prompt at which probes are attached, looked at and changed",
                                      shell::run_shell),
      subcommand<top::TopOptions>("top", "Show every BPF program on the machine, live", top::show_top),
      subcommand<cli::DoctorOptions>("doctor", "What this machine can do, and what to do about what it cannot",
                                     cli::examine_machine),
      subcommand<cli::BccOptions>("bcc", "Run a tool of BCC's, unchanged, without the kernel's headers", cli::run_bcc,
                                  std::move(tool)),
      subcommand<cli::ImportOptions>("import", "Make a probe file of a tool of BCC's", cli::import_tool,
                                     std::move(imported)),
      subcommand<learn::LearnOptions>("learn", "A course: lessons, probes to mend, checks on the real kernel",
                                      learn::learn),
  };
}

}  // namespace

int main(int argc, char** argv) {
  // What follows "--" is a command to trace, with options of its own; so is a tool of BCC's.
  cli::RunOptions traced;
  cli::BccOptions tool_of_bcc;
  cli::ImportOptions imported;
  auto* end = argv + argc;
  auto* const first_word = std::find_if(argv + std::min(argc, 1), end,
                                        [](const char* word) { return !std::string_view(word).starts_with('-'); });
  if (first_word != end && std::string_view(*first_word) == "bcc") {
    end = first_word + 1 + cli::own_words({first_word + 1, end});
    tool_of_bcc.words.assign(end, argv + argc);
  } else if (end = std::find_if(argv, end, [](const char* word) { return std::string_view(word) == "--"; });
             end != argv + argc) {
    traced.has_command = true;
    traced.command.assign(end + 1, argv + argc);
    imported.arguments = traced.command;
  }

  const auto commands = subcommands(std::move(traced), std::move(tool_of_bcc), std::move(imported));
  std::vector<front::CommandLine> lines;
  const front::Tool tool{
      .name = "sonda",
      .summary = "Runs probes: BPF programs in C, as BCC takes them.",
      .footer = examples,
      .declare =
          [&](front::CommandLine& line) {
            line.require_commands(1, 1);
            for (const auto& command : commands)
              command.declare(lines.emplace_back(line.command(command.name, command.summary)));
          },
      .body =
          [&](front::Run& run) {
            const auto chosen = std::ranges::find_if(lines, &front::CommandLine::given);
            commands[static_cast<std::size_t>(chosen - lines.begin())].body(run);
          },
  };
  return front::run_tool(static_cast<int>(end - argv), argv, tool);
}
