// Which function attaches which kind of attach point, and as what its program is loaded.
#include "sonda/link.h"

#include <bpf/bpf.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

#include "attach/points.h"
#include "attach/uprobe_spots.h"

namespace sonda {
namespace {

struct KindOf {
  ProgramKind operator()(const Uprobe& point) const {
    return is_for_many(point.place) ? kind_of_many_uprobes(point.pid) : ProgramKind(BPF_PROG_TYPE_KPROBE);
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

}  // namespace

bool Link::replace(const Program& program) noexcept {
  if (held_.links.size() != 1 || !held_.events.empty() || !held_.undo.empty()) return false;
  return ::bpf_link_update(held_.links.front().get(), program.fd(), nullptr) == 0;
}

void detach_together(std::span<Link* const> links) noexcept {
  std::vector<UniqueFd> descriptors;
  try {
    for (auto* link : links)
      descriptors.reserve(descriptors.size() + link->held_.links.size() + link->held_.events.size());
    for (auto* link : links)
      for (auto* held : {&link->held_.links, &link->held_.events}) {
        for (auto& one : *held) descriptors.push_back(std::move(one));
        held->clear();
      }
  } catch (const std::exception&) {
    descriptors.clear();  // no memory: what was not taken is closed below
  }
  close_together(descriptors);
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
