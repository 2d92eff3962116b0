// What the user sees: rows by interval or at the end, and the total with its check.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "report/writer.h"
#include "tools/pagefaultcount/counts.h"
#include "tools/pagefaultcount/settings.h"

namespace sonda::pagefaultcount {

/// Everything that the last line says.
struct Total {
  Faults rows, filtered_out, refused, kernel;
  Faults first_process;      ///< of process 1 by its own counters, if it is in no row; else none
  std::uint64_t groups = 0;  ///< rows that there are, whether shown or not
  std::chrono::nanoseconds ran{};
  bool estimate = false;

  Faults counted() const {
    auto sum = rows;
    sum += filtered_out;
    return sum += refused;
  }
  bool agrees() const { return counted() == kernel; }
  /// Whether the faults of process 1 are at least what differs.
  bool hides_first_process() const {
    const auto sum = counted();
    return sum.min <= kernel.min && sum.maj <= kernel.maj && kernel.min - sum.min <= first_process.min &&
           kernel.maj - sum.maj <= first_process.maj;
  }
};

/// "10", "0.5": seconds without needless digits.
std::string seconds_text(std::chrono::nanoseconds duration);

/// The total as lines of prose, without their ends.
std::vector<std::string> describe(const Total& total, const Settings& settings);

class View {
 public:
  /// Both are borrowed.
  View(report::Output& output, const Settings& settings);

  void opening_line();
  /// The rows of interval `number` (from 1), which ended `at` after the start.
  void interval(const Summary& summary, std::uint64_t number, std::chrono::nanoseconds at);
  /// The rows of the whole run, or of an interval that was begun.
  void rows(const Summary& summary, std::uint64_t interval = 0);
  void total(const Total& total);

 private:
  const Settings* settings_;
  report::Writer writer_;
};

}  // namespace sonda::pagefaultcount
