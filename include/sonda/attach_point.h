// Where a program can be attached: one type for each kind of attach point, and their text form.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sonda {

/// Every process, in options that can name one.
inline constexpr pid_t all_pids = -1;

/// A named function of a binary or of the kernel, and a byte offset into it. Where an attach point may have several
/// places, a name with `*`, `?` or `[...]` is a pattern and means every function that matches it.
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

/// Entry to (or, with `on_return`, return from) a place in a user-space binary. A `binary` without a slash is the name
/// of a program in PATH or of a library ("c", "libc", "libssl.so.3").
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

/// Entry to (or return from) a function of the kernel, through BTF: the program gets its arguments by type.
struct Fentry {
  std::string function;
  bool on_return = false;
  std::string module;  ///< empty: the kernel itself, or whichever module has it
  bool operator==(const Fentry&) const = default;
};

/// A function of the kernel that lets programs decide what it gives: before it, with its arguments by type. What is not
/// 0 is returned in its place. Those that allow error injection do, and security_*.
struct ModifyReturn {
  std::string function;
  bool operator==(const ModifyReturn&) const = default;
};

/// A hook of the kernel's security modules.
struct Lsm {
  std::string hook;
  bool operator==(const Lsm&) const = default;
};

/// A program that runs once for each object of a kind (task, task_file, bpf_map, ...) when it is read.
struct Iterator {
  std::string target;
  bool operator==(const Iterator&) const = default;
};

/// A statically defined place in a binary (sys/sdt.h). `binary` as of an Uprobe.
struct Usdt {
  std::filesystem::path binary;
  std::string provider;  ///< empty: any
  std::string name;
  pid_t pid = all_pids;
  bool operator==(const Usdt&) const = default;
};

/// `category` and `name` may be patterns.
struct Tracepoint {
  std::string category, name;
  bool operator==(const Tracepoint&) const = default;
};

struct RawTracepoint {
  std::string name;
  bool operator==(const RawTracepoint&) const = default;
};

/// The same through BTF: the program gets the tracepoint's arguments by type.
struct BtfTracepoint {
  std::string name;
  bool operator==(const BtfTracepoint&) const = default;
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

/// Every `nanoseconds`, on one CPU.
struct Interval {
  std::uint64_t nanoseconds = 0;
  bool operator==(const Interval&) const = default;
};

/// The CPU's debug registers: an access to memory of the kernel or, with a pid, of a process.
struct Watchpoint {
  Place place;               ///< a Symbol is one of the kernel's
  std::uint32_t length = 8;  ///< bytes: 1, 2, 4 or 8
  bool reads = false, writes = true, executes = false;
  pid_t pid = all_pids;
  bool operator==(const Watchpoint&) const = default;
};

/// Packets that a network interface receives, before the kernel's network stack. Driver mode where the interface has
/// it, else generic.
struct Xdp {
  enum class Mode : std::uint8_t { automatic, native, generic };
  std::string interface;
  Mode mode = Mode::automatic;
  bool operator==(const Xdp&) const = default;
};

/// Packets in the traffic control of an interface, beside the filters that are there.
struct Tc {
  std::string interface;
  bool egress = false;
  bool operator==(const Tc&) const = default;
};

/// Packets as a raw socket on `interface` sees them, both ways.
struct SocketFilter {
  std::string interface;
  bool operator==(const SocketFilter&) const = default;
};

/// What the processes of a cgroup, and of those below it, do.
struct Cgroup {
  std::filesystem::path path;  ///< of the cgroup v2 folder
  std::string hook;            ///< "ingress", "connect4", "device", ...: docs/attach-network.md lists them
  bool operator==(const Cgroup&) const = default;
};

using AttachPoint = std::variant<Uprobe, Kprobe, Fentry, ModifyReturn, Lsm, Iterator, Usdt, Tracepoint, RawTracepoint,
                                 BtfTracepoint, PerfEvent, Interval, Watchpoint, Xdp, Tc, SocketFilter, Cgroup>;

/// Reads bpftrace's notation, here with what Sonda adds to it:
/// `uprobe:PATH:SYMBOL+OFF`, `uretprobe:PATH:0xADDRESS`, `usdt:PATH:PROVIDER:NAME`, `kprobe:NAME+OFF`,
/// `kretprobe:NAME`, `fentry:NAME` or `fentry:MODULE:NAME`, `fexit:NAME`, `fmod_ret:NAME`, `lsm:HOOK`, `iter:TARGET`,
/// `tracepoint:CATEGORY:NAME`, `rawtracepoint:NAME`, `btftracepoint:NAME`, `software:EVENT:PERIOD`,
/// `hardware:EVENT:PERIOD`, `profile:hz:N` (also s, ms, us), `interval:s:N` (also ms, us, hz),
/// `watchpoint:0xADDRESS:LENGTH:rwx`, `xdp:INTERFACE`, `xdp:INTERFACE:native|generic`, `tc:INTERFACE:ingress|egress`,
/// `socket:INTERFACE`, `cgroup:PATH:HOOK`. ` pid=N` after it limits those to one process that can be, ` cpu=N` a perf
/// event to one CPU. Throws Error(Stage::source) that names the word which is wrong and, in the hint, what is possible.
AttachPoint parse_attach_point(std::string_view text);

/// Whether the name is a pattern.
bool is_pattern(std::string_view name);

/// The pid that the attach point is limited to, to be set; null for kinds of points that see every process.
pid_t* process_of(AttachPoint& point);

/// The attach point that BCC's naming conventions give a function: `kprobe__NAME`, `kretprobe__NAME`,
/// `tracepoint__CATEGORY__NAME`, `raw_tracepoint__NAME`, `kfunc__MODULE__NAME`, `kretfunc__...`, `lsm__HOOK`,
/// `bpf_iter__TARGET`, `syscall__NAME`; and so the functions that TRACEPOINT_PROBE and its like make. Nothing for any
/// other name.
std::optional<AttachPoint> conventional_point(std::string_view function);

/// The same notation, back.
std::string to_string(const AttachPoint& point);

}  // namespace sonda
