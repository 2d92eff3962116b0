// What the screen shows, as text, JSON or CSV.
#pragma once

#include <cstdint>
#include <vector>

#include "cli/top/entries.h"
#include "cli/top/list.h"
#include "cli/top/rates.h"
#include "cli/top/top.h"
#include "present/output.h"
#include "report/json_line.h"

namespace sonda::top {

/// The entries of one map.
struct WatchedMap {
  std::uint32_t id = 0;
  const EntryTracker* tracker = nullptr;
};

/// Throws Error(Stage::usage) if what is to be shown has no such column.
void require_column(const TopOptions& options, const EntryTracker* entries);

class Snapshots {
 public:
  /// Borrows both.
  Snapshots(report::Output& output, const TopOptions& options) : output_(output, options.format), options_(options) {}

  /// `map`: the one that was asked for, or null. Throws what report::Output throws.
  void print(const Comparison& comparison, const WatchedMap* map);

 private:
  ListView rows(const Comparison& comparison, const WatchedMap* map) const;
  std::vector<report::Json> objects(const Comparison& comparison, const WatchedMap* map, const ListView& rows) const;
  void print_text(const Comparison& comparison, const ListView& rows);
  void print_csv(const std::vector<report::Json>& objects);
  void print_json(const Comparison& comparison, const WatchedMap* map, const std::vector<report::Json>& objects);

  present::TableOutput output_;
  const TopOptions& options_;
  std::uint64_t number_ = 0;
};

}  // namespace sonda::top
