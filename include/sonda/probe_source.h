// A probe file: its text, where it came from, and what its `@` comments say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/attach_point.h"

namespace sonda {

/// A place in a probe file. Lines and columns count from 1; 0 means unknown.
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;
  bool operator==(const SourceLocation&) const = default;
};

/// "file:line:column", leaving out what is unknown.
std::string to_string(const SourceLocation& at);

/// `// @param NAME DEFAULT "what it is"`: reaches the probe as the macro NAME. The value `$PID` stands for the pid of
/// the process that is looked at.
struct Parameter {
  std::string name, value, help;
  SourceLocation at;
};

/// `// @attach POINT` above a function.
struct Attachment {
  AttachPoint point;
  std::string function;
  SourceLocation at;
  std::string wants_pid;  ///< the text of the point, if it says `$PID` and no process is set; else empty
};

/// `// @map NAME OPTION...`: max_entries=N, shared, pinned.
struct MapOption {
  std::string map;
  std::optional<std::uint32_t> max_entries;
  bool shared = false;  ///< one map for all probes of a run that share the name
  bool pinned = false;  ///< kept in the BPF file system, and found there again
  SourceLocation at;
};

/// `// @hide MAP`: it is of use to the probe alone, and not shown.
struct HiddenMap {
  std::string map;
  SourceLocation at;
};

/// `// @tailcall TABLE[INDEX] = FUNCTION`: a slot of a program array; `// @slot TABLE[INDEX] = MAP`: of a map of maps.
struct TailCall {
  std::string map;
  std::uint32_t index = 0;
  std::string function;
  SourceLocation at;
};

/// `// @set MAP[KEY] = VALUE`: an entry that a map begins with; of a queue or a stack `MAP = VALUE`, which is pushed.
struct MapEntry {
  std::string map;
  std::optional<std::string> key;
  std::string value;
  std::string text;                              ///< all of it
  std::size_t key_offset = 0, value_offset = 0;  ///< where they begin in the text
  SourceLocation at;                             ///< of the text; line 0: no file says it
};

/// The same from the command line. Throws Error(Stage::usage) for what is no such text.
MapEntry parse_map_entry(std::string_view text);

/// `// @event MAP struct TYPE`: what a ring or perf buffer carries. Where the file does not say, the compile looks at
/// the types of what the functions submit.
struct EventType {
  std::string map, type;
  SourceLocation at;
};

/// What the number or bytes of a field stand for.
enum class Show : std::uint8_t {
  stack,     ///< the id of a stack in a map of stack traces: its functions
  ksym,      ///< an address in the kernel
  usym,      ///< an address in the process that the field `pid` or `tgid` beside it names
  ipv4,      ///< 4 bytes in network order
  ipv6,      ///< 16 bytes in network order
  port,      ///< 2 bytes in network order
  time,      ///< nanoseconds since boot (bpf_ktime_get_ns): the time of day
  duration,  ///< nanoseconds: with a unit that fits
  microseconds,
  milliseconds,
  seconds,
  bytes,  ///< a number of bytes: with a unit that fits
  kibibytes,
  mebibytes,
  pages,
  hex,
  comm,       ///< a pid: the name of its process
  syscall,    ///< the number of a system call of this machine
  error,      ///< a number of errno, or what is below 0 for it: EACCES
  signal,     ///< SIGTERM
  tcp_state,  ///< ESTABLISHED
  softirq,    ///< net_rx
  user,       ///< a uid
  dev,        ///< the kernel's dev_t: major:minor
  cgroup      ///< the id of a cgroup: its path below /sys/fs/cgroup
};

/// `// @show FIELD as KIND`, `// @show MAP.FIELD as KIND`; `as stack(MAP)` says which map holds the stacks.
struct ShowOption {
  std::string map;  ///< empty: every map and event that has such a field
  std::string field;
  Show as = Show::hex;
  std::string stacks;  ///< for Show::stack; empty: the only map of stack traces that the probe has
  SourceLocation at;
};

/// Where probes given by name are looked for, in this order; `origin` says why ("SONDA_PROBE_PATH", "installed", ...).
struct SearchFolder {
  std::filesystem::path folder;
  std::string origin;
};

/// SONDA_PROBE_PATH (colon-separated), then the user's configuration folder (XDG_CONFIG_HOME or ~/.config, below it
/// sonda/probes), then the install folder, then the build tree's source folder, then the examples.
std::vector<SearchFolder> probe_search_path();

/// A probe that ProbeSource::open() takes by its name.
struct NamedProbe {
  std::string name;
  std::filesystem::path path;
  std::string origin;  ///< SearchFolder::origin
  /// Reads the first line of the comment that it begins with, without its own name; empty if it has none or may not be
  /// read.
  std::string about() const;
};

/// Those in `folders`, folder by folder, there by name; of several with one name the one that is found first.
std::vector<NamedProbe> named_probes(const std::vector<SearchFolder>& folders = probe_search_path());

/// In bytes. No probe that a person wrote comes near it.
inline constexpr std::size_t largest_probe = 1UL << 20;

class ProbeSource {
 public:
  /// Finds and reads a probe. A `name` with a slash or ending in ".c" is a path; any other is looked for as NAME.c
  /// along `folders`. Refuses, when run as root, a file that others could have written. Throws Error(Stage::source).
  static ProbeSource open(const std::string& name, const std::vector<SearchFolder>& folders = probe_search_path());

  /// A probe from memory; `name` is what diagnostics call it. Throws Error(Stage::source) for a wrong `@` comment.
  static ProbeSource from_text(std::string name, std::string text);

  /// BPF C from memory whose comments are comments: no `@` line is read. What it includes with quotes is looked for in
  /// `folder`, an absolute path. Throws Error(Stage::source).
  static ProbeSource plain(std::string name, std::string text, const std::filesystem::path& folder);

  /// The same probe, with the parameters and the process that were set, and another text whose `@` comments are the
  /// same.
  ProbeSource with_text(std::string text) const;

  /// As diagnostics show it: the path as found.
  const std::string& name() const noexcept { return name_; }
  /// The absolute path; empty for a probe from memory.
  const std::filesystem::path& path() const noexcept { return path_; }
  /// Which SearchFolder::origin it was found by, "path" if it was given as one, "memory" if it was not a file.
  const std::string& origin() const noexcept { return origin_; }
  const std::string& text() const noexcept { return text_; }

  const std::vector<Parameter>& parameters() const noexcept { return parameters_; }
  const std::vector<Attachment>& attachments() const noexcept { return attachments_; }
  const std::vector<MapOption>& map_options() const noexcept { return map_options_; }
  /// What `@map` says of that map, or null. Borrowed.
  const MapOption* map_option(std::string_view map) const noexcept;
  const std::vector<EventType>& event_types() const noexcept { return event_types_; }
  const std::vector<ShowOption>& show_options() const noexcept { return show_options_; }
  const std::vector<HiddenMap>& hidden_maps() const noexcept { return hidden_maps_; }
  const std::vector<TailCall>& tail_calls() const noexcept { return tail_calls_; }
  const std::vector<MapEntry>& map_entries() const noexcept { return map_entries_; }
  /// The lines that `// @quiet` speaks of: what fails there is not told.
  const std::vector<int>& quiet_lines() const noexcept { return quiet_lines_; }

  /// Whether an `@attach` or a parameter says `$PID` and no process is set.
  bool wants_process() const noexcept;
  /// Puts `pid` where `$PID` is said; in parameters `in_kernel`, by which programs know it, where that is another
  /// number: in a PID namespace. Throws Error(Stage::source).
  void set_process(pid_t pid, std::optional<pid_t> in_kernel = {});

  /// Gives parameter `name` another value. Throws Error(Stage::source) naming near matches if there is no such
  /// parameter, or if the value is not one C token (a number, a name, a quoted string), so that none can inject code.
  void set(std::string_view name, std::string_view value);
  /// The same from "NAME=VALUE".
  void set(std::string_view assignment);

 private:
  ProbeSource() = default;
  std::string name_, origin_, text_;
  std::filesystem::path path_;
  std::vector<Parameter> parameters_;
  std::vector<Attachment> attachments_;
  std::vector<MapOption> map_options_;
  std::vector<EventType> event_types_;
  std::vector<ShowOption> show_options_;
  std::vector<HiddenMap> hidden_maps_;
  std::vector<TailCall> tail_calls_;
  std::vector<MapEntry> map_entries_;
  std::vector<int> quiet_lines_;
};

}  // namespace sonda
