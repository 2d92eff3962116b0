#include "attach/perf_open.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>

#include "base/files.h"
#include "base/text.h"
#include "kernel/kernel.h"
#include "kernel/privilege.h"

namespace sonda {
namespace {

int perf_event_open(perf_event_attr& attributes, pid_t pid, int cpu) {
  attributes.size = sizeof attributes;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC));
}

// "config:0" is bit 0 of perf_event_attr::config.
std::uint64_t bit_of_format(std::string_view format) {
  constexpr std::string_view start = "config:";
  if (!format.starts_with(start)) return 0;
  const auto bit = parse_u64(format.substr(start.size()));
  return bit && *bit < 64 ? std::uint64_t{1} << *bit : 0;
}

}  // namespace

void inherit_in_threads(perf_event_attr& attributes) {
  constexpr std::uint32_t first_with_threads_alone = 5U << 16 | 13U << 8;
  attributes.inherit = 1;
  attributes.inherit_thread = kernel_version_code() >= first_with_threads_alone;
}

bool raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return false;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

UniqueFd open_perf_event(perf_event_attr& attributes, pid_t pid, int cpu) {
  int fd = perf_event_open(attributes, pid, cpu);
  if (fd < 0 && errno == EMFILE && raise_open_files_limit()) fd = perf_event_open(attributes, pid, cpu);
  return UniqueFd(fd);
}

UniqueFd put_on_event(const Program& program, int event, const std::string& subject) {
  UniqueFd link(::bpf_link_create(program.fd(), event, BPF_PERF_EVENT, nullptr));
  if (!link && errno == EMFILE && raise_open_files_limit())
    link.reset(::bpf_link_create(program.fd(), event, BPF_PERF_EVENT, nullptr));
  if (link) return link;
  const int why = errno;
  if (why == EACCES && program.type() == BPF_PROG_TYPE_TRACEPOINT)
    throw Error(Stage::attach, subject,
                fmt::format("the program '{}' reads beyond this tracepoint's arguments", program.name()));
  // Kernels before 5.15 answer EINVAL; if the program is what is wrong, the older call says so as well.
  if (why != EINVAL || ::ioctl(event, PERF_EVENT_IOC_SET_BPF, program.fd()) != 0)
    throw perf_error(subject, fmt::format("the kernel does not take the program '{}' here", program.name()), why);
  return {};
}

Attached put_on_new_event(const Program& program, UniqueFd event, const std::string& subject) {
  Attached attached;
  if (auto link = put_on_event(program, event.get(), subject)) attached.links.push_back(std::move(link));
  attached.events.push_back(std::move(event));
  return attached;
}

std::optional<DynamicPmu> dynamic_pmu(std::string_view name) {
  const auto folder = std::filesystem::path("/sys/bus/event_source/devices") / name;
  const auto type = try_read_file(folder / "type");
  const auto number = type ? parse_u64(trim(*type)) : std::nullopt;
  if (!number) return std::nullopt;
  const auto format = try_read_file(folder / "format/retprobe");
  return DynamicPmu{.type = static_cast<std::uint32_t>(*number), .on_return = bit_of_format(trim(format.value_or("")))};
}

Error perf_error(std::string subject, std::string_view doing, int error_number) {
  if (error_number != EACCES && error_number != EPERM)
    return system_error(Stage::attach, std::move(subject), doing, error_number);
  if (has_capability(Capability::sys_admin))
    return system_error(Stage::attach, std::move(subject), doing, error_number, "the kernel may be locked down");
  if (has_capability(Capability::perfmon))
    return cannot_attach(std::move(subject), fmt::format("{}: CAP_SYS_ADMIN is missing", doing),
                         "run it as root: of this kernel's events, some take more than CAP_PERFMON");
  const auto paranoid = try_read_file("/proc/sys/kernel/perf_event_paranoid");
  const auto level = paranoid ? fmt::format(" (kernel.perf_event_paranoid is {})", trim(*paranoid)) : "";
  return cannot_attach(std::move(subject), fmt::format("{}: CAP_PERFMON is missing{}", doing, level),
                       "run it as root, or give the program CAP_PERFMON and CAP_BPF");
}

}  // namespace sonda
