#include "cli/list/pattern.h"

#include <fmt/format.h>

#include <limits>

#include "base/text.h"
#include "sonda/error.h"
#include "source/attach_notation.h"

namespace sonda::cli {
namespace {

/// Takes " pid=12" off the end.
pid_t take_pid(std::string_view& text, const std::string& whole) {
  const auto blank = text.find_last_of(" \t");
  if (blank == text.npos || !text.substr(blank + 1).starts_with("pid=")) return all_pids;
  const auto number = text.substr(blank + 1 + std::string_view("pid=").size());
  const auto pid = parse_u64(number);
  if (!pid || *pid > std::numeric_limits<pid_t>::max())
    throw Error(Stage::usage, whole, fmt::format("'{}' is no pid", number));
  text = trim(text.substr(0, blank));
  return static_cast<pid_t>(*pid);
}

/// bpftrace's words for two of the kinds.
std::string_view kind_called(std::string_view name) {
  return name == "kfunc" ? "fentry" : name == "kretfunc" ? "fexit" : name;
}

}  // namespace

ListPattern parse_list_pattern(std::string_view text) {
  ListPattern pattern{.text = std::string(text), .kind = {}, .rest = {}};
  text = trim(text);
  pattern.pid = take_pid(text, pattern.text);
  const auto colon = text.find(':');
  const auto kind = kind_called(text.substr(0, colon));
  if (find_point_kind(kind) != nullptr) {
    pattern.kind = kind;
    if (colon != text.npos) pattern.rest = text.substr(colon + 1);
  } else if (colon == text.npos && !text.empty()) {
    pattern.rest = text;
  } else {
    const auto names = point_kind_names();
    throw Error(Stage::usage, pattern.text, fmt::format("'{}' is no kind of attach point", kind),
                did_you_mean(kind, names, "possible are " + join(names, ", ")));
  }
  if (pattern.pid != all_pids && pattern.kind != "usdt" && pattern.kind != "uprobe" && pattern.kind != "uretprobe")
    throw Error(Stage::usage, pattern.text, "only points of user space can be limited to a process");
  return pattern;
}

}  // namespace sonda::cli
