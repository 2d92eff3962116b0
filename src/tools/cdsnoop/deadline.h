// When to end: after a time, on a signal, when nobody reads any more.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/stop.h"
#include "report/output.h"

namespace sonda::cdsnoop {

class Deadline {
 public:
  Deadline(std::optional<std::chrono::nanoseconds> duration, const report::Output& output) : output_(&output) {
    if (duration) end_ = Clock::now() + *duration;
  }

  bool passed() const { return stop_signal() != 0 || (end_ && Clock::now() >= *end_) || output_->reader_gone(); }

  /// Milliseconds to wait at most before passed() is to be asked again.
  int timeout() const {
    using std::chrono::milliseconds;
    constexpr milliseconds step(200);
    if (!end_) return static_cast<int>(step.count());
    const auto left = std::chrono::ceil<milliseconds>(*end_ - Clock::now());
    return static_cast<int>(std::clamp(left, milliseconds(0), step).count());
  }

 private:
  using Clock = std::chrono::steady_clock;
  const report::Output* output_;
  std::optional<Clock::time_point> end_;
};

}  // namespace sonda::cdsnoop
