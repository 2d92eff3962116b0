// Values shown as what they stand for: `// @show FIELD as KIND`.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sonda/map.h"
#include "sonda/probe_source.h"
#include "sonda/record.h"
#include "sonda/schema.h"
#include "sonda/symbols.h"

namespace sonda {

/// The names of processes, also of those that were seen before they ended.
class ProcessNames {
 public:
  /// The name that /proc shows for `pid`; the last one seen if it is gone; "<PID>" if it never was seen. Raw bytes.
  std::string find(pid_t pid);

 private:
  std::unordered_map<pid_t, std::string> seen_;
};

/// What showing needs to know, kept for a whole run.
struct ShowResources {
  KernelSymbols kernel;
  ProcessSymbols processes;
  ProcessNames names;
  std::unordered_map<std::uint64_t, std::string> users, cgroups;  ///< their names, by id; empty: there is none
  std::int64_t boot_time = clock_offset();  ///< nanoseconds from the epoch to the zero of bpf_ktime_get_ns()

  /// CLOCK_REALTIME minus CLOCK_MONOTONIC now.
  static std::int64_t clock_offset();
};

/// What stands beside the value.
struct ShowBeside {
  std::optional<pid_t> pid;     ///< whose user addresses they are; see pid_beside()
  const Map* stacks = nullptr;  ///< for Show::stack
};

/// One function of a stack.
struct ShownFrame {
  std::string name;  ///< harmless, without offset; where only the file is known "[libc.so.6]", else "[unknown]"
  std::string text;  ///< the same with offset and module
  bool kernel = false;
  std::uint64_t offset = 0;  ///< bytes into the function; else the address in the module, or, without one, as it is
  std::string module;        ///< raw: the kernel's module, the process's file, or the build id of one that is not here
};

/// Throws Error(Stage::read), which names field, type and kind, unless values of that type can be shown so. `where` is
/// the field's name as messages show it: "events.daddr".
void require_showable(Show as, const Schema& schema, std::uint32_t type, std::string_view where);
/// The same for `option.field` of the records of `map`, which may be "a.b" for a struct inside.
/// False if `schema` has no such field.
bool require_showable(const ShowOption& option, const Schema& schema, std::string_view map);
/// Whether one value of `type` can be shown as `as`; `element` is the type of an array's elements, else null.
bool is_showable(Show as, const Type& type, const Type* element);
[[noreturn]] void refuse_showable(Show as, const Type& type, std::string_view where);

/// The process that the record itself names: its field tgid or pid, if that is a number.
std::optional<pid_t> pid_beside(const RecordView& record);

/// `field` as one line of harmless text. A stack is its functions from the innermost on, parted by " < ", or the reason
/// why there is none. Throws what require_showable throws, and what read_stack throws.
std::string show(Show as, const RecordView& field, const ShowBeside& beside, ShowResources& resources);

/// The functions of stack `id`, innermost first; where there is none, one frame whose name says why: "[no stack]".
std::vector<ShownFrame> show_stack(std::int64_t id, const ShowBeside& beside, ShowResources& resources);

/// What a number of a kind that has names (ShowKind) is called: "EACCES". Raw bytes; empty where there is no name.
std::string name_of(Show as, std::uint64_t number, ShowResources& resources);
/// A cgroup's folder below the mount of cgroup v2, by its id; empty if it is not there.
std::string cgroup_path(std::uint64_t id);
/// The number of a system call, an error, a signal, a state or a user, by its name.
std::optional<std::uint64_t> number_named(Show as, std::string_view name);
/// The number of the error that a field has as it is or, as functions return it, below 0.
std::uint64_t errno_in(std::uint64_t number) noexcept;
/// The process in what bpf_get_current_pid_tgid() returns, or in a part of that.
pid_t pid_in(std::uint64_t number) noexcept;

/// What JSON and CSV have of a field that is an amount, a time or has names: nanoseconds, bytes, nanoseconds since
/// 1970, or the name where there is one. Of an array, a list of that.
Value in_base_units(Show as, const Value& value, ShowResources& resources);
/// `number` of `factor` each; what is too large is the largest number that there is.
template <class Number>
Number in_base_units(Number number, std::uint64_t factor) noexcept {
  Number product = 0;
  if (!__builtin_mul_overflow(number, static_cast<Number>(factor), &product)) return product;
  return number < 0 ? std::numeric_limits<Number>::min() : std::numeric_limits<Number>::max();
}

/// The parts, for values that are not in a record.
std::string show_time(std::uint64_t boot_nanoseconds, std::int64_t boot_time);  ///< local time, HH:MM:SS.ffffff
std::string show_duration(std::uint64_t nanoseconds);                           ///< "12.3 us"
std::string show_bytes(std::uint64_t bytes);                                    ///< "1.2 MiB"

}  // namespace sonda
