// Values shown as what they stand for: `// @show FIELD as KIND`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "read/process_names.h"
#include "sonda/map.h"
#include "sonda/probe_source.h"
#include "sonda/record.h"
#include "sonda/schema.h"
#include "sonda/symbols.h"

namespace sonda {

/// What showing needs to know, kept for a whole run.
struct ShowResources {
  KernelSymbols kernel;
  ProcessSymbols processes;
  ProcessNames names;
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
};

/// The kind as `@show` spells it.
std::string_view to_string(Show as) noexcept;

/// Throws Error(Stage::read), which names field, type and kind, unless values of that type can be shown so. `where` is
/// the field's name as messages show it: "events.daddr".
void require_showable(Show as, const Schema& schema, std::uint32_t type, std::string_view where);
/// The same for `option.field` of the records of `map`, which may be "a.b" for a struct inside.
/// False if `schema` has no such field.
bool require_showable(const ShowOption& option, const Schema& schema, std::string_view map);

/// The process that the record itself names: its field tgid or pid, if that is a number.
std::optional<pid_t> pid_beside(const RecordView& record);

/// `field` as one line of harmless text. A stack is its functions from the innermost on, parted by " < ", or the reason
/// why there is none. Throws what require_showable throws, and what read_stack throws.
std::string show(Show as, const RecordView& field, const ShowBeside& beside, ShowResources& resources);

/// The functions of stack `id`, innermost first; where there is none, one frame whose name says why: "[no stack]".
std::vector<ShownFrame> show_stack(std::int64_t id, const ShowBeside& beside, ShowResources& resources);

/// The parts, for values that are not in a record.
std::string show_time(std::uint64_t boot_nanoseconds, std::int64_t boot_time);  ///< local time, HH:MM:SS.ffffff
std::string show_duration(std::uint64_t nanoseconds);                           ///< "12.3 us"
std::string show_bytes(std::uint64_t bytes);                                    ///< "1.2 MiB"

}  // namespace sonda
