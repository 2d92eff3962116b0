// One process's code: what it has mapped, read once and again when that is out of date.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "elf/mapped_files.h"

namespace sonda {

struct Module;

/// The executable mappings of `pid`, ascending; none if it is gone, or a kernel thread.
std::vector<Mapping> read_code_mappings(pid_t pid);

class ProcessMaps {
 public:
  struct Entry {
    Mapping mapping;
    std::shared_ptr<const Module> module;
    bool asked = false;  ///< for its module, which may be null all the same
  };

  explicit ProcessMaps(pid_t pid);

  bool empty() const noexcept { return entries_.empty(); }
  std::vector<Entry>& entries() noexcept { return entries_; }
  /// The mapping with `address`, or null. Looks again, some times a second at most, if there is none, or if the process
  /// is not the one that it was; what was read of one that is gone stays.
  Entry* find(std::uint64_t address);

 private:
  using Clock = std::chrono::steady_clock;
  Entry* holding(std::uint64_t address);
  void refresh_if_changed();
  void read();

  pid_t pid_;
  std::string identity_;
  std::vector<Entry> entries_;
  Clock::time_point read_at_, checked_at_;
};

}  // namespace sonda
