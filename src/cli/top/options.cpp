#include "cli/top/options.h"

namespace sonda::top {

void declare(front::CommandLine& line, TopOptions& options) {
  front::add_seconds(line, "-i,--interval", options.interval, "Measure so many seconds at a time; 1 by default");
  front::add_count(line, "-n,--count", options.count, "Print so many snapshots, then end; no full screen", 1);
  line.flag("--once", options.once, "Print one snapshot, as -n 1");
  front::add_seconds(line, "-d,--duration", options.duration, "End after so many seconds");
  line.flag("--maps", options.maps, "Show the maps instead of the programs");
  line.text("--map", "ID|NAME", options.map, "Show the entries of this map");
  line.text("--sort", "COLUMN", options.sort, "Sort by the column with this header, as in --sort RUNS/S");
  line.flag("--reverse", options.reverse, "Sort the other way around");
  line.text("--filter", "TEXT", options.filter, "Show rows with this text only: in name, type, process or place");
  front::add_count(line, "--top", options.most, "Print the first N rows of each snapshot", 1);
  front::declare(line, options.format);
  line.footer(
      "Without a terminal, or with -n, --once, --json or --csv, snapshots are printed. On a terminal ? shows the "
      "keys.\n"
      "Needs CAP_SYS_ADMIN, which is whom the kernel shows other people's programs to.");
}

}  // namespace sonda::top
