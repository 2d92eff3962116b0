// Programs at the kernel's tracepoints: with their described fields, or raw.
#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "kernel/kernel.h"
#include "kernel/tracefs.h"
#include "runtime/attach/perf_open.h"

namespace sonda {
namespace {

// A name that came from a user becomes part of a path in tracefs.
bool is_plain(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

Error unknown(const Tracepoint& point, const Tracefs& tracefs) {
  auto subject = to_string(AttachPoint(point));
  const auto categories = tracefs.list("events");
  if (std::ranges::find(categories, point.category) == categories.end())
    return {Stage::attach, std::move(subject),
            fmt::format("the kernel has no tracepoint category '{}'", point.category),
            did_you_mean(point.category, categories, fmt::format("the categories are {}", join(categories, ", ")))};
  return {Stage::attach, std::move(subject),
          fmt::format("the category '{}' has no tracepoint '{}'", point.category, point.name),
          did_you_mean(point.name, tracefs.list("events/" + point.category))};
}

std::uint64_t event_id(const Tracepoint& point) {
  const Tracefs tracefs;
  if (!is_plain(point.category) || !is_plain(point.name)) throw unknown(point, tracefs);
  const auto text = tracefs.try_read(fmt::format("events/{}/{}/id", point.category, point.name));
  const auto id = text ? parse_u64(trim(*text)) : std::nullopt;
  if (!id) throw unknown(point, tracefs);
  return *id;
}

std::vector<std::string> all_event_names() {
  const Tracefs tracefs;
  std::vector<std::string> names;
  for (const auto& category : tracefs.list("events"))
    for (auto& name : tracefs.list("events/" + category)) names.push_back(std::move(name));
  return names;
}

Error raw_error(const RawTracepoint& point, const Program& program, int why) {
  auto subject = to_string(AttachPoint(point));
  if (why == ENOENT)
    return {Stage::attach, std::move(subject), fmt::format("the kernel has no tracepoint '{}'", point.name),
            did_you_mean(point.name, all_event_names())};
  if (why == ENAMETOOLONG || why == E2BIG)
    return {Stage::attach, std::move(subject), "no tracepoint has so long a name"};
  if (why == EACCES)
    return {Stage::attach, std::move(subject),
            fmt::format("the program '{}' reads beyond this tracepoint's arguments", program.name())};
  return perf_error(std::move(subject), "the kernel does not attach to this tracepoint", why);
}

}  // namespace

Attached attach_tracepoint(const Program& program, const Tracepoint& point) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.config = event_id(point);
  attributes.sample_period = 1;
  const auto subject = to_string(AttachPoint(point));
  auto event = open_perf_event(attributes, -1, online_cpus().front());
  if (!event) throw perf_error(subject, "the kernel refuses this tracepoint", errno);
  return put_on_new_event(program, std::move(event), subject);
}

Attached attach_raw_tracepoint(const Program& program, const RawTracepoint& point) {
  UniqueFd link(::bpf_raw_tracepoint_open(point.name.c_str(), program.fd()));
  if (!link) throw raw_error(point, program, errno);
  Attached attached;
  attached.links.push_back(std::move(link));
  return attached;
}

}  // namespace sonda
