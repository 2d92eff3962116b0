// Which function attaches which kind of attach point, and as what its program is loaded.
#include "sonda/link.h"

#include <bpf/bpf.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <iterator>
#include <thread>

#include "attach/points.h"
#include "attach/uprobe_spots.h"
#include "kernel/privilege.h"

namespace sonda {
namespace {

struct KindOf {
  // Perf events at uprobes take CAP_SYS_ADMIN; the kernel's way for many asks for no more than BPF does.
  ProgramKind operator()(const Uprobe& point) const {
    const bool by_event = !is_for_many(point.place) && has_capability(Capability::sys_admin);
    return by_event ? ProgramKind(BPF_PROG_TYPE_KPROBE) : kind_of_many_uprobes(point.pid);
  }
  ProgramKind operator()(const Kprobe& point) const { return kind_of_kprobe(point); }
  ProgramKind operator()(const Fentry& point) const {
    const auto when = point.on_return ? BPF_TRACE_FEXIT : BPF_TRACE_FENTRY;
    return {BPF_PROG_TYPE_TRACING, when, point.function, point.module};
  }
  ProgramKind operator()(const ModifyReturn& point) const {
    return {BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, point.function};
  }
  ProgramKind operator()(const Lsm& point) const { return {BPF_PROG_TYPE_LSM, BPF_LSM_MAC, point.hook}; }
  ProgramKind operator()(const Iterator& point) const { return {BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, point.target}; }
  ProgramKind operator()(const Usdt& point) const { return kind_of_many_uprobes(point.pid); }
  ProgramKind operator()(const Tracepoint&) const { return BPF_PROG_TYPE_TRACEPOINT; }
  ProgramKind operator()(const RawTracepoint&) const { return BPF_PROG_TYPE_RAW_TRACEPOINT; }
  ProgramKind operator()(const BtfTracepoint& point) const {
    return {BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, point.name};
  }
  ProgramKind operator()(const PerfEvent&) const { return BPF_PROG_TYPE_PERF_EVENT; }
  ProgramKind operator()(const Interval&) const { return BPF_PROG_TYPE_PERF_EVENT; }
  ProgramKind operator()(const Watchpoint&) const { return BPF_PROG_TYPE_PERF_EVENT; }
  ProgramKind operator()(const Xdp&) const { return {BPF_PROG_TYPE_XDP, BPF_XDP}; }
  ProgramKind operator()(const Tc&) const { return BPF_PROG_TYPE_SCHED_CLS; }
  ProgramKind operator()(const SocketFilter&) const { return BPF_PROG_TYPE_SOCKET_FILTER; }
  ProgramKind operator()(const Cgroup& point) const { return kind_of_cgroup(point); }
};

/// As many threads as there are descriptors, but no more than are of use; without threads, one after the other.
void close_together(std::vector<UniqueFd>& descriptors) noexcept {
  constexpr std::size_t most_threads = 32;
  std::atomic<std::size_t> next = 0;
  const auto close_some = [&]() noexcept {
    for (auto i = next++; i < descriptors.size(); i = next++) descriptors[i] = UniqueFd();
  };
  std::vector<std::jthread> helpers;
  try {
    while (helpers.size() + 1 < std::min(descriptors.size(), most_threads)) helpers.emplace_back(close_some);
  } catch (const std::exception&) {
    // No more threads to be had: those that there are do it.
  }
  close_some();
}

/// Whether closing such an event waits, under a lock of the kernel's, until nobody is at its place any more: some 30
/// ms, one event after the other, though no program is at them once their links are closed.
bool is_slow_to_close(const AttachPoint& point) {
  return std::holds_alternative<Tracepoint>(point) || std::holds_alternative<Kprobe>(point) ||
         std::holds_alternative<Uprobe>(point) || std::holds_alternative<Usdt>(point);
}

/// Leaves the closing of `events` to the kernel: a map of perf events holds them, and what a map holds is released by a
/// worker of the kernel's after the map is gone. Those that a map does not take stay in `events`.
void close_behind(std::vector<UniqueFd>& events) noexcept {
  if (events.empty()) return;
  const UniqueFd map(::bpf_map_create(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "closing", sizeof(int), sizeof(int),
                                      static_cast<std::uint32_t>(events.size()), nullptr));
  if (!map) return;
  for (int i = 0; auto& event : events) {
    if (const int fd = event.get(); ::bpf_map_update_elem(map.get(), &i, &fd, BPF_ANY) == 0) event.reset();
    ++i;
  }
  std::erase_if(events, [](const UniqueFd& event) { return !event; });
}

void move_to(std::vector<UniqueFd>& to, std::vector<UniqueFd>& from) {
  to.reserve(to.size() + from.size());
  std::ranges::move(from, std::back_inserter(to));
  from.clear();
}

}  // namespace

bool Link::replace(const Program& program) noexcept {
  if (held_.links.size() != 1 || !held_.events.empty() || !held_.undo.empty()) return false;
  return ::bpf_link_update(held_.links.front().get(), program.fd(), nullptr) == 0;
}

void detach_together(std::span<Link* const> links) noexcept {
  std::vector<UniqueFd> holding, events, slow;
  try {
    for (auto* link : links) {
      // Without a link (before Linux 5.15) it is the event that holds the program.
      const bool is_empty = link->held_.links.size() == link->held_.events.size();
      move_to(is_empty && is_slow_to_close(link->point_) ? slow : events, link->held_.events);
      move_to(holding, link->held_.links);
    }
  } catch (const std::exception&) {
    // No memory: what was not taken is closed below.
  }
  close_together(holding);
  close_behind(slow);
  close_together(slow);
  close_together(events);
  for (auto* link : links) link->detach();
}

bool is_for_many(const Place& place) {
  const auto* symbol = std::get_if<Symbol>(&place);
  return symbol != nullptr && is_pattern(symbol->name);
}

Attached held_by(UniqueFd link) {
  Attached attached;
  attached.links.push_back(std::move(link));
  return attached;
}

Error cannot_attach(std::string subject, std::string cause, std::string hint) {
  Error error(Stage::attach, std::move(subject), std::move(cause), std::move(hint));
  return std::move(error.with_exit(Exit::cannot_run));
}

void wait_for_running_programs() noexcept { ::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0); }

ProgramKind program_kind(const AttachPoint& point) { return std::visit(KindOf{}, point); }

Link attach(const Program& program, const AttachPoint& point) {
  const auto attach_it = [&](const auto& at) { return attach_at(program, at); };
  return {point, program.name(), std::visit(attach_it, point)};
}

}  // namespace sonda
