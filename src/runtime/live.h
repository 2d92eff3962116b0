// What a live probe has between its attach points and its programs.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/dispatcher.h"
#include "sonda/probe.h"

namespace sonda {

/// One way to a function: all points that were attached together, and are of one kind.
struct Way {
  std::string function;
  ProgramKind kind;
  std::unique_ptr<Dispatcher> dispatcher;  ///< null where none can serve
  std::string obstacle;                    ///< why not
  bool given_out = false;                  ///< who attached it keeps the links
};

struct Live {
  /// How a link of the probe came about.
  struct Origin {
    Way* way = nullptr;
    bool planned = false;          ///< by attach() of a plan, not of a single point
    bool knows_arguments = false;  ///< the places of a Usdt were told to the program's map
  };

  std::list<Way> ways;
  std::map<const Link*, Origin> origins;
  std::optional<std::vector<Attachment>> plan;  ///< what the last attach() of a plan was given
  std::vector<TailCall> slots;                  ///< what set_tail_call() did; an empty function: it was emptied
  std::uint64_t missed_before = 0;              ///< runs skipped of programs and dispatchers that are gone
  std::vector<Loss> losses_before;              ///< of programs that are gone
  std::uint64_t quiet_before = 0;               ///< events lost of them that a full perf buffer told, and nobody else

  /// The way to `function` that serves points to come; made if there is none yet. `program` is what it leads to.
  Way& way(const Image& image, const Program& program);
  /// Takes away the ways that nothing uses.
  void drop_unused();
  void remember_slot(const TailCall& call);
};

/// A way to `program`, without a target yet. Dispatcher or obstacle: what the kernel says.
Way make_way(const Image& image, const Program& program);

}  // namespace sonda
