// Programs at the kernel's tracepoints: with their described fields, or raw.
#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "attach/here/tracepoints.h"
#include "attach/perf_open.h"
#include "base/text.h"
#include "kernel/kernel.h"
#include "kernel/tracefs.h"

namespace sonda {
namespace {

// A name that came from a user becomes part of a path in tracefs.
bool is_plain(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

/// What a kernel lacks that has no such category.
std::string_view option_of(std::string_view category) {
  if (category == "syscalls") return "CONFIG_FTRACE_SYSCALLS";
  if (category == "kvm" || category == "kvmmmu") return "CONFIG_KVM";
  return {};
}

Error unknown(std::string subject, const Tracepoint& point, const Tracefs& tracefs) {
  const auto categories = tracepoint_categories(tracefs);
  if (std::ranges::find(categories, point.category) != categories.end())
    return {Stage::attach, std::move(subject),
            fmt::format("the category '{}' has no tracepoint '{}'", point.category, point.name),
            did_you_mean(point.name, tracepoints_in(tracefs, point.category))};
  const auto option = option_of(point.category);
  Error error(
      Stage::attach, std::move(subject),
      fmt::format("the kernel has no tracepoint category '{}'{}", point.category,
                  option.empty() ? "" : fmt::format(": it was built without {}, or the module is not loaded", option)),
      did_you_mean(point.category, categories, fmt::format("the categories are {}", join(categories, ", "))));
  if (!option.empty()) error.with_exit(Exit::cannot_run);
  return error;
}

std::uint64_t event_id(const Tracepoint& point, const Tracefs& tracefs) {
  if (!is_plain(point.category) || !is_plain(point.name)) throw unknown(to_string(AttachPoint(point)), point, tracefs);
  const auto text = tracefs.read_if_there(fmt::format("events/{}/{}/id", point.category, point.name));
  if (!text) throw unknown(to_string(AttachPoint(point)), point, tracefs);
  const auto id = parse_u64(trim(*text));
  if (!id) throw Error(Stage::attach, to_string(AttachPoint(point)), "tracefs tells no number for it");
  return *id;
}

/// All tracepoints that a point with patterns means.
std::vector<Tracepoint> matching(const Tracepoint& point, const Tracefs& tracefs) {
  auto found = matching_tracepoints(tracefs, point);
  if (!found.empty()) return found;
  if (!is_pattern(point.category)) {
    auto letters = point;
    std::erase_if(letters.name, [](char c) { return !is_name_character(c); });
    throw unknown(to_string(AttachPoint(point)), letters, tracefs);
  }
  throw Error(Stage::attach, to_string(AttachPoint(point)), "no tracepoint matches",
              fmt::format("the categories are {}", join(tracepoint_categories(tracefs), ", ")));
}

// The program runs on every CPU; which one the event counts on does not matter to it.
UniqueFd open_tracepoint(const Tracepoint& point, std::uint64_t id, int cpu) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.config = id;
  attributes.sample_period = 1;
  auto event = open_perf_event(attributes, all_pids, cpu);
  if (!event) throw perf_error(to_string(AttachPoint(point)), "the kernel refuses this tracepoint", errno);
  return event;
}

Error raw_error(const RawTracepoint& point, const Program& program, int why) {
  auto subject = to_string(AttachPoint(point));
  if (why == ENOENT)
    return {Stage::attach, std::move(subject), fmt::format("the kernel has no tracepoint '{}'", point.name),
            did_you_mean(point.name, raw_tracepoint_names())};
  if (why == ENAMETOOLONG || why == E2BIG)
    return {Stage::attach, std::move(subject), "no tracepoint has so long a name"};
  if (why == EACCES)
    return {Stage::attach, std::move(subject),
            fmt::format("the program '{}' reads beyond this tracepoint's arguments", program.name())};
  return perf_error(std::move(subject), "the kernel does not attach to this tracepoint", why);
}

}  // namespace

Attached attach_at(const Program& program, const Tracepoint& point) {
  const Tracefs tracefs;
  const int cpu = online_cpus().front();
  if (!is_pattern(point.category) && !is_pattern(point.name)) {
    auto event = open_tracepoint(point, event_id(point, tracefs), cpu);
    return put_on_new_event(program, std::move(event), to_string(AttachPoint(point)));
  }
  const auto points = matching(point, tracefs);
  std::vector<std::uint64_t> ids;
  ids.reserve(points.size());
  for (const auto& one : points) ids.push_back(event_id(one, tracefs));  // before there are many files open
  Attached all;
  all.places = points.size();
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto event = open_tracepoint(points[i], ids[i], cpu);
    if (auto link = put_on_event(program, event.get(), to_string(AttachPoint(points[i]))))
      all.links.push_back(std::move(link));
    all.events.push_back(std::move(event));
  }
  return all;
}

Attached attach_at(const Program& program, const RawTracepoint& point) {
  UniqueFd link(::bpf_raw_tracepoint_open(point.name.c_str(), program.fd()));
  if (!link) throw raw_error(point, program, errno);
  return held_by(std::move(link));
}

}  // namespace sonda
