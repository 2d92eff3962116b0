// Programs on samples of perf events, and those that run every so often.
#include "attach/perf_event.h"

#include <fmt/format.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>

#include "attach/points.h"
#include "base/files.h"
#include "base/text.h"
#include "kernel/kernel.h"
#include "sonda/error.h"

namespace sonda {
namespace {

[[noreturn]] void refuse(const PerfEvent& point, std::string cause, std::string hint = {}) {
  throw Error(Stage::attach, to_string(AttachPoint(point)), std::move(cause), std::move(hint));
}

std::vector<Scope> threads_of(const PerfEvent& point) {
  std::vector<Scope> scopes;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(fmt::format("/proc/{}/task", point.pid), error), end;
       !error && entry != end; entry.increment(error))
    if (const auto thread = parse_u64(entry->path().filename().string()))
      scopes.push_back({static_cast<pid_t>(*thread), point.cpu});
  if (scopes.empty()) refuse(point, fmt::format("there is no process {}", point.pid));
  std::ranges::sort(scopes, {}, &Scope::pid);
  return scopes;
}

void check(const PerfEvent& point, const Every& every) {
  if (every.count == 0) refuse(point, "a period of 0 would never sample", "1 samples every event");
  if (every.count >> 63 != 0) refuse(point, "the period is too large");
}

void check(const PerfEvent& point, const Frequency& frequency) {
  constexpr auto limit_file = "/proc/sys/kernel/perf_event_max_sample_rate";
  if (frequency.hertz == 0) refuse(point, "a frequency of 0 would never sample");
  const auto limit = parse_u64(trim(try_read_file(limit_file).value_or("")));
  if (limit && frequency.hertz > *limit)
    refuse(point, fmt::format("{} Hz is more than this kernel allows, {} Hz", frequency.hertz, *limit),
           fmt::format("ask for less, or raise {}", limit_file));
}

Error no_such_event(const PerfEvent& point) {
  const bool by_hardware = point.event.type == PERF_TYPE_HARDWARE || point.event.type == PERF_TYPE_HW_CACHE ||
                           point.event.type == PERF_TYPE_RAW;
  return cannot_attach(to_string(AttachPoint(point)),
                       by_hardware ? "this machine has no PMU that counts this event (virtual machines often have none)"
                                   : "this kernel does not have this event",
                       by_hardware ? "use a software clock: profile:hz:99 or software:cpu-clock:1000000" : "");
}

}  // namespace

std::vector<Scope> scopes_of(const PerfEvent& point) {
  const auto online = online_cpus();
  if (point.cpu >= 0 && std::ranges::find(online, point.cpu) == online.end())
    refuse(point, fmt::format("CPU {} is not online", point.cpu),
           fmt::format("the CPUs that are online: {}", fmt::join(online, ", ")));
  if (point.pid != all_pids) return threads_of(point);
  if (point.cpu >= 0) return {{-1, point.cpu}};
  std::vector<Scope> scopes;
  scopes.reserve(online.size());
  for (const int cpu : online) scopes.push_back({-1, cpu});
  return scopes;
}

perf_event_attr counting_attributes(const PerfEvent& point) {
  perf_event_attr attributes{};
  attributes.type = point.event.type;
  attributes.config = point.event.config;
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  attributes.disabled = 1;
  if (point.pid != all_pids) inherit_in_threads(attributes);
  return attributes;
}

perf_event_attr sampling_attributes(const PerfEvent& point) {
  std::visit([&](const auto& sampling) { check(point, sampling); }, point.sampling);
  auto attributes = counting_attributes(point);
  if (const auto* every = std::get_if<Every>(&point.sampling)) {
    attributes.sample_period = every->count;
  } else {
    attributes.freq = 1;
    attributes.sample_freq = std::get<Frequency>(point.sampling).hertz;
  }
  return attributes;
}

std::vector<Sampler> open_samplers(const Program& program, const PerfEvent& point) {
  auto attributes = sampling_attributes(point);
  return open_everywhere(point, [&](const Scope& scope) -> std::optional<Sampler> {
    auto event = open_in_scope(attributes, point, scope);
    if (!event) return std::nullopt;
    auto link = put_on_event(program, event->get(), to_string(AttachPoint(point)));
    return Sampler{scope.cpu, std::move(*event), std::move(link)};
  });
}

std::optional<UniqueFd> open_in_scope(perf_event_attr& attributes, const PerfEvent& point, const Scope& scope) {
  auto event = open_perf_event(attributes, scope.pid, scope.cpu);
  if (event) return event;
  const int why = errno;
  if (why == ENODEV || why == ESRCH) return std::nullopt;
  if (why == ENOENT || why == EOPNOTSUPP) throw no_such_event(point);
  throw perf_error(to_string(AttachPoint(point)), "the kernel refuses this perf event", why);
}

void enable_event(int event, const PerfEvent& point) {
  if (::ioctl(event, PERF_EVENT_IOC_ENABLE, 0) != 0)
    throw perf_error(to_string(AttachPoint(point)), "cannot start the perf event", errno);
}

void disable_event(int event) noexcept { ::ioctl(event, PERF_EVENT_IOC_DISABLE, 0); }

std::uint64_t read_count(int event, const PerfEvent& point) {
  struct {
    std::uint64_t value, time_enabled, time_running;
  } count{};
  const auto got = ::read(event, &count, sizeof count);
  if (got < 0) throw system_error(Stage::read, to_string(AttachPoint(point)), "cannot read the kernel's count", errno);
  if (got != sizeof count || count.time_enabled != count.time_running)
    throw Error(Stage::read, to_string(AttachPoint(point)),
                "the kernel counted only part of the time, because others use the machine's counters too",
                "end other users of perf events");
  return count.value;
}

Attached held_by(std::vector<Sampler> samplers) {
  Attached attached;
  for (auto& sampler : samplers) {
    if (sampler.link) attached.links.push_back(std::move(sampler.link));
    attached.events.push_back(std::move(sampler.event));
  }
  return attached;
}

void refuse_unsteady(const PerfEvent& point) {
  refuse(point, "its threads, or the CPUs, come and go faster than one can attach to all of them",
         "attach to all processes instead of one");
}

Attached attach_at(const Program& program, const PerfEvent& point) {
  auto samplers = open_samplers(program, point);
  for (const auto& sampler : samplers) enable_event(sampler.event.get(), point);
  const auto places = samplers.size();
  auto attached = held_by(std::move(samplers));
  attached.places = places;
  return attached;
}

Attached attach_at(const Program& program, const Interval& point) {
  constexpr std::uint64_t finest = 10'000;  // the kernel would take this for anything less
  if (point.nanoseconds < finest)
    throw Error(Stage::attach, to_string(point), "the kernel's clock for this is no finer than 10 us");
  return attach_at(program, PerfEvent{.event = software::cpu_clock,
                                      .sampling = every(point.nanoseconds),
                                      .pid = all_pids,
                                      .cpu = online_cpus().front()});
}

}  // namespace sonda
