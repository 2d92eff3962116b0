#include "front/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/text.h"
#include "sonda/error.h"
#include "sonda/probe_source.h"

namespace sonda::front {
namespace {

constexpr double most_seconds = 1e9;  // some 31 years: what fits nanoseconds with room to add

[[noreturn]] void refuse(std::string_view option, std::string_view text, std::string cause, std::string hint) {
  throw Error(Stage::usage, fmt::format("{} {}", option, text), std::move(cause), std::move(hint));
}

pid_t parse_pid(std::string_view text) {
  return static_cast<pid_t>(parse_count("--pid", text, 1, std::numeric_limits<pid_t>::max()));
}

/// The longest of "-d,--duration", as errors name it.
std::string long_name(const std::string& names) {
  const auto comma = names.rfind(',');
  return comma == std::string::npos ? names : names.substr(comma + 1);
}

bool imports(const std::string& file) {
  try {
    return ProbeSource::open(file).text().find("\"extern\"") != std::string::npos;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::chrono::nanoseconds parse_seconds(std::string_view option, std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !(seconds >= 0 && seconds <= most_seconds))
    refuse(option, text, "not a number of seconds", "give seconds as in 10 or 0.5, at most 1000000000");
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

std::uint64_t parse_count(std::string_view option, std::string_view text, std::uint64_t least, std::uint64_t most) {
  const auto number = parse_u64(text);
  if (!number || *number < least || *number > most) {
    auto range = most == std::numeric_limits<std::uint64_t>::max() ? fmt::format("of at least {}", least)
                                                                   : fmt::format("from {} to {}", least, most);
    refuse(option, text, "not a number that fits", fmt::format("give a whole number {}", range));
  }
  return *number;
}

std::pair<std::string, std::string> parse_assignment(std::string_view option, std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0)
    refuse(option, text, "not of the form NAME=VALUE", "as in --set ENTRIES=4096");
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Option add_seconds(CommandLine& line, const std::string& names, std::optional<std::chrono::nanoseconds>& into,
                   const std::string& help) {
  const auto read = [&into, name = long_name(names)](const std::string& text) { into = parse_seconds(name, text); };
  return line.text(names, "SECONDS", read, help);
}

Option add_count(CommandLine& line, const std::string& names, std::optional<std::uint64_t>& into,
                 const std::string& help, std::uint64_t least, std::uint64_t most, const std::string& type) {
  const auto read = [&into, name = long_name(names), least, most](const std::string& text) {
    into = parse_count(name, text, least, most);
  };
  return line.text(names, type, read, help);
}

Option add_pid(CommandLine& line, std::optional<pid_t>& into, const std::string& help) {
  return line.text("-p,--pid", "PID", [&into](const std::string& text) { into = parse_pid(text); }, help);
}

Option add_pids(CommandLine& line, std::vector<pid_t>& into, const std::string& help) {
  return line.texts("-p,--pid", "PID", [&into](const std::string& text) { into.push_back(parse_pid(text)); }, help);
}

void declare(CommandLine& line, ProbeOptions& options) {
  line.text("--probe", "FILE", options.probe, "Use this probe file instead of the tool's own").group("Probe");
  line.flag("--watch", options.watch, "Put the probe file in place of itself whenever it is saved").group("Probe");
  declare_keep_privileges(line, options);
  declare_compile(line, options);
}

void declare_compile(CommandLine& line, ProbeOptions& options) {
  const auto group = "Probe";
  const auto set = [&options](const std::string& text) {
    options.parameters.push_back(parse_assignment("--set", text));
  };
  line.texts("--set", "NAME=VALUE", set, "Give a parameter of the probe another value").group(group);
  const auto headers = [&options](const std::string& text) { options.headers = parse_headers(text); };
  line.text("--headers", "btf|kernel|auto", headers, "Where kernel types come from; auto by default").group(group);
  line.flag("--no-cache", [&options] { options.use_cache = false; }, "Compile anew, and store nothing").group(group);
}

void declare_keep_privileges(CommandLine& line, ProbeOptions& options) {
  line.flag("--keep-privileges", options.keep_privileges,
            "Do not drop what is not needed any more once everything is attached")
      .group("Probe");
}

void declare(CommandLine& line, report::Format& format) {
  const auto json = line.flag("--json", [&format] { format = report::Format::json; }, "One JSON object a line");
  line.flag("--csv", [&format] { format = report::Format::csv; }, "CSV (RFC 4180)").excludes(json);
}

std::vector<std::string> exporters_first(std::vector<std::string> files) {
  if (files.size() > 1) std::ranges::stable_partition(files, [](const std::string& file) { return !imports(file); });
  return files;
}

void declare(CommandLine& line, FileOptions& options, Files files) {
  line.inherit_options();
  line.arguments("FILE", options.files, "Probe files, or names of probes that are installed")
      .required(files == Files::some);
  line.texts("--cflag", "FLAG", options.compiler_flags, "Give the compiler a flag, e.g. --cflag=-DDEBUG");
  declare_compile(line, options.probe);
}

}  // namespace sonda::front
