// Counting in the kernel: the probe, its two events, and what its maps hold.
#pragma once

#include "attach/counter.h"
#include "sonda/probe.h"
#include "tools/pagefaultcount/counts.h"
#include "tools/pagefaultcount/settings.h"

namespace sonda::pagefaultcount {

/// Everything that was counted since the start.
struct Reading {
  Counts counts;
  Faults refused;  ///< found no room in the full map
  Reading& operator+=(const Reading& other);
};

/// The probe on both events. Every method throws sonda::Error.
class Counter {
 public:
  Counter(Probe probe, const Settings& settings);

  void enable();
  /// After this a reading is final.
  void disable() noexcept;
  Reading read() const;
  /// What the kernel itself counted; final after disable().
  Faults kernel_count() const { return {minor_.kernel_count(), major_.kernel_count()}; }

  Probe& probe() noexcept { return probe_; }
  /// For the probe's edits: layouts are checked before anything changes, and what a map holds that is made anew goes on
  /// counting here. Borrows this.
  ReloadOptions reload_options();

 private:
  bool classic_;
  Reading before_;  // what maps held that edits replaced
  Probe probe_;
  CountedPerfEvent minor_, major_;
};

}  // namespace sonda::pagefaultcount
