// A program at its attach point.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sonda/attach_point.h"
#include "sonda/fd.h"
#include "sonda/program.h"

namespace sonda {

/// What holds a program at its attach point, and how it came to be there.
struct Attached {
  using Undo = std::move_only_function<void() noexcept>;
  std::vector<UniqueFd> events;  ///< perf events: one for each CPU, or one
  std::vector<UniqueFd> links;   ///< BPF links, which hold the program at them; closed first
  std::vector<Undo> undo;        ///< what the kernel does not undo when a descriptor is closed
  std::size_t places = 1, skipped = 0;
  std::string how;
};

/// Holds a program at its attach point. Move-only; detaches when destroyed. The kernel detaches it too if the process
/// dies, so nothing is left behind; but for a Tc before Linux 6.6, where the kernel has no links for it.
class Link {
 public:
  Link(AttachPoint point, std::string function, Attached attached)
      : point_(std::move(point)), function_(std::move(function)), held_(std::move(attached)) {}
  Link(Link&&) = default;
  Link& operator=(Link&& other) noexcept {
    if (this == &other) return *this;
    detach();
    point_ = std::move(other.point_);
    function_ = std::move(other.function_);
    held_ = std::move(other.held_);
    return *this;
  }
  ~Link() { detach(); }

  const AttachPoint& point() const noexcept { return point_; }
  const std::string& function() const noexcept { return function_; }
  /// Detaches now. Idempotent.
  void detach() noexcept {
    held_.links.clear();
    held_.events.clear();
    for (auto& undo : held_.undo) undo();
    held_.undo.clear();
  }
  bool attached() const noexcept { return !held_.links.empty() || !held_.events.empty() || !held_.undo.empty(); }
  /// Puts `program` in place of the one that is there, in one step (BPF_LINK_UPDATE). False, and nothing is changed, if
  /// this kernel cannot do that with links of this kind.
  bool replace(const Program& program) noexcept;
  /// How many places the program is at: more than one where the attach point is a pattern, or an event on each CPU.
  std::size_t places() const noexcept { return held_.places; }
  /// Of a pattern: matches that the kernel does not let be probed, or not by name.
  std::size_t skipped() const noexcept { return held_.skipped; }
  /// Which way was taken where there are several: "native" or "generic" (Xdp), "tcx" or "filter" (Tc); else empty.
  const std::string& how() const noexcept { return held_.how; }
  /// Of an Iterator: runs the program over all objects and gives what it wrote. Throws Error(Stage::read).
  std::string read_iterator() const;

 private:
  friend void detach_together(std::span<Link* const> links) noexcept;
  AttachPoint point_;
  std::string function_;
  Attached held_;
};

/// Detaches them all, side by side, in threads of its own: for each the kernel waits until no program runs there any
/// more, tens of milliseconds, and those waits overlap. They are detached when it returns.
void detach_together(std::span<Link* const> links) noexcept;

/// One of several places in a binary that a program is put at together.
struct UprobeSpot {
  std::uint64_t address = 0;  ///< virtual, of a function's first instruction
  std::uint64_t cookie = 0;   ///< what bpf_get_attach_cookie() gives the program there, but for its topmost two bits
  bool and_return = false;    ///< also at the return from it
};

/// The topmost two bits of a spot's cookie, as the program finds them. The first: this is a return. The second: the
/// same link is at entries and returns; it is a return if bpf_get_func_ip() gives another address than the registers
/// have, and at an entry the program returns 1 if it does not want the return from that call, else 0.
inline constexpr std::uint64_t uprobe_at_return = 1ULL << 63, uprobe_at_both = 1ULL << 62;

/// Gives the program to attach for a function, e.g. by Probe::program().
using LoadProgram = std::function<const Program&(const std::string& function, const ProgramKind& kind)>;

/// Puts `function` at entry to all `spots` of `binary`, and at the return from those that want it, in all
/// processes. Ending a link waits for a grace period of the kernel, so it is one link from Linux 6.13 on, two (entries,
/// returns) from 6.6 on; older kernels get one for each place. Cookies need 5.15. Throws as attach() does.
std::vector<Link> attach_uprobes(const LoadProgram& load, const std::string& function,
                                 const std::filesystem::path& binary, const std::vector<UprobeSpot>& spots);

/// The functions that `point` stands for, by address; more than one if it is a pattern, and then
/// bpf_get_attach_cookie() (Linux 5.15) gives a program that is attached there the function's number in this list,
/// from 1. An address has no name. Throws as attach() does.
std::vector<std::string> functions_of(const Uprobe& point);

/// What a program must be loaded as to be attached at `point`, on this kernel.
ProgramKind program_kind(const AttachPoint& point);

/// Attaches. Throws Error(Stage::attach): the file is not there or not ELF, the symbol is missing (near matches are in
/// the hint), the kernel lacks this kind of attach point (Exit::cannot_run, with the config option it would need).
Link attach(const Program& program, const AttachPoint& point);

}  // namespace sonda
