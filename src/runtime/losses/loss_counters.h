// Counts, in the kernel, each call of a program that failed and lost something by it; the program knows nothing of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/losses/lossy_calls.h"
#include "sonda/fd.h"
#include "sonda/ledger.h"
#include "sonda/loaded_image.h"
#include "sonda/map.h"
#include "sonda/probe_source.h"

namespace sonda {

/// One number for each cause of each call, in an array of its own. A call costs one jump more; only one that fails
/// goes on to add.
class LossCounters {
 public:
  /// For all programs of the image. Where the kernel makes no such map, nothing is counted.
  explicit LossCounters(const Image& image);

  /// The program, as that image has it, with counting put in. Nothing if it loses nothing, or is too long for it.
  std::optional<ProgramSpec> with_counting(const ProgramSpec& program) const;

  bool counts() const noexcept { return static_cast<bool>(map_); }
  /// Whether the program calls anything that can lose something.
  bool has_calls(const std::string& program) const;

  /// Adds what was counted so far to `losses`, a call at a line once for each reason. `maps` are those of the image,
  /// as they are in the kernel; `file` is the probe's name.
  void add_to(std::vector<Loss>& losses, const std::vector<std::shared_ptr<Map>>& maps, const std::string& file) const;

 private:
  struct Function {
    std::string name;
    std::uint32_t first = 0;  ///< index of its first number
    std::vector<LossyCall> calls;
  };
  const Function* find(const std::string& program) const;

  std::vector<Function> functions_;  ///< those that have calls
  std::uint32_t numbers_ = 0;
  UniqueFd map_;
};

/// Whether the kernel, too, counts what was lost so: in the perf buffer.
bool is_full_perf_buffer(const Loss& loss);

/// Adds what the programs of `loaded` have lost to `losses`, but for the quiet lines of their source. Returns how many
/// events those lines lost to full perf buffers. Throws Error(Stage::read).
std::uint64_t take_losses(std::vector<Loss>& losses, const LoadedImage& loaded, const ProbeSource& source);

}  // namespace sonda
