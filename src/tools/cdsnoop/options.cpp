#include "tools/cdsnoop/options.h"

#include <pwd.h>

#include <array>
#include <limits>

#include "base/text.h"
#include "sonda/error.h"

namespace sonda::cdsnoop {

std::uint32_t find_user(const std::string& name) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16384> buffer{};
  if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return found->pw_uid;
  const auto number = parse_u64(name);
  if (!number || *number >= std::numeric_limits<std::uint32_t>::max())
    throw Error(Stage::usage, "--user " + name, "there is no such user", "give a user's name or number");
  return static_cast<std::uint32_t>(*number);
}

void declare(front::CommandLine& line, CdsnoopOptions& options) {
  front::add_pids(line, options.pids, "Only this process; may be given more than once");
  line.text(
      "-u,--user", "USER", [&options](const std::string& name) { options.uid = find_user(name); },
      "Only this user's shells");
  line.flag("-x,--failures", options.failures_only, "Only commands that failed");
  line.text("--where", "CONDITION", options.where,
            "Only rows of which this holds, e.g. 'uid == 1000 and error ~ \"No such*\"'; fields as in --json");
  front::add_seconds(line, "-d,--duration", options.duration, "End after so many seconds");
  front::add_count(line, "-n,--count", options.count, "End after so many rows", 1);
  line.flag("-T,--date", options.date, "Show the date as well");
  line.text(
      "--shell", "PATH", [&options](const std::string& path) { options.shell = path; },
      "Only this bash, whatever else there is");
  line.flag("--classic", options.classic,
            "Guess from what readline, get_string_value and get_name_for_error return, as the first version did");
  declare(line, options.format);
  declare(line, options.probe);
}

void check(const CdsnoopOptions& options) {
  if (!options.classic) return;
  if (options.probe.watch)
    throw Error(Stage::usage, "--classic and --watch", "the first version's probe is not exchanged while it runs");
  if (!options.pids.empty() || options.uid || options.failures_only || options.date || !options.where.empty() ||
      options.format != report::Format::text)
    throw Error(Stage::usage, "--classic", "it knows no more than the lines it prints",
                "leave out -p, -u, -x, -T, --where, --json and --csv, or leave out --classic");
}

}  // namespace sonda::cdsnoop
