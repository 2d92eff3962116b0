// The entries of one map, watched.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/top/rates.h"
#include "inspect/map_rows.h"

namespace sonda::top {

class EntryTracker {
 public:
  explicit EntryTracker(Map map) : rows_(std::move(map)) {}

  struct Entry {
    std::size_t row = 0;  ///< in content()
    double number = 0;
    std::optional<double> per_second;
  };

  /// Reads the map again, but spends no more than a tenth of the time on it. `now`: even so. What goes wrong is in
  /// problem().
  void update(bool now = false);
  const std::string& problem() const noexcept { return problem_; }
  const MapRows& map() const noexcept { return rows_; }
  const MapContent& content() const noexcept { return content_; }

  /// Which of map().measures() is counted; the next one, around.
  std::size_t measure() const noexcept { return measure_; }
  void next_measure();

  /// One for each row of content(); without a number, if the map's values have none, all are 0 without a rate.
  const std::vector<Entry>& entries() const noexcept { return entries_; }
  /// The rate of any measure, for scripts.
  std::optional<double> rate(std::size_t row, std::size_t measure) const;
  /// The row of content() with this key.
  std::optional<std::size_t> find(const std::string& key_bytes) const;
  double total() const noexcept { return total_; }
  std::optional<double> total_per_second() const noexcept { return total_per_second_; }
  const History& total_history() const noexcept { return total_history_; }
  /// Rates of one entry. In a map of more than 1024 entries only that of `follow`ed ones is kept, from then on.
  const History* history(const std::string& key_bytes) const;
  void follow(const std::string& key_bytes) { followed_ = key_bytes; }

 private:
  void compare();

  MapRows rows_;
  MapContent content_;
  std::string problem_, followed_;
  std::size_t measure_ = 0;
  std::chrono::steady_clock::time_point read_at_, due_;
  double seconds_ = 0;
  bool first_ = true, before_cut_ = false;
  // The last two looks, as many numbers for each entry as there are measures.
  std::unordered_map<std::string, std::size_t> index_, index_before_;
  std::vector<double> numbers_, numbers_before_;
  std::vector<Entry> entries_;
  double total_ = 0;
  std::optional<double> total_per_second_;
  History total_history_;
  std::unordered_map<std::string, History> histories_;
};

}  // namespace sonda::top
