// Attach points back into the notation that they are read from.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sonda/attach_point.h"
#include "source/perf_event_names.h"

namespace sonda {
namespace {

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

std::string mode_text(Xdp::Mode mode) {
  switch (mode) {
    case Xdp::Mode::native:
      return ":native";
    case Xdp::Mode::generic:
      return ":generic";
    case Xdp::Mode::automatic:
      break;
  }
  return {};
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

}  // namespace

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

}  // namespace sonda
