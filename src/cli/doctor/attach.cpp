// Attach points and kinds of programs, each tried: attached for a moment where it disturbs nobody.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "attach/counter.h"
#include "base/text.h"
#include "cli/doctor/check.h"
#include "cli/doctor/trial.h"
#include "kernel/arch.h"
#include "kernel/kernel.h"
#include "kernel/libbpf.h"
#include "kernel/run_statistics.h"
#include "kernel/tracefs.h"
#include "runtime/run_counts.h"
#include "sonda/error.h"
#include "source/attach_notation.h"

namespace sonda::cli::doctor {
namespace {

// A system call that hardly anybody makes: what is attached there for a moment costs nobody anything.
constexpr std::string_view rare_call = "getpriority";
std::string rare_function() { return std::string(arch::system_call_entry) + std::string(rare_call); }

const KernelWish kprobes{.options = {"CONFIG_KPROBES", "CONFIG_KPROBE_EVENTS"}};
const KernelWish uprobes{.options = {"CONFIG_UPROBES", "CONFIG_UPROBE_EVENTS"}};
const KernelWish tracepoints{.options = {"CONFIG_TRACEPOINTS", "CONFIG_FTRACE", "CONFIG_EVENT_TRACING"}};
const KernelWish perf_events{.options = {"CONFIG_PERF_EVENTS"}};
const KernelWish trampolines{.since = "5.5",
                             .options = {"CONFIG_DEBUG_INFO_BTF", "CONFIG_FUNCTION_TRACER", "CONFIG_DYNAMIC_FTRACE"}};

Finding check_loading() {
  try {
    LoadedImage image(empty_program());
    image.program(image.image().programs.front().name, BPF_PROG_TYPE_SOCKET_FILTER);
    return ok();
  } catch (const Error& error) {
    const UniqueFd none(::bpf_prog_get_fd_by_id(0));
    if (!none && errno == ENOSYS)
      return missing("this kernel has no bpf(2)", kernel_remedy({.options = {"CONFIG_BPF_SYSCALL"}}));
    // Capabilities were looked at before: something else forbids it.
    return missing("the kernel refuses the simplest program: " + error.cause(),
                   "look at what holds this process: sonda doctor --only privilege, --only lockdown");
  }
}

Finding check_uprobe(bool on_return) {
  Uprobe point;
  point.binary = own_program();
  point.place = Address{own_function().address};
  point.on_return = on_return;
  return attach_for_a_moment(point, uprobes);
}

/// Many at once: how the kernel does it is told by the number of links.
Finding check_many_uprobes() {
  return tried({.since = "6.6", .options = {"CONFIG_UPROBES"}}, [] {
    LoadedImage image(empty_program());
    auto spot = own_function();
    spot.and_return = true;
    spot.cookie = 1;
    const auto links = attach_uprobes(image, image.image().programs.front().name, own_program(), {spot});
    const auto& kind = image.programs().back()->kind();
    if (links.size() == 1) return ok("one link for any number of entries and returns (session)");
    if (kind.attach_type != 0)
      return limited("one link for any number of places, another one for their returns",
                     "Linux 6.13 needs one for both; all works, and takes longer to detach");
    return limited("one link for each place", "Linux 6.6 attaches them at once; all works, and takes longer to detach");
  });
}

Finding check_cookie() {
  return tried({.since = "5.15"}, [] {
    if (!kernel_is_at_least("5.15"))
      throw Error(Stage::attach, "cookie", "programs cannot ask at which of several places they run",
                  "attach to one place for each program");
    LoadedImage image(empty_program());
    auto spot = own_function();
    spot.cookie = 1;
    attach_uprobes(image, image.image().programs.front().name, own_program(), {spot});
    return ok();
  });
}

Finding check_kprobe(bool on_return) {
  return attach_for_a_moment(Kprobe{Symbol{"sys_" + std::string(rare_call), 0}, on_return}, kprobes);
}

Finding check_many_kprobes() {
  auto pattern = rare_function();
  pattern.back() = '?';
  const AttachPoint point = Kprobe{Symbol{pattern, 0}, false};
  const KernelWish wish{.since = "5.18", .options = {"CONFIG_KPROBES", "CONFIG_FPROBE"}};
  auto finding = attach_for_a_moment(point, wish);
  if (finding.status == Status::ok && program_kind(point).attach_type == 0)
    return limited("kprobes of a pattern are attached one by one, at most 500",
                   kernel_remedy(wish, "narrower patterns"));
  return finding;
}

/// A kernel that is locked down may refuse these while it has all they take.
Finding attach_in_trampoline(const AttachPoint& point, const KernelWish& wish) {
  auto finding = attach_for_a_moment(point, wish);
  if (finding.status != Status::missing || lockdown() == "none") return finding;
  const std::string lift = "lift the lockdown (sonda doctor --only lockdown)";
  finding.remedy =
      finding.remedy.starts_with("a kernel") ? lift + "; " + finding.remedy : lift + "; until then: " + finding.remedy;
  return finding;
}

Finding check_fentry(bool on_return) {
  return attach_in_trampoline(Fentry{rare_function(), on_return, {}}, trampolines);
}

Finding check_lsm() {
  return attach_in_trampoline(Lsm{"task_setnice"},
                              {.since = "5.7", .options = {"CONFIG_BPF_LSM", "CONFIG_DEBUG_INFO_BTF"}});
}

Finding check_sleepable() {
  return tried({.since = "5.14"}, [] {
    constexpr auto syscall_program = static_cast<bpf_prog_type>(31);  // BPF_PROG_TYPE_SYSCALL
    const auto image = empty_program();
    const auto& program = image.programs.front();
    bpf_prog_load_opts options{};
    options.sz = sizeof options;
    options.prog_flags = BPF_F_SLEEPABLE;
    const QuietLibbpf quiet;
    const UniqueFd fd(::bpf_prog_load(syscall_program, program.name.c_str(), "GPL", program.instructions.data(),
                                      program.instructions.size(), &options));
    if (!fd) throw system_error(Stage::load, "sleepable", "the kernel has no programs that may sleep", errno);
    return ok();
  });
}

Finding check_tail_calls() {
  return tried({}, [] {
    auto image = empty_program();
    auto& program = image.programs.front();
    const auto leave = program.instructions;
    // bpf_tail_call(ctx, the map, 0)
    program.instructions = {
        {.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 2, .src_reg = 0, .off = 0, .imm = 0},
        {.code = 0, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .src_reg = 0, .off = 0, .imm = 0},
        {.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = BPF_FUNC_tail_call}};
    program.instructions.insert(program.instructions.end(), leave.begin(), leave.end());
    program.maps = {{.instruction = 0, .map = 0}};
    MapSpec slots;
    slots.name = "sonda_doctor";
    slots.type = BPF_MAP_TYPE_PROG_ARRAY;
    slots.key_size = slots.value_size = sizeof(std::uint32_t);
    slots.max_entries = 1;
    image.maps.push_back(slots);
    LoadedImage loaded(std::move(image));
    const auto& itself = loaded.program("sonda_doctor", BPF_PROG_TYPE_SOCKET_FILTER);
    const std::uint32_t slot = 0;
    const int fd = itself.fd();
    const auto& map = loaded.map("sonda_doctor");
    if (::bpf_map_update_elem(map.fd(), &slot, &fd, BPF_ANY) != 0)
      throw system_error(Stage::load, "tail call", "the kernel does not take a program into an array", errno);
    ::bpf_map_delete_elem(map.fd(), &slot);  // it would hold itself for ever
    return ok();
  });
}

Finding check_trace_pipe() {
  return tried(tracepoints, [] {
    Tracefs().open("trace_pipe", O_RDONLY | O_NONBLOCK);
    return ok();
  });
}

Finding check_hardware_events() {
  std::vector<std::string> there, lacking;
  std::string why;
  for (const auto& event : hardware_events()) {
    try {
      const PerfCounter counter(event.id);
      there.emplace_back(event.name);
    } catch (const Error& error) {
      lacking.emplace_back(event.name);
      why = error.cause();
    }
  }
  const std::string instead = "use software:cpu-clock:PERIOD, or profile:hz:N";
  if (there.empty())
    return missing("the processor's counters are not there: " + why,
                   "in a virtual machine: give it a PMU (QEMU: -cpu host,pmu=on); on this one: " + instead);
  auto finding = lacking.empty()
                     ? ok("all of them")
                     : limited("without " + join(lacking, ", "), "those of the processor itself: perf list");
  finding.details.push_back("there are: " + join(there, ", "));
  return finding;
}

/// Machines that virtualise badly take a watchpoint and never meet it: so it is met here, if runs can be counted.
Finding check_watchpoint() {
  alignas(8) static volatile std::uint64_t watched = 0;
  constexpr std::uint64_t writes = 3;
  Watchpoint point;
  point.place = Address{reinterpret_cast<std::uintptr_t>(&watched)};
  point.pid = ::getpid();
  return tried(perf_events, [&] {
    const RunStatistics statistics;
    LoadedImage image(empty_program());
    const auto& program = image.program(image.image().programs.front().name, program_kind(point));
    const auto link = attach(program, point);
    for (std::uint64_t i = 0; i < writes; ++i) watched = i;
    if (const auto runs = run_count(program).runs; statistics.on() && runs != writes)
      return missing(
          fmt::format("it is taken, and {} of {} writes were noticed", runs, writes),
          "in a virtual machine: one that keeps the processor's debug registers; on this one: a uprobe where "
          "the variable is written");
    return ok(link.how());
  });
}

}  // namespace

std::vector<Check> attach_checks() {
  const std::string section = "attach";
  const auto at = [](const AttachPoint& point, const KernelWish& wish) {
    return [=] { return attach_for_a_moment(point, wish); };
  };
  std::vector<Check> checks{
      {"loading", section, "the kernel takes a program", check_loading},
      {"uprobe", section, "uprobe: at a function of this program", [] { return check_uprobe(false); }},
      {"uretprobe", section, "uretprobe: at a function of this program", [] { return check_uprobe(true); }},
      {"uprobe-cookie", section, "programs can ask at which of several places they run", check_cookie},
      {"uprobe-multi", section, "many uprobes at once", check_many_uprobes},
      {"kprobe", section, "kprobe: at a system call", [] { return check_kprobe(false); }},
      {"kretprobe", section, "kretprobe: at a system call", [] { return check_kprobe(true); }},
      {"kprobe-multi", section, "many kprobes at once", check_many_kprobes},
      {"fentry", section, "fentry: at a system call", [] { return check_fentry(false); }},
      {"fexit", section, "fexit: at a system call", [] { return check_fentry(true); }},
      {"tracepoint", section, "tracepoint: at sched:sched_process_exec",
       at(Tracepoint{"sched", "sched_process_exec"}, tracepoints)},
      {"raw-tracepoint", section, "rawtracepoint: at sched_process_exec",
       at(RawTracepoint{"sched_process_exec"}, {.options = {"CONFIG_TRACEPOINTS", "CONFIG_BPF_EVENTS"}})},
      {"btf-tracepoint", section, "btftracepoint: at sched_process_exec",
       at(BtfTracepoint{"sched_process_exec"}, {.since = "5.5", .options = {"CONFIG_DEBUG_INFO_BTF"}})},
      {"lsm", section, "lsm: at task_setnice", check_lsm},
      {"iterator", section, "iter: over tasks",
       at(Iterator{"task"}, {.since = "5.8", .options = {"CONFIG_DEBUG_INFO_BTF"}})},
      {"software-events", section, "software: on major page faults",
       at(PerfEvent{.event = software::page_faults_maj}, perf_events)},
      {"profile", section, "profile: so many samples a second on each CPU",
       at(PerfEvent{.event = software::cpu_clock, .sampling = frequency(49)}, perf_events)},
      {"hardware-events", section, "hardware: what the processor counts", check_hardware_events},
      {"watchpoint", section, "watchpoint: on a variable of this program", check_watchpoint},
      {"tail-calls", section, "programs go on in others", check_tail_calls},
      {"sleepable", section, "programs that may sleep", check_sleepable},
      {"trace-pipe", section, "lines of bpf_trace_printk can be read", check_trace_pipe},
  };
  for (auto& check : checks) {
    check.wants = Wants::bpf;
    check.brief = true;
    if (check.id == "kprobe-multi") check.limit *= 3;  // reads all symbols of the kernel
    check.needed = check.id == "loading" || check.id == "uprobe" || check.id == "uretprobe" ||
                   check.id == "raw-tracepoint" || check.id == "software-events";
  }
  return checks;
}

}  // namespace sonda::cli::doctor
