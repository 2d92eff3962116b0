#include "cli/top/options.h"

namespace sonda::cli {

void declare(tools::CommandLine& line, TopOptions& options) {
  tools::add_seconds(line, "-i,--interval", options.interval, "Measure so many seconds at a time; 1 by default");
  tools::add_count(line, "-n,--count", options.count, "Print so many snapshots, then end; no full screen", 1);
  line.flag("--once", options.once, "Print one snapshot, as -n 1");
  tools::add_seconds(line, "-d,--duration", options.duration, "End after so many seconds");
  line.flag("--maps", options.maps, "Show the maps instead of the programs");
  line.text("--map", "ID|NAME", options.map, "Show the entries of this map");
  line.text("--sort", "COLUMN", options.sort, "Sort by the column with this header, as in --sort RUNS/S");
  line.flag("--reverse", options.reverse, "Sort the other way around");
  line.text("--filter", "TEXT", options.filter, "Show rows with this text only: in name, type, process or place");
  tools::add_count(line, "--top", options.most, "Print the first N rows of each snapshot", 1);
  tools::declare(line, options.format);
  line.footer(
      "Without a terminal, or with -n, --once, --json or --csv, snapshots are printed. On a terminal ? shows the "
      "keys.\n"
      "Needs CAP_SYS_ADMIN, which is whom the kernel shows other people's programs to.");
}

}  // namespace sonda::cli
