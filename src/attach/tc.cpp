// Programs in the traffic control of an interface: by a link where the kernel has one, else as a filter.
#include <bpf/bpf.h>

#include <cerrno>

#include "attach/network.h"
#include "attach/points.h"
#include "attach/tc_filter.h"

namespace sonda {
namespace {

// BPF_TCX_INGRESS and BPF_TCX_EGRESS, which the user-space headers of older kernels do not have.
constexpr auto tcx_ingress = static_cast<bpf_attach_type>(46), tcx_egress = static_cast<bpf_attach_type>(47);

}  // namespace

Attached attach_tc(const Program& program, const Tc& point) {
  const auto subject = to_string(AttachPoint(point));
  const int interface = interface_index(point.interface, subject);
  UniqueFd link(::bpf_link_create(program.fd(), interface, point.egress ? tcx_egress : tcx_ingress, nullptr));
  if (!link && errno == EINVAL) return attach_tc_filter(program, point);
  if (!link) throw network_error(subject, "the kernel does not attach it", errno);
  Attached attached;
  attached.links.push_back(std::move(link));
  attached.how = "tcx";
  return attached;
}

ProgramKind kind_of_tc(const Tc&) { return BPF_PROG_TYPE_SCHED_CLS; }

}  // namespace sonda
