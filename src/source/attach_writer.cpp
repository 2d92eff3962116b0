// Attach points back into the notation that they are read from.
#include <fmt/format.h>

#include <array>

#include "sonda/attach_point.h"
#include "source/attach_notation.h"

namespace sonda {
namespace {

constexpr auto software_names = std::to_array<NamedEvent>({
    {"page-faults", software::page_faults},
    {"faults", software::page_faults},
    {"page-faults-min", software::page_faults_min},
    {"minor-faults", software::page_faults_min},
    {"page-faults-maj", software::page_faults_maj},
    {"major-faults", software::page_faults_maj},
    {"cpu-clock", software::cpu_clock},
    {"task-clock", software::task_clock},
    {"context-switches", software::context_switches},
    {"cs", software::context_switches},
    {"cpu-migrations", software::cpu_migrations},
    {"alignment-faults", software::alignment_faults},
    {"emulation-faults", software::emulation_faults},
});

// PERF_COUNT_HW_* of linux/perf_event.h.
constexpr auto hardware_names = std::to_array<NamedEvent>({
    {"cycles", {0, 0}},
    {"instructions", {0, 1}},
    {"cache-references", {0, 2}},
    {"cache-misses", {0, 3}},
    {"branches", {0, 4}},
    {"branch-misses", {0, 5}},
    {"bus-cycles", {0, 6}},
    {"ref-cycles", {0, 9}},
});

/// C++ names hold the notation's own signs.
std::string symbol_text(const std::string& name) {
  return name.find_first_of(" :+(") == name.npos ? name : fmt::format("\"{}\"", name);
}

std::string place_text(const Place& place) {
  if (const auto* address = std::get_if<Address>(&place)) return fmt::format("{:#x}", address->value);
  const auto& symbol = std::get<Symbol>(place);
  const auto name = symbol_text(symbol.name);
  return symbol.offset == 0 ? name : fmt::format("{}+{:#x}", name, symbol.offset);
}

std::string event_text(const PerfEventId& id) {
  for (const auto& event : software_events())
    if (event.id == id) return fmt::format("software:{}", event.name);
  for (const auto& event : hardware_events())
    if (event.id == id) return fmt::format("hardware:{}", event.name);
  return fmt::format("perf:{}:{:#x}", id.type, id.config);
}

std::string sampled_event_text(const PerfEvent& point) {
  if (const auto* each = std::get_if<Every>(&point.sampling))
    return fmt::format("{}:{}", event_text(point.event), each->count);
  const auto hertz = std::get<Frequency>(point.sampling).hertz;
  if (point.event == software::cpu_clock) return fmt::format("profile:hz:{}", hertz);
  return fmt::format("{}:hz:{}", event_text(point.event), hertz);
}

std::string interval_text(std::uint64_t nanoseconds) {
  constexpr std::uint64_t microsecond = 1'000, millisecond = 1'000'000, second = 1'000'000'000;
  if (nanoseconds % second == 0) return fmt::format("interval:s:{}", nanoseconds / second);
  if (nanoseconds % millisecond == 0) return fmt::format("interval:ms:{}", nanoseconds / millisecond);
  return fmt::format("interval:us:{}", nanoseconds / microsecond);
}

std::string_view mode_text(Xdp::Mode mode) {
  return mode == Xdp::Mode::native ? ":native" : mode == Xdp::Mode::generic ? ":generic" : "";
}

struct Writer {
  std::string operator()(const Uprobe& point) const {
    return fmt::format("{}:{}:{}", point.on_return ? "uretprobe" : "uprobe", point.binary.string(),
                       place_text(point.place));
  }
  std::string operator()(const Kprobe& point) const {
    return fmt::format("{}:{}", point.on_return ? "kretprobe" : "kprobe", place_text(point.place));
  }
  std::string operator()(const Fentry& point) const {
    return fmt::format("{}:{}{}{}", point.on_return ? "fexit" : "fentry", point.module, point.module.empty() ? "" : ":",
                       point.function);
  }
  std::string operator()(const ModifyReturn& point) const { return "fmod_ret:" + point.function; }
  std::string operator()(const Lsm& point) const { return "lsm:" + point.hook; }
  std::string operator()(const Iterator& point) const { return "iter:" + point.target; }
  std::string operator()(const Usdt& point) const {
    return fmt::format("usdt:{}:{}{}{}", point.binary.string(), point.provider, point.provider.empty() ? "" : ":",
                       point.name);
  }
  std::string operator()(const Tracepoint& point) const {
    return fmt::format("tracepoint:{}:{}", point.category, point.name);
  }
  std::string operator()(const RawTracepoint& point) const { return "rawtracepoint:" + point.name; }
  std::string operator()(const BtfTracepoint& point) const { return "btftracepoint:" + point.name; }
  std::string operator()(const PerfEvent& point) const {
    return sampled_event_text(point) + (point.cpu >= 0 ? fmt::format(" cpu={}", point.cpu) : "");
  }
  std::string operator()(const Interval& point) const { return interval_text(point.nanoseconds); }
  std::string operator()(const Watchpoint& point) const {
    return fmt::format("watchpoint:{}:{}:{}{}{}", place_text(point.place), point.length, point.reads ? "r" : "",
                       point.writes ? "w" : "", point.executes ? "x" : "");
  }
  std::string operator()(const Xdp& point) const {
    return fmt::format("xdp:{}{}", point.interface, mode_text(point.mode));
  }
  std::string operator()(const Tc& point) const {
    return fmt::format("tc:{}:{}", point.interface, point.egress ? "egress" : "ingress");
  }
  std::string operator()(const SocketFilter& point) const { return "socket:" + point.interface; }
  std::string operator()(const Cgroup& point) const {
    return fmt::format("cgroup:{}:{}", point.path.string(), point.hook);
  }
};

struct Prefix {
  std::string_view text;
  AttachPoint (*point)(const std::string& name);
};

/// "MODULE__NAME", as KFUNC_PROBE writes it; BCC says vmlinux for the kernel itself.
AttachPoint kernel_function(const std::string& name, bool on_return) {
  const auto split = name.find("__");
  if (split == name.npos || split == 0) return Fentry{name, on_return, {}};
  auto module = name.substr(0, split);
  if (module == "vmlinux") module.clear();
  return Fentry{name.substr(split + 2), on_return, module};
}

AttachPoint tracepoint(const std::string& name) {
  const auto split = name.find("__");
  return Tracepoint{name.substr(0, split), split == name.npos ? "" : name.substr(split + 2)};
}

// A function called syscall__NAME has its arguments read as a system call's, and is attached by nobody.
constexpr auto prefixes = std::to_array<Prefix>({
    {"kprobe__", [](const std::string& name) -> AttachPoint { return Kprobe{Symbol{name}}; }},
    {"kretprobe__", [](const std::string& name) -> AttachPoint { return Kprobe{Symbol{name}, true}; }},
    {"tracepoint__", [](const std::string& name) -> AttachPoint { return tracepoint(name); }},
    {"raw_tracepoint__", [](const std::string& name) -> AttachPoint { return RawTracepoint{name}; }},
    {"kfunc__", [](const std::string& name) -> AttachPoint { return kernel_function(name, false); }},
    {"kretfunc__", [](const std::string& name) -> AttachPoint { return kernel_function(name, true); }},
    {"kmod_ret__", [](const std::string& name) -> AttachPoint { return ModifyReturn{name}; }},
    {"lsm__", [](const std::string& name) -> AttachPoint { return Lsm{name}; }},
    {"bpf_iter__", [](const std::string& name) -> AttachPoint { return Iterator{name}; }},
});

}  // namespace

std::span<const NamedEvent> software_events() { return software_names; }
std::span<const NamedEvent> hardware_events() { return hardware_names; }

std::string to_string(const AttachPoint& point) {
  auto copy = point;
  const auto* pid = process_of(copy);
  return std::visit(Writer{}, point) + (pid != nullptr && *pid != all_pids ? fmt::format(" pid={}", *pid) : "");
}

bool is_pattern(std::string_view name) { return name.find_first_of("*?[") != name.npos; }

pid_t* process_of(AttachPoint& point) {
  return std::visit(
      [](auto& one) -> pid_t* {
        if constexpr (requires { one.pid; })
          return &one.pid;
        else
          return nullptr;
      },
      point);
}

std::optional<AttachPoint> conventional_point(std::string_view function) {
  for (const auto& prefix : prefixes) {
    if (!function.starts_with(prefix.text) || function.size() == prefix.text.size()) continue;
    auto point = prefix.point(std::string(function.substr(prefix.text.size())));
    if (const auto* found = std::get_if<Tracepoint>(&point); found != nullptr && found->name.empty()) return {};
    return point;
  }
  return std::nullopt;
}

}  // namespace sonda
