// sonda: any probe, run or checked, with no C++ written.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "cli/check/check.h"
#include "cli/run/options.h"
#include "cli/run/session.h"

int main(int argc, char** argv) {
  using namespace sonda;
  cli::RunOptions run_options;
  cli::CheckOptions check_options;
  CLI::App* check = nullptr;

  // What follows "--" is a command to trace, with options of its own.
  auto* const end = std::find_if(argv, argv + argc, [](const char* word) { return std::string_view(word) == "--"; });
  if (end != argv + argc) {
    run_options.has_command = true;
    run_options.command.assign(end + 1, argv + argc);
  }

  const tools::Tool tool{
      .name = "sonda",
      .summary = "Runs probes: BPF programs in C, as BCC takes them.",
      .footer =
          "Examples:\n"
          "  sonda run probe.c                       attach what the file says, print what it sends\n"
          "  sonda run probe.c -i 1 --top 10         its maps every second\n"
          "  sonda run probe.c -- ls /               while a command runs\n"
          "  sonda check probe.c                     would the kernel take it?",
      .declare =
          [&](CLI::App& app) {
            app.require_subcommand(1);
            cli::declare(*app.add_subcommand("run", "Compile, load and attach probes, and show what they give"),
                         run_options);
            check = app.add_subcommand("check", "Compile and load probes, attach nothing, and show what they cost");
            cli::declare(*check, check_options);
          },
      .body =
          [&](tools::Run& run) {
            if (check->parsed())
              cli::check_probes(run, check_options);
            else
              cli::run_probes(run, run_options);
          },
  };
  return tools::run_tool(static_cast<int>(end - argv), argv, tool);
}
