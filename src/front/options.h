// The options that the tools share, and values on the command line read with clear errors.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "front/command_line.h"
#include "report/column.h"
#include "sonda/compile.h"

namespace sonda::front {

/// Seconds, with fractions; 0 is allowed. Throws Error(Stage::usage), which names `option`.
std::chrono::nanoseconds parse_seconds(std::string_view option, std::string_view text);
/// A whole number from `least` to `most`. Throws as parse_seconds does.
std::uint64_t parse_count(std::string_view option, std::string_view text, std::uint64_t least = 0,
                          std::uint64_t most = UINT64_MAX);
/// "NAME=VALUE" in its two parts. Throws as parse_seconds does.
std::pair<std::string, std::string> parse_assignment(std::string_view option, std::string_view text);

/// `names` as CommandLine wants them. What is not given on the command line stays as it was.
Option add_seconds(CommandLine& line, const std::string& names, std::optional<std::chrono::nanoseconds>& into,
                   const std::string& help);
Option add_count(CommandLine& line, const std::string& names, std::optional<std::uint64_t>& into,
                 const std::string& help, std::uint64_t least = 0, std::uint64_t most = UINT64_MAX,
                 const std::string& type = "N");
/// -p PID.
Option add_pid(CommandLine& line, std::optional<pid_t>& into, const std::string& help);
/// The same, which may be given more than once.
Option add_pids(CommandLine& line, std::vector<pid_t>& into, const std::string& help);

/// --probe, --watch, --keep-privileges, --set, --headers and --no-cache.
struct ProbeOptions {
  std::string probe;  ///< a probe's name or path; empty: the tool's own
  std::vector<std::pair<std::string, std::string>> parameters;
  Headers headers = Headers::automatic;
  bool use_cache = true;
  bool watch = false;            ///< the probe's edits go live
  bool keep_privileges = false;  ///< when everything is attached

  /// An edit takes what the start took.
  bool drops_privileges() const noexcept { return !watch && !keep_privileges; }
};
void declare(CommandLine& line, ProbeOptions& options);
/// The same without --probe, --watch and --keep-privileges.
void declare_compile(CommandLine& line, ProbeOptions& options);
void declare_keep_privileges(CommandLine& line, ProbeOptions& options);

/// --json and --csv.
void declare(CommandLine& line, report::Format& format);

/// What every command that takes probe files shares: which, and how to compile them.
struct FileOptions {
  std::vector<std::string> files;
  std::vector<std::string> compiler_flags;
  ProbeOptions probe;
};
enum class Files : unsigned char { some, any };
/// At least one file is needed, or none.
void declare(CommandLine& line, FileOptions& options, Files files = Files::some);

/// The files, those that use other files' maps (BPF_TABLE("extern", ...)) behind the others; else as they are given.
/// One that cannot be read stays among the others: opening it will say why.
std::vector<std::string> exporters_first(std::vector<std::string> files);

}  // namespace sonda::front
