// Page faults as they are counted and as they are shown. No kernel here.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonda::pagefaultcount {

/// Numbers of faults; also as the probe lays them out.
struct Faults {
  std::uint64_t min = 0, maj = 0;
  std::uint64_t all() const noexcept { return min + maj; }
  Faults& operator+=(const Faults& other) noexcept {
    min += other.min;
    maj += other.maj;
    return *this;
  }
  bool operator==(const Faults&) const = default;
};

/// A task on a CPU, under one of its names (exec and prctl change it). Names are raw bytes.
struct TaskOnCpu {
  std::uint32_t tid = 0, tgid = 0, cpu = 0;
  std::string name;
  auto operator<=>(const TaskOnCpu&) const = default;
};

using Counts = std::map<TaskOnCpu, Faults>;

enum class Grouping : unsigned char { task, process, name, cpu, total };

/// "task", "process", "name", "cpu" or "total"; nothing for any other word.
std::optional<Grouping> parse_grouping(std::string_view text);

enum class Order : unsigned char { faults, minor, major };

/// Which tasks are wanted; those not wanted are counted all the same.
struct Filter {
  std::vector<std::uint32_t> pids;  ///< of processes or of threads; empty: all
  std::optional<std::string> name;  ///< whole, or its first 15 bytes as the kernel keeps it
  bool wants(const TaskOnCpu& task) const;
};

/// One line to be: what is not of its grouping is empty.
struct Group {
  std::optional<std::uint32_t> pid, tgid, cpu;
  std::optional<std::string> name;
  Faults faults;
  bool operator==(const Group&) const = default;
};

struct Summary {
  std::vector<Group> groups;   ///< sorted: by faults, then by pid, CPU and name
  Faults shown, filtered_out;  ///< all faults in `groups`; those of tasks that the filter left out
};

/// Puts counts together. A group without any fault is left out, except the one of Grouping::total. A process has the
/// name of its main thread with the most faults, or else of any thread with the most.
Summary summarize(const Counts& counts, const Filter& filter, Grouping by, Order order);

/// Counts that only grow. A reading taken while the programs run can miss what moves at that moment from a CPU's array
/// to the hash, or finds no room in it, but never has too much: the larger of two readings is the truer one.
class Tally {
 public:
  /// Takes a reading of everything since the start.
  void take(const Counts& reading);
  /// Takes the last one, which is exact.
  void settle(Counts reading) { all_ = std::move(reading); }
  /// What has come since the last call.
  Counts news();
  const Counts& all() const noexcept { return all_; }

 private:
  Counts all_, told_;
};

/// The fields minflt and majflt of a /proc/PID/stat (proc(5)); nothing if the text is not such a one.
std::optional<Faults> faults_in_stat(std::string_view text);

/// Process 1, which kernels of some sandboxes hide from BPF: its faults by its own counters.
class FirstProcess {
 public:
  /// Since this was made; none if /proc does not tell.
  Faults so_far() const;

 private:
  static std::optional<Faults> now();
  std::optional<Faults> before_ = now();
};

}  // namespace sonda::pagefaultcount
