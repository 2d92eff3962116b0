// At level 1 the kernel winds the log back to a branch when the path after it was fine, so that lines follow each other
// as the path does. At level 2 a path is taken up again by "from A to B", always the one put off last.
#include "verifier/trace.h"

#include <algorithm>

#include "verifier/log.h"

namespace sonda {
namespace {

constexpr std::uint32_t most_frames = 8;  // MAX_CALL_FRAMES of the kernel

bool ends_function(const TraceStep& step) { return step.opcode == "95"; }

/// Walks the log a line at a time.
class TraceReader {
 public:
  explicit TraceReader(Trace& trace) : trace_(trace) {}

  /// False when the summary was seen.
  bool take(const LogLine& line) {
    in_report_ = in_report_ || line.kind == LogLineKind::report;
    if (in_report_) return line.kind != LogLineKind::summary;
    switch (line.kind) {
      case LogLineKind::instruction:
        take_instruction(line);
        break;
      case LogLineKind::annotation:
        trace_.annotations.push_back({line.file, line.line, line.text});
        break;
      case LogLineKind::jump:
        take_jump(line);
        break;
      case LogLineKind::state:
        take_state(line);
        break;
      case LogLineKind::safe:
        take_safe(line);
        break;
      case LogLineKind::caller:
      case LogLineKind::returning:
        bare_ = Bare::passed_over;
        break;
      case LogLineKind::callee:
      case LogLineKind::to_caller:
        bare_ = Bare::before_next;
        break;
      case LogLineKind::validating:
        start_anew();
        break;
      case LogLineKind::summary:
        return false;
      default:
        break;
    }
    return true;
  }

 private:
  /// What a line of states without a number is about.
  enum class Bare : std::uint8_t { after_last, before_next, passed_over };

  std::int32_t last() const { return static_cast<std::int32_t>(trace_.steps.size()) - 1; }

  void start_anew() {
    previous_ = TraceStep::none;
    before_ = {};
    jumped_ = false;
    frame_ = 0;
  }

  void take_instruction(const LogLine& line) {
    TraceStep step{.instruction = *line.number, .opcode = line.opcode, .text = line.text};
    step.annotation = static_cast<std::int32_t>(trace_.annotations.size()) - 1;
    step.previous = previous_;
    step.came_by_jump = jumped_;
    step.before = before_;
    step.frame = before_.empty() ? frame_ : frame_of_states(before_);
    before_ = {};
    jumped_ = false;
    bare_ = Bare::after_last;
    if (line.state_number) {
      before_ = line.state;
      jumped_ = true;
    } else {
      step.after = line.state;
      if (!line.state.empty()) step.frame = frame_of_states(line.state);
    }
    frame_ = next_frame(step);
    taken_up_.push_back(false);
    trace_.steps.push_back(step);
    previous_ = search_ = last();
  }

  static std::uint32_t next_frame(const TraceStep& step) {
    if (step.opcode == "85" && step.text.starts_with("call pc")) return std::min(step.frame + 1, most_frames);
    if (ends_function(step) && step.frame > 0) return step.frame - 1;
    return step.frame;
  }

  void take_jump(const LogLine& line) {
    previous_ = put_off_at(*line.from);
    before_ = line.state;
    jumped_ = true;
    bare_ = Bare::passed_over;
  }

  void take_state(const LogLine& line) {
    if (line.number) {
      // Messages stood between an instruction and what is known after it. Not the state that "from A to B" has shown.
      if (before_.empty() || !jumped_) before_ = line.state;
    } else if (bare_ == Bare::before_next) {
      before_ = line.state;
    } else if (bare_ == Bare::after_last && !trace_.steps.empty() && trace_.steps.back().after.empty()) {
      trace_.steps.back().after = line.state;
      trace_.steps.back().after_is_all = true;
    }
  }

  void take_safe(const LogLine& line) {
    trace_.pruned.push_back({line.from ? put_off_at(*line.from) : previous_, *line.number});
    previous_ = TraceStep::none;
  }

  /// The step at which the path was put off that is taken up now: the last one of that number on the present path that
  /// was not taken up yet. What comes after it on that path is done with, so no step is looked at twice.
  std::int32_t put_off_at(std::uint32_t instruction) {
    for (auto at = search_; at != TraceStep::none;) {
      const auto index = static_cast<std::size_t>(at);
      const auto& step = trace_.steps[index];
      if (step.instruction == instruction && !taken_up_[index]) {
        taken_up_[index] = true;
        search_ = step.previous;
        return at;
      }
      at = step.previous;
    }
    search_ = TraceStep::none;
    return TraceStep::none;
  }

  Trace& trace_;
  bool in_report_ = false;
  std::int32_t previous_ = TraceStep::none;
  std::string_view before_;
  bool jumped_ = false;
  std::uint32_t frame_ = 0;
  Bare bare_ = Bare::after_last;
  std::vector<bool> taken_up_;             ///< for each step: a path that was put off there has been walked since
  std::int32_t search_ = TraceStep::none;  ///< from here back there are paths put off
};

/// Whether a log begins as a whole one does: with the first instruction or what stands above it.
bool begins_whole(const LogLine& line) {
  switch (line.kind) {
    case LogLineKind::instruction:
    case LogLineKind::state:
      return line.number == 0U;
    case LogLineKind::jump:
    case LogLineKind::safe:
      return false;
    default:
      return true;
  }
}

}  // namespace

Trace read_trace(std::string log) {
  Trace trace;
  trace.log = std::make_shared<const std::string>(std::move(log));
  trace.cut_at_end = true;
  TraceReader reader(trace);
  std::string_view rest = *trace.log;
  for (bool first = true; !rest.empty(); first = false) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = read_log_line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    // A line that is left of a longer one may look like another.
    if (first && !begins_whole(line)) {
      trace.cut_at_front = true;
      continue;
    }
    if (!reader.take(line)) {
      trace.cut_at_end = false;
      break;
    }
  }
  return trace;
}

std::vector<std::size_t> Trace::path_to(std::size_t step) const {
  std::vector<std::size_t> path;
  for (auto at = static_cast<std::int32_t>(step); at != TraceStep::none;
       at = steps[static_cast<std::size_t>(at)].previous)
    path.push_back(static_cast<std::size_t>(at));
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace sonda
