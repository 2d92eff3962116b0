#include "attach/uprobe_spots.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "attach/perf_open.h"
#include "kernel/kernel.h"

namespace sonda {
namespace {

// linux/bpf.h of 6.6 and 6.13; the headers of older distributions lack them.
constexpr std::uint32_t bpf_trace_uprobe_multi = 48, bpf_trace_uprobe_session = 57;
constexpr std::uint32_t multi_on_return = 1;
constexpr std::uint32_t first_with_multi = 6U << 16 | 6U << 8, first_with_session = 6U << 16 | 13U << 8;
// Before, one that is for a process ran in one of its threads only.
constexpr std::uint32_t first_with_multi_of_process = 6U << 16 | 11U << 8;
// Each takes two descriptors and, in the end, its time: see attach_uprobes() in sonda/link.h.
constexpr std::size_t most_one_by_one = 1000;

struct LinkMany {
  std::uint32_t program = 0, target = 0, attach_type = 0, flags = 0;
  std::uint64_t path = 0, offsets = 0, counters = 0, cookies = 0;
  std::uint32_t count = 0, multi_flags = 0, pid = 0, unused = 0;
};

/// Through the descriptor, the kernel takes the very file that was read, whatever its path leads to by now: in another
/// one the same offset may be the middle of an instruction.
std::string path_of(const ElfFile& file) { return fmt::format("/proc/self/fd/{}", file.fd()); }

std::uint64_t address(const void* of) { return reinterpret_cast<std::uintptr_t>(of); }

Error refusal(const FileSpots& wanted, int why) {
  if (why == ESRCH) return {Stage::attach, wanted.subject, fmt::format("there is no process {}", wanted.pid)};
  constexpr int kernels_own_enotsupp = 524;  // leaks out of the kernel, and has no name outside
  if (why == kernels_own_enotsupp || why == EOPNOTSUPP || why == ENOEXEC)
    return {Stage::attach, wanted.subject,
            wanted.spots.size() == 1 ? "the kernel cannot probe the instruction at that place"
                                     : "the kernel cannot probe the instruction at one of the places",
            "probe the start of a function"};
  return perf_error(wanted.subject, "the kernel refuses this uprobe", why);
}

std::vector<std::uint64_t> each(const std::vector<FileSpot>& spots, std::uint64_t FileSpot::* part) {
  std::vector<std::uint64_t> all;
  for (const auto& spot : spots) all.push_back(spot.*part);
  return std::ranges::all_of(all, [](std::uint64_t value) { return value == 0; }) ? std::vector<std::uint64_t>{} : all;
}

Attached in_one_step(const Program& program, const FileSpots& wanted) {
  const auto path = path_of(wanted.file);
  const auto offsets = each(wanted.spots, &FileSpot::offset), cookies = each(wanted.spots, &FileSpot::cookie),
             counters = each(wanted.spots, &FileSpot::counter);
  LinkMany request;
  request.program = static_cast<std::uint32_t>(program.fd());
  request.attach_type = program.kind().attach_type;
  request.path = address(path.c_str());
  request.offsets = address(offsets.data());
  request.counters = address(counters.data());
  request.cookies = address(cookies.data());
  request.count = static_cast<std::uint32_t>(offsets.size());
  request.multi_flags = wanted.on_return ? multi_on_return : 0;
  request.pid = wanted.pid == all_pids ? 0 : static_cast<std::uint32_t>(wanted.pid);
  UniqueFd link(static_cast<int>(::syscall(SYS_bpf, BPF_LINK_CREATE, &request, sizeof request)));
  if (!link) throw refusal(wanted, errno);
  return held_by(std::move(link));
}

class OneByOne {
 public:
  OneByOne(const Program& program, const FileSpots& wanted) : program_(program), wanted_(wanted) {
    const auto pmu = dynamic_pmu("uprobe");
    if (!pmu)
      throw cannot_attach(wanted.subject, "this kernel was built without CONFIG_UPROBE_EVENTS",
                          "use a tracepoint of the system call that the function ends in (tracepoint:syscalls:...)");
    pmu_ = *pmu;
    if (wanted.spots.size() > most_one_by_one)
      throw Error(Stage::attach, wanted.subject,
                  fmt::format("these are {} places, and before Linux 6.6 more than {} take too long to attach",
                              wanted.spots.size(), most_one_by_one),
                  "narrow the pattern");
  }

  Attached attach() const {
    Attached all;
    for (const auto& spot : wanted_.spots) {
      auto event = open(spot);
      if (auto link = put(event.get(), spot)) all.links.push_back(std::move(link));
      all.events.push_back(std::move(event));
    }
    return all;
  }

 private:
  UniqueFd open(const FileSpot& spot) const {
    const auto path = path_of(wanted_.file);
    perf_event_attr attributes{};
    attributes.type = pmu_.type;
    attributes.config = wanted_.on_return ? pmu_.on_return : 0;
    attributes.config |= spot.counter << counter_shift;
    attributes.uprobe_path = address(path.c_str());
    attributes.probe_offset = spot.offset;
    if (spot.counter != 0 && !std::filesystem::exists(counter_format))
      throw cannot_attach(wanted_.subject,
                          "this kernel does not count the listeners of USDT probes, as this one asks for",
                          "it takes Linux 4.20; use a uprobe on the function around the place");
    if (spot.counter >> counter_bits != 0)
      throw Error(Stage::attach, wanted_.subject, "the counter of this probe's listeners is beyond 4 GiB of the file");
    // The breakpoint is on all CPUs; which one the event counts on does not matter to the program.
    const bool everyone = wanted_.pid == all_pids;
    auto event = open_perf_event(attributes, wanted_.pid, everyone ? online_cpus().front() : -1);
    if (!event) throw refusal(wanted_, errno);
    return event;
  }

  // The kernel's "config:32-63".
  static constexpr auto counter_format = "/sys/bus/event_source/devices/uprobe/format/ref_ctr_offset";
  static constexpr int counter_shift = 32, counter_bits = 32;

  UniqueFd put(int event, const FileSpot& spot) const {
    if (spot.cookie == 0 || program_.kind().cookie) return put_on_event(program_, event, wanted_.subject);
    bpf_link_create_opts options{};
    options.sz = sizeof options;
    options.perf_event.bpf_cookie = spot.cookie;
    UniqueFd link(::bpf_link_create(program_.fd(), event, BPF_PERF_EVENT, &options));
    if (link) return link;
    if (errno == EINVAL || errno == E2BIG)
      throw cannot_attach(wanted_.subject,
                          "this kernel has no uprobes with cookies, which tell the program where it is",
                          "it takes Linux 5.15");
    throw perf_error(wanted_.subject, fmt::format("the kernel does not take the program '{}' here", program_.name()),
                     errno);
  }

  const Program& program_;
  const FileSpots& wanted_;
  DynamicPmu pmu_;
};

}  // namespace

bool has_multi_uprobes(pid_t pid) {
  return kernel_version_code() >= (pid == all_pids ? first_with_multi : first_with_multi_of_process);
}

ProgramKind kind_of_many_uprobes(pid_t pid) {
  return {BPF_PROG_TYPE_KPROBE, has_multi_uprobes(pid) ? bpf_trace_uprobe_multi : 0};
}

std::optional<ProgramKind> kind_of_uprobe_sessions() {
  if (kernel_version_code() < first_with_session) return std::nullopt;
  return ProgramKind(BPF_PROG_TYPE_KPROBE, bpf_trace_uprobe_session);
}

Attached attach_spots(const Program& program, const FileSpots& wanted) {
  const bool many = program.kind().attach_type != 0;
  auto attached = many ? in_one_step(program, wanted) : OneByOne(program, wanted).attach();
  attached.places = wanted.spots.size();
  return attached;
}

}  // namespace sonda
