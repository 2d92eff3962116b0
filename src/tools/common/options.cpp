#include "tools/common/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <limits>

#include "base/text.h"
#include "sonda/error.h"

namespace sonda::tools {
namespace {

constexpr double most_seconds = 1e9;  // some 31 years: what fits nanoseconds with room to add

[[noreturn]] void refuse(std::string_view option, std::string_view text, std::string cause, std::string hint) {
  throw Error(Stage::usage, fmt::format("{} {}", option, text), std::move(cause), std::move(hint));
}

/// The longest of "-d,--duration", as errors name it.
std::string long_name(const std::string& names) {
  const auto comma = names.rfind(',');
  return comma == std::string::npos ? names : names.substr(comma + 1);
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

CLI::Option* add_seconds(CLI::App& app, const std::string& names, std::optional<std::chrono::nanoseconds>& into,
                         const std::string& help) {
  const auto read = [&into, name = long_name(names)](const std::string& text) { into = parse_seconds(name, text); };
  return app.add_option_function<std::string>(names, read, help)->type_name("SECONDS");
}

CLI::Option* add_count(CLI::App& app, const std::string& names, std::optional<std::uint64_t>& into,
                       const std::string& help, std::uint64_t least, std::uint64_t most) {
  const auto read = [&into, name = long_name(names), least, most](const std::string& text) {
    into = parse_count(name, text, least, most);
  };
  return app.add_option_function<std::string>(names, read, help)->type_name("N");
}

CLI::Option* add_pids(CLI::App& app, std::vector<pid_t>& into, const std::string& help) {
  const auto read = [&into](const std::vector<std::string>& texts) {
    for (const auto& text : texts)
      into.push_back(static_cast<pid_t>(parse_count("--pid", text, 1, std::numeric_limits<pid_t>::max())));
  };
  return app.add_option_function<std::vector<std::string>>("-p,--pid", read, help)
      ->type_name("PID")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void declare(CLI::App& app, ProbeOptions& options) {
  app.add_option("--probe", options.probe, "Use this probe file instead of the tool's own")
      ->type_name("FILE")
      ->group("Probe");
  app.add_flag("--watch", options.watch, "Put the probe file in place of itself whenever it is saved")->group("Probe");
  declare_compile(app, options);
}

void declare_compile(CLI::App& app, ProbeOptions& options) {
  const auto group = "Probe";
  const auto set = [&options](const std::vector<std::string>& texts) {
    for (const auto& text : texts) options.parameters.push_back(parse_assignment("--set", text));
  };
  app.add_option_function<std::vector<std::string>>("--set", set, "Give a parameter of the probe another value")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group);
  const auto headers = [&options](const std::string& text) { options.headers = parse_headers(text); };
  app.add_option_function<std::string>("--headers", headers, "Where kernel types come from; auto by default")
      ->type_name("btf|kernel|auto")
      ->group(group);
  app.add_flag_callback(
         "--no-cache", [&options] { options.use_cache = false; }, "Compile anew, and store nothing")
      ->group(group);
}

void declare(CLI::App& app, report::Format& format) {
  auto* json = app.add_flag_callback("--json", [&format] { format = report::Format::json; }, "One JSON object a line");
  auto* csv = app.add_flag_callback("--csv", [&format] { format = report::Format::csv; }, "CSV (RFC 4180)");
  csv->excludes(json);
}

}  // namespace sonda::tools
