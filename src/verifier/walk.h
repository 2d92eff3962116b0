// The instructions on the way to a rejection, and where a value on it came from.
#pragma once

#include <linux/bpf.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sonda/image.h"
#include "verifier/trace.h"

namespace sonda {

/// The line of the user's file that `instruction` belongs to; nullptr if it is not known.
const LineRecord* line_of(const ProgramSpec& spec, int instruction);

/// The path to the last step of a trace, instruction by instruction. What it is made of must outlive it.
class Walk {
 public:
  Walk(const Trace& trace, const ProgramSpec& spec);

  bool empty() const noexcept { return path_.empty(); }
  std::size_t size() const noexcept { return path_.size(); }
  /// The step of the trace at `at` of the path.
  const TraceStep& step(std::size_t at) const { return trace_.steps[path_[at]]; }
  std::size_t index(std::size_t at) const { return path_[at]; }
  const bpf_insn& instruction(std::size_t at) const { return spec_.instructions[step(at).instruction]; }
  /// Which byte of the stack, counted from its top, the register points to before the step; nothing if to none.
  std::optional<int> stack_offset(std::size_t at, int reg) const;
  /// Whether the step is a branch.
  bool is_branch(std::size_t at) const;
  /// Whether the branch was taken; nothing if that cannot be told.
  std::optional<bool> jumped(std::size_t at) const;
  /// The user's line of the step; nullptr if it is not known.
  const LineRecord* line(std::size_t at) const;
  /// The last time that the instruction was walked.
  std::optional<std::size_t> last_at(std::uint32_t instruction) const;

 private:
  static constexpr std::int16_t nowhere = INT16_MAX;
  using Offsets = std::array<std::int16_t, 11>;
  static Offsets follow(const Offsets& before, const bpf_insn& instruction);

  const Trace& trace_;
  const ProgramSpec& spec_;
  std::vector<std::size_t> path_;
  std::vector<Offsets> offsets_;
};

/// Where a value came from.
struct Slice {
  std::vector<std::size_t> steps;     ///< places on the walk that made it what it was, in their order
  std::optional<std::size_t> origin;  ///< the first of them; nothing if it was there from the beginning
};

/// Follows the value of register `reg` back from before `at`, through copies, arithmetic and the stack, to the call,
/// the load or the constant that it came from.
Slice slice_back(const Walk& walk, std::size_t at, int reg);

}  // namespace sonda
