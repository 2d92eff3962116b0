// One function for each kind of attach point; which one it is decides the program's type.
#include "sonda/link.h"

#include "runtime/attach/perf_open.h"

namespace sonda {
namespace {

struct TypeOf {
  bpf_prog_type operator()(const Uprobe&) const { return BPF_PROG_TYPE_KPROBE; }
  bpf_prog_type operator()(const Kprobe&) const { return BPF_PROG_TYPE_KPROBE; }
  bpf_prog_type operator()(const Tracepoint&) const { return BPF_PROG_TYPE_TRACEPOINT; }
  bpf_prog_type operator()(const RawTracepoint&) const { return BPF_PROG_TYPE_RAW_TRACEPOINT; }
  bpf_prog_type operator()(const PerfEvent&) const { return BPF_PROG_TYPE_PERF_EVENT; }
};

struct AttachTo {
  const Program& program;
  Attached operator()(const Uprobe& point) const { return attach_uprobe(program, point); }
  Attached operator()(const Kprobe& point) const { return attach_kprobe(program, point); }
  Attached operator()(const Tracepoint& point) const { return attach_tracepoint(program, point); }
  Attached operator()(const RawTracepoint& point) const { return attach_raw_tracepoint(program, point); }
  Attached operator()(const PerfEvent& point) const { return attach_perf_event(program, point); }
};

}  // namespace

bpf_prog_type program_type(const AttachPoint& point) { return std::visit(TypeOf{}, point); }

Link attach(const Program& program, const AttachPoint& point) {
  auto attached = std::visit(AttachTo{program}, point);
  return Link(point, program.name(), std::move(attached.events), std::move(attached.links));
}

}  // namespace sonda
