// What happened between two looks at the machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "inspect/machine.h"

namespace sonda::top {

/// The last values of something that is measured again and again.
class History {
 public:
  static constexpr std::size_t most = 256;  ///< older values go

  void add(double value) {
    if (values_.size() == most) values_.erase(values_.begin());
    values_.push_back(value);
  }
  std::span<const double> values() const noexcept { return values_; }

 private:
  std::vector<double> values_;  // oldest first
};

/// One program's part of an interval.
struct ProgramRates {
  std::uint64_t runs = 0, nanoseconds = 0, missed = 0;  ///< within the interval
  double seconds = 0;                                   ///< its length
  double runs_per_second() const { return static_cast<double>(runs) / seconds; }
  std::optional<double> ns_per_run() const {
    return runs == 0 ? std::nullopt : std::optional(static_cast<double>(nanoseconds) / static_cast<double>(runs));
  }
  double cpu_percent() const { return static_cast<double>(nanoseconds) / seconds / 1e7; }  ///< of one CPU
};

/// Two looks, and what comes of them.
class Comparison {
 public:
  void add(MachineState state);

  const MachineState& now() const noexcept { return now_; }
  /// Seconds between the two looks; 0 after the first one.
  double seconds() const noexcept { return seconds_; }
  /// Nothing if there was only one look, or if the kernel does not measure.
  std::optional<ProgramRates> rates(const ProgramState& program) const;
  /// All programs together; nothing as above.
  std::optional<ProgramRates> total() const;

  const ProgramState* program(std::uint32_t id) const;
  const MapState* map(std::uint32_t id) const;
  /// Runs per second, interval by interval; null if there is none.
  const History* history(std::uint32_t program) const;

 private:
  MachineState now_;
  std::unordered_map<std::uint32_t, ProgramCounts> before_;
  std::unordered_map<std::uint32_t, History> histories_;
  bool has_before_ = false;
  double seconds_ = 0;
};

/// "12.3k", "1.25M"; of small numbers one decimal.
std::string short_number(double value);
/// "512 B", "1.2 MiB" without the blank: for narrow columns.
std::string short_bytes(std::uint64_t bytes);
/// "3s", "12m", "5h", "9d".
std::string short_age(double seconds);
/// "1204", "~1.2M", ">=16.4k", "?".
std::string fill_text(const Fill& fill);
/// How full the map is, in percent; nothing if that is not known.
std::optional<double> fill_percent(const MapState& map);
/// "bash[123]", and how many others.
std::string holders_text(const std::vector<Holder>& holders);
/// Seconds since the program was loaded.
double age_of(const ProgramFacts& program);

}  // namespace sonda::top
