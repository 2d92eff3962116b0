#include "cli/run/probe_list.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "report/writer.h"
#include "sonda/probe_source.h"

namespace sonda::cli {

void list_probes(report::Output& output, report::Format format) {
  const auto probes = named_probes();
  std::size_t width = 0;
  for (const auto& probe : probes) width = std::max(width, probe.name.size());
  report::Writer writer(output, format,
                        {{.header = "", .key = "type", .in = report::json_only},
                         {.header = "NAME", .key = "name", .width = width + 1},
                         {.header = "", .key = "path", .in = report::data_only},
                         {.header = "", .key = "origin", .in = report::data_only},
                         {.header = "WHAT IT IS", .key = "about"}});
  for (const auto& probe : probes)
    writer.row({std::string("probe"), probe.name, probe.path.string(), probe.origin, probe.about()});
  writer.line("");
  writer.line("sonda run NAME runs one of them, sonda run ./FILE.c a file of yours.");
}

}  // namespace sonda::cli
