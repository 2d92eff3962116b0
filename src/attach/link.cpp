// Which function attaches which kind of attach point, and as what its program is loaded.
#include "sonda/link.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

#include "attach/btf_target.h"
#include "attach/points.h"

namespace sonda {
namespace {

struct KindOf {
  ProgramKind operator()(const Uprobe& point) const { return kind_of_uprobe(point); }
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
  ProgramKind operator()(const Usdt& point) const { return kind_of_usdt(point); }
  ProgramKind operator()(const Tracepoint&) const { return BPF_PROG_TYPE_TRACEPOINT; }
  ProgramKind operator()(const RawTracepoint&) const { return BPF_PROG_TYPE_RAW_TRACEPOINT; }
  ProgramKind operator()(const BtfTracepoint& point) const {
    return {BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, point.name};
  }
  ProgramKind operator()(const PerfEvent&) const { return BPF_PROG_TYPE_PERF_EVENT; }
  ProgramKind operator()(const Interval&) const { return BPF_PROG_TYPE_PERF_EVENT; }
  ProgramKind operator()(const Watchpoint&) const { return BPF_PROG_TYPE_PERF_EVENT; }
  ProgramKind operator()(const Xdp&) const { return {BPF_PROG_TYPE_XDP, BPF_XDP}; }
  ProgramKind operator()(const Tc& point) const { return kind_of_tc(point); }
  ProgramKind operator()(const SocketFilter&) const { return BPF_PROG_TYPE_SOCKET_FILTER; }
  ProgramKind operator()(const Cgroup& point) const { return kind_of_cgroup(point); }
};

struct AttachTo {
  const Program& program;
  Attached operator()(const Uprobe& point) const { return attach_uprobe(program, point); }
  Attached operator()(const Kprobe& point) const { return attach_kprobe(program, point); }
  Attached operator()(const Fentry& point) const { return attach_fentry(program, point); }
  Attached operator()(const ModifyReturn& point) const { return attach_to_target(program, to_string(point)); }
  Attached operator()(const Lsm& point) const { return attach_lsm(program, point); }
  Attached operator()(const Iterator& point) const { return attach_iterator(program, point); }
  Attached operator()(const Usdt& point) const { return attach_usdt(program, point); }
  Attached operator()(const Tracepoint& point) const { return attach_tracepoint(program, point); }
  Attached operator()(const RawTracepoint& point) const { return attach_raw_tracepoint(program, point); }
  Attached operator()(const BtfTracepoint& point) const { return attach_btf_tracepoint(program, point); }
  Attached operator()(const PerfEvent& point) const { return attach_perf_event(program, point); }
  Attached operator()(const Interval& point) const { return attach_interval(program, point); }
  Attached operator()(const Watchpoint& point) const { return attach_watchpoint(program, point); }
  Attached operator()(const Xdp& point) const { return attach_xdp(program, point); }
  Attached operator()(const Tc& point) const { return attach_tc(program, point); }
  Attached operator()(const SocketFilter& point) const { return attach_socket_filter(program, point); }
  Attached operator()(const Cgroup& point) const { return attach_cgroup(program, point); }
};

}  // namespace

bool Link::replace(const Program& program) noexcept {
  if (held_.links.size() != 1 || !held_.events.empty() || !held_.undo.empty()) return false;
  return ::bpf_link_update(held_.links.front().get(), program.fd(), nullptr) == 0;
}

namespace {

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

ProgramKind program_kind(const AttachPoint& point) { return std::visit(KindOf{}, point); }

Link attach(const Program& program, const AttachPoint& point) {
  return {point, program.name(), std::visit(AttachTo{program}, point)};
}

}  // namespace sonda
