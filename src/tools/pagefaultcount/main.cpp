// pagefaultcount: minor and major page faults of each task on each CPU.
#include "front/tool.h"
#include "tools/pagefaultcount/session.h"
#include "tools/pagefaultcount/settings.h"

int main(int argc, char** argv) {
  using namespace sonda;
  pagefaultcount::Settings settings;
  return front::run_tool(argc, argv,
                         {.name = "pagefaultcount",
                          .summary = "Counts the minor and major page faults of each task on each CPU, exactly.",
                          .footer = pagefaultcount::examples,
                          .declare = [&](front::CommandLine& line) { pagefaultcount::declare(line, settings); },
                          .body =
                              [&](front::Run& run) {
                                pagefaultcount::check(settings);
                                pagefaultcount::count_faults(run, settings);
                              }});
}
