// Programs on accesses to memory, seen by the processor's debug registers.
#include <fmt/format.h>
#include <linux/hw_breakpoint.h>

#include <cerrno>
#include <filesystem>

#include "attach/perf_event.h"
#include "base/files.h"
#include "base/text.h"
#include "kernel/kallsyms.h"

namespace sonda {
namespace {

class Watch {
 public:
  explicit Watch(const Watchpoint& point) : point_(point), subject_(to_string(AttachPoint(point))) {}

  perf_event_attr attributes() const {
    perf_event_attr attributes{};
    attributes.type = PERF_TYPE_BREAKPOINT;
    attributes.bp_type = mode();
    attributes.bp_addr = checked(address());
    attributes.bp_len = point_.executes ? sizeof(long) : point_.length;
    attributes.sample_period = 1;
    attributes.disabled = 1;
    if (point_.pid != all_pids) inherit_in_threads(attributes);
    return attributes;
  }

  std::optional<Sampler> open(perf_event_attr& attributes, const Program& program, const Scope& scope) const {
    auto event = open_perf_event(attributes, scope.pid, scope.cpu);
    if (!event && (errno == ESRCH || (errno == ENODEV && scope.cpu >= 0))) return std::nullopt;
    if (!event) throw refusal(errno);
    auto link = put_on_event(program, event.get(), subject_);
    return Sampler{scope.cpu, std::move(event), std::move(link)};
  }

  void require_process() const {
    std::error_code none;
    if (point_.pid != all_pids && !std::filesystem::exists(fmt::format("/proc/{}", point_.pid), none))
      refuse(fmt::format("there is no process {}", point_.pid));
  }

 private:
  [[noreturn]] void refuse(std::string cause, std::string hint = {}) const {
    throw Error(Stage::attach, subject_, std::move(cause), std::move(hint));
  }

  std::uint32_t mode() const {
    if (point_.executes) return HW_BREAKPOINT_X;
    if (point_.reads && point_.writes) return HW_BREAKPOINT_RW;
    if (point_.writes) return HW_BREAKPOINT_W;
    refuse("the processor cannot watch for reads alone", "watch for reads and writes: rw");
  }

  std::uint64_t address() const {
    if (const auto* address = std::get_if<Address>(&point_.place)) return address->value;
    const auto& symbol = std::get<Symbol>(point_.place);
    return kernel_address(symbol.name) + symbol.offset;
  }

  std::uint64_t checked(std::uint64_t address) const {
    const bool of_kernel = address >> 63 != 0;
    if (!of_kernel && point_.pid == all_pids)
      refuse(fmt::format("{:#x} is an address of user space, and means something else in each process", address),
             "name the process: pid=N, or pid=$PID for the one that is started");
    if (!point_.executes && address % point_.length != 0)
      refuse(fmt::format("the processor watches {} bytes at a multiple of {} only", point_.length, point_.length),
             "watch the bytes around it, or fewer of them");
    return address;
  }

  std::uint64_t kernel_address(std::string_view name) const {
    const auto text = try_read_file("/proc/kallsyms").value_or("");
    std::vector<std::string> names;
    bool has_data = false;
    for (const auto each : split_lines(text)) {
      const auto line = parse_kallsyms_line(each);
      if (!line) continue;
      has_data = has_data || line->type == 'd' || line->type == 'D';
      if (line->name != name) {
        names.emplace_back(line->name);
        continue;
      }
      if (line->address == 0)
        refuse("the kernel hides its addresses", "run as root, with the sysctl kernel.kptr_restrict below 2");
      return line->address;
    }
    Error error(Stage::attach, subject_, fmt::format("the kernel tells no symbol '{}'", name),
                did_you_mean(name, names, "a name is one of the kernel's; give an address for a process's memory"));
    // Without the names of variables at all, this kernel is what lacks something.
    if (!has_data)
      error = Error(Stage::attach, subject_,
                    fmt::format("the kernel tells no symbol '{}', nor any variable: it was built without "
                                "CONFIG_KALLSYMS_ALL",
                                name),
                    "give the address, e.g. out of System.map, or name a function and watch it run: x");
    throw std::move(error.with_exit(has_data ? Exit::failure : Exit::cannot_run));
  }

  Error refusal(int why) const {
    if (why == ENOSPC)
      return {Stage::attach, subject_, "no debug register is free: a processor has few (x86: four) for all watchpoints",
              "end other watchpoints and debuggers, or watch a function with a uprobe or kprobe instead"};
    if (why == ENOENT || why == EOPNOTSUPP || why == ENODEV)
      return cannot_attach(subject_, "this kernel or machine has no hardware breakpoints (CONFIG_HAVE_HW_BREAKPOINT)",
                           "watch the functions that change it, with a uprobe or kprobe");
    // The kernel lets its code be watched where a kprobe may be, and so nowhere if it knows none.
    if (why == EINVAL && point_.executes && !dynamic_pmu("kprobe"))
      return cannot_attach(subject_, "a kernel that was built without CONFIG_KPROBES lets none of its code be watched",
                           "use a tracepoint (tracepoint:CATEGORY:NAME)");
    if (why == EINVAL)
      return {
          Stage::attach, subject_, "the kernel does not let this address be watched",
          "it must be one of the process's or of the kernel's memory, and not of the code that handles breakpoints"};
    return perf_error(subject_, "the kernel refuses this watchpoint", why);
  }

  const Watchpoint& point_;
  std::string subject_;
};

}  // namespace

Attached attach_at(const Program& program, const Watchpoint& point) {
  const Watch watch(point);
  watch.require_process();
  auto attributes = watch.attributes();
  const PerfEvent where{.event = {PERF_TYPE_BREAKPOINT, 0}, .pid = point.pid};
  auto samplers = open_everywhere(where, [&](const Scope& scope) { return watch.open(attributes, program, scope); });
  for (const auto& sampler : samplers) enable_event(sampler.event.get(), where);
  return held_by(std::move(samplers));
}

}  // namespace sonda
