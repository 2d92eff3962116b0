// A program at its attach point.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sonda/attach_point.h"
#include "sonda/fd.h"
#include "sonda/map.h"

namespace sonda {

/// Holds a program at its attach point. Move-only; detaches when destroyed. The kernel detaches it too if the process
/// dies, so nothing is ever left behind.
class Link {
 public:
  Link(AttachPoint point, std::string function, std::vector<UniqueFd> events, std::vector<UniqueFd> links)
      : point_(std::move(point)),
        function_(std::move(function)),
        events_(std::move(events)),
        links_(std::move(links)) {}

  const AttachPoint& point() const noexcept { return point_; }
  const std::string& function() const noexcept { return function_; }
  /// Detaches now. Idempotent.
  void detach() noexcept {
    links_.clear();
    events_.clear();
  }
  bool attached() const noexcept { return !links_.empty() || !events_.empty(); }

 private:
  AttachPoint point_;
  std::string function_;
  std::vector<UniqueFd> events_;  // perf events: one for each CPU, or one
  std::vector<UniqueFd> links_;   // BPF links, which hold the program at them; closed first
};

/// One of several places in a binary that a program is put at together.
struct UprobeSpot {
  std::uint64_t address = 0;  ///< virtual, of a function's first instruction
  std::uint64_t cookie = 0;   ///< what bpf_get_attach_cookie() gives the program there
};

/// Puts `function` of `image` at entry to (or, with `on_return`, return from) all `spots` of `binary`, in all
/// processes. Kernels from 6.6 on do that in one step, which when it ends waits for the kernel's grace period once
/// instead of twice for each spot; others get an event for each. Cookies need 5.15. Throws as attach() does.
Link attach_uprobes(LoadedImage& image, const std::string& function, const std::filesystem::path& binary,
                    const std::vector<UprobeSpot>& spots, bool on_return = false);

/// The type a program must have to be attached at `point`.
bpf_prog_type program_type(const AttachPoint& point);

/// Attaches. Throws Error(Stage::attach): the file is not there or not ELF, the symbol is missing (near matches are in
/// the hint), the kernel lacks this kind of attach point (Exit::cannot_run, with the config option it would need).
Link attach(const Program& program, const AttachPoint& point);

}  // namespace sonda
