// What a live probe has between its attach points and its programs.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sonda/fd.h"
#include "sonda/image.h"
#include "sonda/probe.h"
#include "sonda/program.h"
#include "sonda/reload.h"

namespace sonda {

/// A tiny program that stands at an attach point and jumps to the program which is to run there: through slot 0 of an
/// array of its own: to exchange the program is one update of that slot, and whoever is at the attach point runs the
/// old one or the new one, whole. Of the kernel's jumps from program to program (33 in a row) it takes one. The kernel
/// counts runs, their time and skipped runs on the dispatcher.
class Dispatcher {
 public:
  /// One for programs of `kind` and of the license of `image`. Throws Error if this kernel takes none of that kind.
  Dispatcher(const Image& image, const std::string& function, const ProgramKind& kind);

  /// What is to be attached. Attaching looks for the maps that `served` uses.
  const Program& program_for(const Program& served);
  const Program& program() const noexcept { return *program_; }

  /// Whether jump_to() would put it there: the kernel wants both alike in more than their type. Nothing changes.
  bool takes(const Program& served) const noexcept;
  /// From now on it jumps there. Throws Error(Stage::load).
  void jump_to(const Program& served);
  /// Where it jumps to; null if it returns at once, with what lets the kernel go on as without a program.
  const Program* target() const noexcept { return target_; }

  /// Since the last jump_to() that brought another program.
  RunCount runs() const;
  /// Skipped by the kernel, since it was made.
  std::uint64_t missed() const;

 private:
  UniqueFd slots_;
  std::unique_ptr<Program> program_;
  const Program* target_ = nullptr;
  RunCount at_swap_;
};

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
  std::optional<std::vector<Attachment>> plan;  ///< what attach() of plans was given
  std::uint64_t missed_before = 0;              ///< runs skipped of programs and dispatchers that are gone
  std::vector<Loss> losses_before;              ///< of programs that are gone
  std::uint64_t quiet_before = 0;               ///< events lost of them that a full perf buffer told, and nobody else

  /// The way to `function` that serves points to come; made if there is none yet. `program` is what it leads to.
  Way& way(const Image& image, const Program& program);
  /// Takes away the ways that nothing uses.
  void drop_unused();
};

/// A way to `program`, without a target yet. Dispatcher or obstacle: what the kernel says.
Way make_way(const Image& image, const Program& program);

}  // namespace sonda
