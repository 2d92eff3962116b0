#include "compile/known_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "compile/large_variables.h"

namespace sonda {
namespace {

struct Known {
  std::string_view part, cause, hint;
  const char* on_line = "";  ///< what the user's line must have
};

constexpr std::string_view look_up_type =
    "the running kernel may call this type otherwise: look it up with 'bpftool btf dump file /sys/kernel/btf/vmlinux "
    "format c'";

constexpr std::string_view divide_unsigned =
    "cast to an unsigned type, as in (u64)a / b; if a may be negative: a < 0 ? -(s64)((u64)-a / b) : (u64)a / b";

constexpr std::string_view large_stack = "the stack is larger than the 512 bytes that BPF allows";
constexpr std::string_view keep_elsewhere =
    "keep large structs in a per-CPU array map, or reserve them in a ring buffer";

/// Messages whose own words help nobody who does not know the compiler; an empty cause keeps the compiler's.
constexpr Known known[] = {
    {"BPF stack limit of 512 bytes", large_stack, keep_elsewhere},
    {"= sdiv ", "signed division is not supported by this BPF compiler", divide_unsigned},
    {"= srem ", "the remainder of a signed division is not supported by this BPF compiler", divide_unsigned},
    {"too many args to", "a call in this function has more than 5 arguments",
     "BPF passes arguments in 5 registers: put them into a struct; bpf_trace_printk takes 3 values beside its text"},
    {"'void'", "",
     "BCC makes of MAP.lookup() a call that returns a void *: put it into a variable of the value's type first, as in "
     "u64 *value = MAP.lookup(&key); if (value) *value += 1;",
     ".lookup"},
    {"incomplete definition of type 'struct tracepoint__", "",
     "the running kernel has no such tracepoint, or its tracefs cannot be read"},
    {"incomplete definition of type", "", look_up_type},
    {"incomplete type", "", look_up_type},
    {"reference to undefined table", "the map is another file's, and no file before this one makes it public",
     "name the file that declares it with BPF_TABLE_PUBLIC first; both run together: sonda run FIRST.c SECOND.c"},
    {"Permission denied", "",
     "the compiler sees nothing but what lies beside the probe and is included with quotes, the system's own headers, "
     "and "
     "the paths given to it with --cflag=-I"},
    {"Could not find inc", "",
     "the compiler sees no files but headers: what is not text of the probe cannot be taken in"},
    {"Unable to allocate section memory", "the program and its variables take more memory than the compiler may have",
     "large data belongs in a map: BPF_ARRAY(NAME, TYPE, SIZE); SONDA_COMPILE_MEMORY=MIB allows more"},
    {"file not found", "",
     "kernel headers are replaced by the running kernel's BTF; other headers must lie beside the probe and be "
     "included with quotes, or on a path given to the compiler with -I"},
};

/// What C programs call and probes have no library for.
struct LibraryCall {
  std::string_view name, hint;
};
constexpr std::string_view print_so =
    "bpf_trace_printk(\"...\", ...) prints to the kernel's trace, which sonda run shows; it takes 3 values beside its "
    "text";
constexpr std::string_view format_so =
    "hand the values on as they are, in a struct: whoever reads them makes a text of them";
constexpr std::string_view memory_so = "a probe's memory is its stack of 512 bytes and its maps";
constexpr std::string_view time_so = "bpf_ktime_get_ns() is the time in nanoseconds since boot";
constexpr std::string_view chance_so = "bpf_get_prandom_u32() is a number by chance";
constexpr LibraryCall library_calls[] = {
    {"printf", print_so},
    {"puts", print_so},
    {"putchar", print_so},
    {"fprintf", print_so},
    {"printk", print_so},
    {"pr_info", print_so},
    {"perror", print_so},
    {"sprintf", format_so},
    {"snprintf", format_so},
    {"malloc", memory_so},
    {"calloc", memory_so},
    {"free", memory_so},
    {"getpid", "bpf_get_current_pid_tgid() >> 32 is the process, its lower half the thread"},
    {"gettid", "(u32)bpf_get_current_pid_tgid() is the thread"},
    {"time", time_so},
    {"clock_gettime", time_so},
    {"rand", chance_so},
    {"random", chance_so},
};

/// The library's function that the message says nobody declared.
const LibraryCall* library_call(std::string_view message) {
  for (const std::string_view before :
       {"implicitly declaring library function '", "implicit declaration of function '"}) {
    const auto* found = std::ranges::find(library_calls, quoted_behind(message, before), &LibraryCall::name);
    if (found != std::end(library_calls)) return found;
  }
  return nullptr;
}

/// LLVM's helpers for floating point: __muldf3, __floatundidf, __fixunsdfdi, __ltsf2, __extendsfdf2.
bool is_floating(std::string_view name) {
  const auto begins = [&](std::string_view with) { return name.starts_with(with); };
  const auto has = [&](std::string_view part) { return name.find(part) != name.npos; };
  return begins("__") && (begins("__float") || begins("__fix") || begins("__extend") || begins("__trunc") ||
                          has("df3") || has("sf3") || has("df2") || has("sf2") || has("tf"));
}

std::string_view line_at(const std::vector<std::string_view>& lines, int number) {
  return number >= 1 && static_cast<std::size_t>(number) <= lines.size() ? lines[static_cast<std::size_t>(number - 1)]
                                                                         : std::string_view();
}

/// Whether the line says `float` or `double`, or has a number with a point.
bool says_floating(std::string_view line) {
  line = line.substr(0, line.find("//"));
  for (const std::string_view word : {"float", "double"})
    for (auto at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
      const auto end = at + word.size();
      if ((at == 0 || !is_name_character(line[at - 1])) && (end == line.size() || !is_name_character(line[end])))
        return true;
    }
  for (auto at = line.find('.'); at != line.npos && at > 0; at = line.find('.', at + 1))
    if (is_digit(line[at - 1])) return true;
  return false;
}

KnownMessage floating_point(std::string_view source, const MessagePlace& place) {
  KnownMessage result{.cause = "this calculates with floating point, which BPF does not have",
                      .hint =
                          "calculate with integers, scaled where that is too coarse: n / 2 for n * 0.5, "
                          "1000 * a / b for thousandths"};
  const auto lines = split_lines(source);
  for (int line = place.first; line <= place.last && result.line == 0; ++line)
    if (says_floating(line_at(lines, line))) result.line = line;
  return result;
}

KnownMessage stack_too_large(std::string_view source, const MessagePlace& place) {
  KnownMessage result{.cause = std::string(large_stack), .hint = std::string(keep_elsewhere)};
  if (const auto variable = largest_variable(source, place.first, place.last)) {
    result.line = variable->line;
    result.hint = way_out(*variable, source);
  }
  return result;
}

}  // namespace

std::string_view quoted_behind(std::string_view text, std::string_view before) {
  const auto at = text.find(before);
  if (at == text.npos) return {};
  text.remove_prefix(at + before.size());
  return text.substr(0, std::min(text.find('\''), text.size()));
}

KnownMessage known_message(std::string_view message, std::string_view source, const MessagePlace& place) {
  constexpr std::string_view calls = "A call to built-in function '";
  constexpr std::size_t stack_bytes = 512;
  const auto called = quoted_behind(message, calls);
  if (is_floating(called)) return floating_point(source, place);
  // The compiler clears and copies with a call what is too large for single stores: far more than the stack has.
  const bool clears = called == "memset" || called == "memcpy" || called == "memmove";
  const auto largest = clears ? largest_variable(source, place.first, place.last) : std::nullopt;
  if (message.find("BPF stack limit of 512 bytes") != message.npos || (largest && largest->bytes > stack_bytes))
    return stack_too_large(source, place);
  if (const auto* call = library_call(message))
    return {.cause = fmt::format("there is no {}(): a probe runs in the kernel, without the C library", call->name),
            .hint = std::string(call->hint)};
  if (!called.empty())
    return {.cause = fmt::format("this needs {}(), which BPF does not have", called),
            .hint = clears ? "clear or copy a constant number of bytes, in a bounded loop, or with "
                             "bpf_probe_read_kernel() / bpf_probe_read_user()"
                           : ""};
  const auto line = line_at(split_lines(source), place.line);
  const auto* found = std::find_if(std::begin(known), std::end(known), [&](const Known& entry) {
    return message.find(entry.part) != message.npos && line.find(entry.on_line) != line.npos;
  });
  if (found == std::end(known)) return {};
  return {.cause = std::string(found->cause), .hint = std::string(found->hint)};
}

}  // namespace sonda
