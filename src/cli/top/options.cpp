#include "cli/top/options.h"

#include <CLI/CLI.hpp>

namespace sonda::cli {

void declare(CLI::App& app, TopOptions& options) {
  tools::add_seconds(app, "-i,--interval", options.interval, "Measure so many seconds at a time; 1 by default");
  tools::add_count(app, "-n,--count", options.count, "Print so many snapshots, then end; no full screen", 1);
  app.add_flag("--once", options.once, "Print one snapshot, as -n 1");
  tools::add_seconds(app, "-d,--duration", options.duration, "End after so many seconds");
  app.add_flag("--maps", options.maps, "Show the maps instead of the programs");
  app.add_option("--map", options.map, "Show the entries of this map")->type_name("ID|NAME");
  app.add_option("--sort", options.sort, "Sort by the column with this header, as in --sort RUNS/S")
      ->type_name("COLUMN");
  app.add_flag("--reverse", options.reverse, "Sort the other way around");
  app.add_option("--filter", options.filter, "Show rows with this text only: in name, type, process or place")
      ->type_name("TEXT");
  tools::add_count(app, "--top", options.most, "Print the first N rows of each snapshot", 1);
  tools::declare(app, options.format);
  app.footer(
      "Without a terminal, or with -n, --once, --json or --csv, snapshots are printed. On a terminal ? shows the "
      "keys.\n"
      "Needs CAP_SYS_ADMIN, which is whom the kernel shows other people's programs to.");
}

}  // namespace sonda::cli
