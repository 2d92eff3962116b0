// Where a program can be attached: one type for each kind of attach point, and their text form.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

namespace sonda {

/// Every process, in options that can name one.
inline constexpr pid_t all_pids = -1;

/// A named function of a binary or of the kernel, and a byte offset into it.
struct Symbol {
  std::string name;
  std::uint64_t offset = 0;
  bool operator==(const Symbol&) const = default;
};

/// An address: in a binary a virtual address as its symbol table has it, in the kernel an absolute address.
struct Address {
  std::uint64_t value = 0;
  bool operator==(const Address&) const = default;
};

using Place = std::variant<Symbol, Address>;

/// Entry to (or, with `on_return`, return from) a place in a user-space binary.
struct Uprobe {
  std::filesystem::path binary;
  Place place;
  bool on_return = false;
  pid_t pid = all_pids;
  bool operator==(const Uprobe&) const = default;
};

/// Entry to (or return from) a place in the kernel.
struct Kprobe {
  Place place;
  bool on_return = false;
  bool operator==(const Kprobe&) const = default;
};

struct Tracepoint {
  std::string category, name;
  bool operator==(const Tracepoint&) const = default;
};

struct RawTracepoint {
  std::string name;
  bool operator==(const RawTracepoint&) const = default;
};

/// Sample every `count` events: with 1, each one, exactly.
struct Every {
  std::uint64_t count = 1;
  bool operator==(const Every&) const = default;
};

/// Let the kernel steer the period towards `hertz` samples a second: an estimate, not a count.
struct Frequency {
  std::uint64_t hertz = 49;
  bool operator==(const Frequency&) const = default;
};

using Sampling = std::variant<Every, Frequency>;

inline Sampling every(std::uint64_t count) { return Every{count}; }
inline Sampling frequency(std::uint64_t hertz) { return Frequency{hertz}; }

/// Which perf event: `type` and `config` of perf_event_open(2).
struct PerfEventId {
  std::uint32_t type = 0;
  std::uint64_t config = 0;
  bool operator==(const PerfEventId&) const = default;
};

/// The kernel's software events (linux/perf_event.h, PERF_COUNT_SW_*).
namespace software {
inline constexpr PerfEventId cpu_clock{1, 0}, task_clock{1, 1}, page_faults{1, 2}, context_switches{1, 3},
    cpu_migrations{1, 4}, page_faults_min{1, 5}, page_faults_maj{1, 6}, alignment_faults{1, 7}, emulation_faults{1, 8};
}  // namespace software

/// A perf event on every CPU that is online, or on `cpu`; of every process, or of `pid` and its threads-to-be.
struct PerfEvent {
  PerfEventId event;
  Sampling sampling = Every{1};
  pid_t pid = all_pids;
  int cpu = -1;
  bool operator==(const PerfEvent&) const = default;
};

using AttachPoint = std::variant<Uprobe, Kprobe, Tracepoint, RawTracepoint, PerfEvent>;

/// Reads bpftrace's notation: `uprobe:PATH:SYMBOL+OFF`, `uretprobe:PATH:0xADDRESS`, `kprobe:NAME`, `kretprobe:NAME`,
/// `tracepoint:CATEGORY:NAME`, `rawtracepoint:NAME`, `software:EVENT:PERIOD`, `hardware:EVENT:PERIOD`,
/// `profile:hz:N`. Throws Error(Stage::source) that names the word which is wrong and, in the hint, what is possible.
AttachPoint parse_attach_point(std::string_view text);

/// The same notation, back.
std::string to_string(const AttachPoint& point);

}  // namespace sonda
