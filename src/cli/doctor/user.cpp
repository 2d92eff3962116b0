// User space: shells, libraries, symbols, locale, terminal, clock.
#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <set>

#include "base/escape.h"
#include "base/files.h"
#include "base/text.h"
#include "bash/bash_binary.h"
#include "bash/shells.h"
#include "cli/doctor/check.h"
#include "elf/symbols.h"
#include "sonda/error.h"

namespace sonda::cli::doctor {
namespace {

namespace fs = std::filesystem;

/// The files that are likely shells, each once, by their real paths.
std::set<fs::path> shells() {
  std::set<fs::path> all;
  for (const auto& path : bash::likely_shells()) {
    std::error_code failed;
    const auto real = fs::canonical(path, failed);
    if (!failed && fs::is_regular_file(real, failed)) all.insert(real);
  }
  return all;
}

/// "bash" of /usr/bin/bash, "busybox" of what /bin/sh leads to.
bool is_called_bash(const fs::path& path) { return path.filename().string().starts_with("bash"); }

Finding check_bash() {
  std::vector<std::string> traced, not_traced, details;
  for (const auto& path : shells()) {
    const auto name = escape_for_terminal(path.string());
    if (const auto bash = bash::read_bash(path)) {
      traced.push_back(name);
      details.push_back(fmt::format("{}: cd{}{}, {} of its messages, reasons {}", name,
                                    bash->pushd != 0 ? ", pushd" : "", bash->popd != 0 ? ", popd" : "",
                                    bash->messages.size(),
                                    bash->strerror.empty() ? "from its C library" : "from itself"));
    } else if (is_called_bash(path)) {
      not_traced.push_back(name);
    }
  }
  const std::string remedy =
      "a bash that is linked dynamically, as distributions have it: apt-get install --reinstall bash";
  if (traced.empty() && not_traced.empty())
    return missing("there is no bash: cdsnoop has nothing to trace", "apt-get install bash");
  if (traced.empty())
    return missing(fmt::format("{} cannot be traced: no dynamic symbol cd_builtin", join(not_traced, ", ")), remedy);
  auto finding = not_traced.empty() ? ok(join(traced, ", "))
                                    : limited(fmt::format("{}; {} cannot be traced: no dynamic symbol cd_builtin",
                                                          join(traced, ", "), join(not_traced, ", ")),
                                              remedy);
  finding.details = std::move(details);
  return finding;
}

Finding check_other_shells() {
  std::vector<std::string> names;
  for (const auto& path : shells())
    if (!bash::read_bash(path)) names.push_back(escape_for_terminal(path.string()));
  if (names.empty()) return ok("none in /etc/shells");
  return ok(fmt::format("{}: cdsnoop does not see their directory changes", join(names, ", ")));
}

Finding check_libc() {
  const auto path = find_library("libc.so.6");
  if (!path)
    return limited("libc.so.6 is in none of the usual folders: uprobe:libc:FUNCTION needs its path",
                   "ldconfig -p | grep libc.so.6");
  return ok(fmt::format("glibc {} ({})", ::gnu_get_libc_version(), fs::canonical(*path).string()));
}

Finding check_debug_info() {
  constexpr auto folder = "/usr/lib/debug/.build-id";
  std::error_code failed;
  if (fs::is_directory(folder, failed)) {
    const auto count = std::distance(fs::directory_iterator(folder, failed), fs::directory_iterator());
    return ok(fmt::format("{}: files of {} beginnings of build ids", folder, count));
  }
  return limited("no debug files: of stripped programs, only exported functions have names",
                 "apt-get install debuginfo of what you trace (e.g. libc6-dbg), or build it without strip");
}

bool speaks_utf8() { return std::string_view(::nl_langinfo(CODESET)) == "UTF-8"; }

Finding check_locale() {
  if (std::setlocale(LC_ALL, "") == nullptr)
    return limited("the locale that LC_ALL, LC_CTYPE or LANG names is not installed: ASCII is used",
                   "locale -a lists those that are; e.g. export LC_ALL=C.UTF-8");
  const auto name = escape_for_terminal(std::setlocale(LC_CTYPE, nullptr));
  if (speaks_utf8()) return ok(name);
  return limited(fmt::format("{} ({}): drawings are made of ASCII", name, ::nl_langinfo(CODESET)),
                 "export LC_ALL=C.UTF-8");
}

Finding check_terminal() {
  if (::isatty(STDOUT_FILENO) != 1) return ok("the output goes to none: plain text");
  const char* term = std::getenv("TERM");
  winsize size{};
  ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  const auto found = fmt::format("{} of {}x{}", term == nullptr ? "TERM is not set," : escape_for_terminal(term),
                                 size.ws_col, size.ws_row);
  if (term == nullptr || *term == '\0' || std::string_view(term) == "dumb")
    return limited(found + ": no colours, and nothing that fills a screen", "export TERM=xterm-256color");
  if (size.ws_col != 0 && size.ws_col < 40)
    return limited(found + ": too narrow for most tables", "widen it to 80 columns");
  const char* colours = std::getenv("NO_COLOR");
  return ok(colours != nullptr && *colours != '\0' ? found + ", no colours (NO_COLOR)" : found);
}

Finding check_clock() {
  const auto source = std::string(
      trim(try_read_file("/sys/devices/system/clocksource/clocksource0/current_clocksource").value_or("unknown")));
  constexpr std::time_t plausible = 1'700'000'000;  // November 2023
  if (std::time(nullptr) < plausible)
    return limited("it is set wrong: times of day are wrong in the output",
                   "timedatectl set-ntp true; or date --set ...");
  if (source == "hpet" || source == "acpi_pm" || source == "jiffies")
    return limited(
        fmt::format("{}: each look at it costs a microsecond, which programs with bpf_ktime_get_ns() pay", source),
        "boot with tsc=reliable, if the processor's time stamp counter is sound");
  timex state{};
  const bool steered = ::adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
  return ok(fmt::format("{}, {}", source, steered ? "kept right by a time server" : "not kept right by a time server"));
}

}  // namespace

std::vector<Check> user_checks() {
  const std::string section = "user";
  return {
      {"bash", section, "there is a bash that cdsnoop can trace", check_bash, Wants::nothing, true},
      {"other-shells", section, "which shells cdsnoop does not see", check_other_shells},
      {"libc", section, "the C library that uprobe:libc:FUNCTION means", check_libc},
      {"debug-info", section, "stripped programs have names for their functions", check_debug_info},
      {"locale", section, "text is UTF-8", check_locale},
      {"terminal", section, "the terminal has colours and room", check_terminal},
      {"clock", section, "times of day are right, and cheap", check_clock},
  };
}

}  // namespace sonda::cli::doctor
