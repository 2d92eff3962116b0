// cdsnoop: every directory change of every bash.
#include "front/tool.h"
#include "tools/cdsnoop/options.h"

int main(int argc, char** argv) {
  using namespace sonda;
  using namespace sonda::cdsnoop;
  CdsnoopOptions options;
  const front::Tool tool{
      .name = "cdsnoop",
      .summary = "Shows every directory change of every bash: cd, pushd, popd and autocd.",
      .footer =
          "Examples:\n"
          "  cdsnoop                 every change, until Ctrl-C\n"
          "  cdsnoop -x -u alice     what alice's shells could not change to, and why\n"
          "  cdsnoop --json -n 100   the next hundred, as JSON lines",
      .declare = [&options](front::CommandLine& line) { declare(line, options); },
      .body =
          [&options](front::Run& run) {
            check(options);
            if (options.classic)
              trace_classic(run, options);
            else
              trace_changes(run, options);
          },
  };
  return front::run_tool(argc, argv, tool);
}
