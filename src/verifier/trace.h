// A verifier log as the steps that the verifier walked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonda {

/// One register or stack slot of the verifier, as it spells it: "R1" and "ctx()", "fp-16" and "mmmmmmmm".
struct PlaceState {
  std::string_view place, state;
  bool operator==(const PlaceState&) const = default;
};

/// What a line of states says. Marks of how a value was used ("_w", "_rD") are left out of the places; "refs=2" and the
/// like, which are no places, are left out.
std::vector<PlaceState> read_states(std::string_view text);

/// The frame that a line of states is about: N of "frameN:", else 0.
std::uint32_t frame_of_states(std::string_view text);

/// One instruction, as it was walked once. Texts are of the log.
struct TraceStep {
  static constexpr std::int32_t none = -1;

  std::uint32_t instruction = 0;
  std::string_view opcode;         ///< two hexadecimal digits
  std::string_view text;           ///< "r1 = *(u64 *)(r0 +0)"
  std::int32_t annotation = none;  ///< index into Trace::annotations: the source line that was shown last
  std::int32_t previous = none;    ///< the step before it on its path; none: a function begins, or it was cut off
  std::uint32_t frame = 0;         ///< how many calls deep
  bool came_by_jump = false;       ///< the path was put off at `previous`, a branch, and is taken up here
  std::string_view before, after;  ///< states as far as the verifier spelled them there; see TraceStates for all
  bool after_is_all = false;       ///< `after` is all that was known there, not what changed
};

/// A path that was not walked on: from there everything had been walked in a state no better.
struct PrunedPath {
  std::int32_t step = TraceStep::none;  ///< the last one walked
  std::uint32_t instruction = 0;        ///< the one that would follow
};

/// A source line above instructions.
struct Annotation {
  std::string_view file;   ///< empty before Linux 6.10, which shows the text only
  std::uint32_t line = 0;  ///< 1-based; 0 before Linux 6.10, and for code that the compiler made up
  std::string_view text;
};

struct Trace {
  std::shared_ptr<const std::string> log;  ///< what all the texts are parts of
  std::vector<TraceStep> steps;            ///< in the order of the log
  std::vector<PrunedPath> pruned;
  std::vector<Annotation> annotations;
  bool cut_at_front = false;  ///< a kernel from 6.4 on keeps the end of a log that is too long
  bool cut_at_end = false;    ///< an older one its beginning; also if there never was an end

  /// The steps from the beginning of its function (or of what is left of it) to `step`, that one included.
  std::vector<std::size_t> path_to(std::size_t step) const;
};

/// Reads a log of level 1 or 2 of any kernel from 5.10 on. At level 1 the log holds the path to the end alone, since
/// the kernel takes paths back that were fine; at level 2 it holds all of them. Any bytes are safe to give: what is not
/// understood is passed over.
Trace read_trace(std::string log);

/// What was known at each step, put together from what the verifier spells out, which is what changed. Steps are best
/// asked for in their order; each costs little then. The trace must outlive it.
class TraceStates {
 public:
  explicit TraceStates(const Trace& trace) : trace_(trace) {}
  /// Registers and stack slots of the step's frame before and after it, registers first. What the verifier did not
  /// mention is not there.
  const std::vector<PlaceState>& before(std::size_t step);
  const std::vector<PlaceState>& after(std::size_t step);

 private:
  using Frame = std::vector<PlaceState>;
  void go_to(std::size_t step);
  void enter(std::size_t step);
  void leave(std::size_t step);
  Frame& frame(std::uint32_t number);

  const Trace& trace_;
  std::optional<std::size_t> at_;  ///< frames_ is what was known before it, or after it
  bool after_ = false;
  std::vector<Frame> frames_;
};

/// The state of `place` among `states`; nothing if it is not there.
std::optional<std::string_view> state_of(const std::vector<PlaceState>& states, std::string_view place);

}  // namespace sonda
