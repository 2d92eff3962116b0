// pagefaultcount: minor and major page faults of each task on each CPU.
#include "tools/common/tool.h"
#include "tools/pagefaultcount/session.h"
#include "tools/pagefaultcount/settings.h"

int main(int argc, char** argv) {
  sonda::pagefaultcount::Settings settings;
  return sonda::tools::run_tool(
      argc, argv,
      {.name = "pagefaultcount",
       .summary = "Counts the minor and major page faults of each task on each CPU, exactly.",
       .footer = sonda::pagefaultcount::examples,
       .declare = [&](sonda::tools::CommandLine& line) { sonda::pagefaultcount::declare(line, settings); },
       .body =
           [&](sonda::tools::Run& run) {
             sonda::pagefaultcount::check(settings);
             sonda::pagefaultcount::count_faults(run, settings);
           }});
}
