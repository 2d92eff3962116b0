// The attach points of this machine, by kind and pattern: what `sonda list` prints and the shell completes.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attach/here/prototype.h"
#include "sonda/attach_point.h"

namespace sonda {

/// One thing to attach to.
struct PointHere {
  std::string name;   ///< what patterns are compared with, and people mistype: its last word, "sched_switch"
  std::string point;  ///< the whole, as parse_attach_point() takes it
  std::optional<Prototype> prototype;  ///< there at the latest if it was asked for
};

/// The kinds of points that are in the kernel, with one entry where two kinds have the same names (kprobe, kretprobe):
/// where a name without a kind is looked for.
std::span<const std::string_view> kinds_of_kernel();

/// Kinds that cannot be listed without being told where: in which binary.
bool is_of_a_binary(std::string_view kind);

/// Kinds of which there is no list: any number or address is one.
bool is_endless(std::string_view kind);

class KernelPoints;

/// What is read of the kernel (tracefs, BTF, its symbols) is kept as long as this lives.
class PointsHere {
 public:
  PointsHere();
  PointsHere(const PointsHere&) = delete;
  PointsHere& operator=(const PointsHere&) = delete;
  ~PointsHere();

  /// The points of `kind` that match, in the order of their names. `pattern` is the rest of the notation with patterns
  /// of fnmatch(3) in it; empty, or shorter than the notation, it means all of what is left out:
  /// "sched:*" and "*switch*" of tracepoints, "/bin/bash:*cd*" and "/bin/bash" of uprobes, "./prog:*" and "1234" (a
  /// process, and all that it has mapped) of USDT. `pid` limits user-space points to a process and stands in them.
  ///
  /// Throws Error: Exit::cannot_run where this kernel or user has no points of the kind at all, Stage::usage for a
  /// kind that cannot be listed so, and what open_binary() throws.
  std::vector<PointHere> find(std::string_view kind, const std::string& pattern, bool with_prototypes = false,
                              pid_t pid = all_pids);

 private:
  std::unique_ptr<KernelPoints> kernel_;
};

}  // namespace sonda
