#include "cli/list/list.h"

#include <fmt/format.h>

#include <algorithm>

#include "attach/here/points_here.h"
#include "base/text.h"
#include "cli/list/pattern.h"
#include "cli/list/print.h"
#include "report/writer.h"

namespace sonda::cli {
namespace {

/// What came of the patterns, for the exit status.
struct Outcome {
  bool answered = false, failed = false, misused = false, missing = false;

  void add(const Error& error) {
    if (error.exit() == Exit::cannot_run)
      missing = true;
    else if (error.exit() == Exit::usage)
      misused = true;
    else
      failed = true;
  }
  int status() const {
    const auto exit = misused                ? Exit::usage
                      : failed               ? Exit::failure
                      : missing && !answered ? Exit::cannot_run
                                             : Exit::ok;
    return static_cast<int>(exit);
  }
};

class Listing {
 public:
  Listing(front::Run& run, const ListOptions& options) : run_(run), options_(options) {}

  void patterns() {
    Outcome outcome;
    for (const auto& text : options_.patterns) {
      try {
        list(parse_list_pattern(text));
        outcome.answered = true;
      } catch (const Error& error) {
        run_.report(error);
        outcome.add(error);
      }
    }
    run_.set_exit_status(outcome.status());
  }

  void kinds() {
    report::Writer writer(run_.output(), report::Format::text,
                          {{.header = "KIND", .key = "kind", .width = 13},
                           {.header = "HERE", .key = "points", .width = 6, .align = report::Align::right},
                           {.header = "EXAMPLE", .key = "example", .width = 36},
                           {.header = "A PROGRAM RUNS WHEN", .key = "when"}});
    for (const auto& kind : point_kinds()) {
      const auto here = look_at(kind);
      if (options_.json)
        run_.output().object(kind_json(here));
      else
        writer.row({std::string(kind.name), here.points ? report::Cell(*here.points) : report::Cell(), here.example,
                    here.missing.empty() ? std::string(kind.when) : fmt::format("not here: {}", here.missing)});
    }
  }

 private:
  void list(const ListPattern& pattern) {
    const report::Output::Batch batch(run_.output());
    bool any = false;
    const auto print = [&](std::string_view kind) {
      for (const auto& point : here_.find(kind, pattern.rest, wants_prototypes(), pattern.pid)) {
        any = true;
        if (options_.json)
          run_.output().object(point_json(kind, point));
        else
          run_.output().write(point_text(point, run_.verbose()));
      }
    };
    if (pattern.kind.empty())
      each_kind_of_kernel(print);
    else
      print(pattern.kind);
    if (!any) throw Error(Stage::attach, pattern.text, "no attach point matches", hint_for(pattern));
  }

  bool wants_prototypes() const { return options_.json || run_.verbose(); }

  /// Those that are not here, or that need more privilege, are told with -v only: they were not asked for.
  template <class Body>
  void each_kind_of_kernel(Body body) {
    for (const auto kind : kinds_of_kernel()) {
      try {
        body(kind);
      } catch (const Error& error) {
        run_.explain(fmt::format("no {}: {}", kind, error.cause()));
      }
    }
  }

  std::string hint_for(const ListPattern& pattern) {
    std::vector<std::string> names;
    const auto add = [&](std::string_view kind, const std::string& all) {
      for (auto& point : here_.find(kind, all, false, pattern.pid)) names.push_back(std::move(point.name));
    };
    if (pattern.kind.empty())
      each_kind_of_kernel([&](std::string_view kind) { add(kind, ""); });
    else if (is_of_a_binary(pattern.kind))
      add(pattern.kind, pattern.rest.substr(0, pattern.rest.find(':')));
    else
      add(pattern.kind, "");
    if (names.empty()) return pattern.kind == "usdt" ? "the binary has no USDT probes" : "there are none of this kind";
    auto letters = pattern.rest.substr(pattern.rest.rfind(':') + 1);
    std::erase_if(letters, [](char c) { return !is_name_character(c) && c != '-'; });
    return did_you_mean(letters, names, fmt::format("of {} points, none has a name like it", names.size()));
  }

  KindHere look_at(const PointKind& kind) {
    KindHere here{.kind = &kind, .points = std::nullopt, .example = std::string(kind.example), .missing = {}};
    if (is_of_a_binary(kind.name) || is_endless(kind.name)) return here;
    try {
      const auto points = here_.find(kind.name, "");
      here.points = points.size();
      if (!points.empty() && std::ranges::find(points, here.example, &PointHere::point) == points.end())
        here.example = points.front().point;
    } catch (const Error& error) {
      here.missing = error.cause();
    }
    return here;
  }

  front::Run& run_;
  const ListOptions& options_;
  PointsHere here_;
};

}  // namespace

void declare(front::CommandLine& line, ListOptions& options) {
  line.inherit_options();
  line.arguments(
      "PATTERN", options.patterns,
      "KIND:PATTERN, as in 'tracepoint:sched:*', KIND alone, or a name in the kernel; without any, the kinds");
  line.flag("--json", options.json, "JSON, one object a line");
  line.footer(
      "Patterns have *, ? and [...], as a shell's. With -v each point has its arguments below it.\n"
      "  sonda list 'tracepoint:sched:*'        sonda list 'uprobe:/bin/bash:*cd*'\n"
      "  sonda list -v 'fentry:vfs_read'        sonda list usdt:libc.so.6\n"
      "  sonda list '*sched_switch*'            sonda list software iter");
}

void list_points(front::Run& run, const ListOptions& options) {
  Listing listing(run, options);
  if (options.patterns.empty())
    listing.kinds();
  else
    listing.patterns();
}

}  // namespace sonda::cli
