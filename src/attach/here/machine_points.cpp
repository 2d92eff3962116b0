#include "attach/here/machine_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "attach/network.h"
#include "attach/perf_open.h"
#include "base/text.h"
#include "source/attach_notation.h"

namespace sonda {
namespace {

PointHere named_point(std::string name, const AttachPoint& point) {
  return {.name = std::move(name), .point = to_string(point), .prototype = Prototype()};
}

/// Clocks count nanoseconds, and a processor's events come by the million.
std::uint64_t usual_period(const PerfEventId& event) {
  constexpr std::uint64_t many = 1'000'000;
  const bool is_clock = event == software::cpu_clock || event == software::task_clock;
  return is_clock || event.type == PERF_TYPE_HARDWARE ? many : 1;
}

/// Whether this machine counts it; so is what only more privilege would tell.
bool is_counted(const PerfEventId& event) {
  perf_event_attr attributes{};
  attributes.type = event.type;
  attributes.config = event.config;
  attributes.disabled = 1;
  attributes.exclude_kernel = 1;
  constexpr pid_t this_thread = 0;
  constexpr int any_cpu = -1;
  if (open_perf_event(attributes, this_thread, any_cpu)) return true;
  return errno != ENOENT && errno != EOPNOTSUPP && errno != ENODEV && errno != EINVAL;
}

std::vector<PointHere> counters(std::string_view kind, const std::string& pattern) {
  const bool by_hardware = kind == "hardware";
  const auto colon = pattern.find(':');
  const auto name = pattern.substr(0, colon);
  const auto period = colon == pattern.npos ? std::nullopt : parse_u64(pattern.substr(colon + 1));
  std::vector<PointHere> found;
  bool any = false;
  for (const auto& event : by_hardware ? hardware_events() : software_events()) {
    if (!is_counted(event.id)) continue;
    any = true;
    if (!name.empty() && !matches_pattern(name, std::string(event.name))) continue;
    auto point =
        named_point(std::string(event.name), PerfEvent{event.id, Every{period.value_or(usual_period(event.id))}});
    // An event with two names is written by one of them.
    if (std::ranges::find(found, point.point, &PointHere::point) == found.end()) found.push_back(std::move(point));
  }
  if (!any)
    throw cannot_attach(std::string(kind),
                        by_hardware
                            ? "this machine has no PMU that counts these events (virtual machines often have none)"
                            : "this kernel was built without CONFIG_PERF_EVENTS",
                        by_hardware ? "use a software clock: profile:hz:99 or software:cpu-clock:1000000" : "");
  return found;
}

std::vector<PointHere> at_interfaces(std::string_view kind, const std::string& pattern) {
  const auto colon = pattern.find(':');
  const auto wanted = pattern.substr(0, colon);
  const auto way = colon == pattern.npos ? std::string("*") : pattern.substr(colon + 1);
  std::vector<PointHere> found;
  auto names = interface_names();
  std::ranges::sort(names);
  for (const auto& name : names) {
    if (!wanted.empty() && !matches_pattern(wanted, name)) continue;
    if (kind == "tc") {
      for (const bool egress : {false, true})
        if (matches_pattern(way, egress ? "egress" : "ingress")) found.push_back(named_point(name, Tc{name, egress}));
    } else if (kind == "xdp") {
      found.push_back(named_point(name, Xdp{name}));
    } else {
      found.push_back(named_point(name, SocketFilter{name}));
    }
  }
  return found;
}

/// The folders of cgroup v2 that match; the one of that path, if it is no pattern.
std::vector<std::string> cgroups(const std::string& wanted) {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (!is_pattern(wanted)) return fs::is_directory(wanted, failed) ? std::vector{wanted} : std::vector<std::string>{};
  const auto root = cgroup_mount();
  if (!root) throw cannot_attach("cgroup", "cgroup v2 is not mounted");
  std::vector<std::string> found;
  if (matches_pattern(wanted, root->string())) found.push_back(root->string());
  constexpr auto quietly = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(*root, quietly, failed), end; !failed && entry != end;
       entry.increment(failed))
    if (std::error_code gone; entry->is_directory(gone) && matches_pattern(wanted, entry->path().string()))
      found.push_back(entry->path().string());
  std::ranges::sort(found);
  return found;
}

std::vector<PointHere> at_cgroups(const std::string& pattern) {
  const auto colon = pattern.rfind(':');
  const auto wanted = pattern.substr(0, colon);
  const auto hook = colon == pattern.npos ? std::string("*") : pattern.substr(colon + 1);
  std::vector<PointHere> found;
  for (const auto& folder : cgroups(wanted.empty() ? "*" : wanted))
    for (const auto& known : cgroup_hooks)
      if (const std::string name(known.name); matches_pattern(hook, name))
        found.push_back(named_point(name, Cgroup{folder, name}));
  return found;
}

}  // namespace

std::vector<PointHere> points_of_machine(std::string_view kind, const std::string& pattern) {
  if (kind == "software" || kind == "hardware") return counters(kind, pattern);
  if (kind == "cgroup") return at_cgroups(pattern);
  return at_interfaces(kind, pattern);
}

}  // namespace sonda
