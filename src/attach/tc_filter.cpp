#include "attach/tc_filter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>

#include "attach/network.h"
#include "kernel/quiet_libbpf.h"

namespace sonda {
namespace {

// Filters have no owner, and the clsact qdisc that holds them has none either: the last of our filters takes it away if
// the first one brought it. The handle of each says so, to whichever process attaches next.
constexpr std::uint32_t in_a_qdisc_of_ours = 0x50da01;

constexpr const char* other_ways = "use xdp:INTERFACE for what arrives, or socket:INTERFACE for both ways";

bpf_tc_hook hook_of(int interface, bpf_tc_attach_point where) {
  bpf_tc_hook hook{};
  hook.sz = sizeof hook;
  hook.ifindex = interface;
  hook.attach_point = where;
  return hook;
}

constexpr auto both_ways = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);

void remove_if_empty(int interface) noexcept {
  const auto filters = tc_filters(interface);
  if (!filters || !filters->empty()) return;
  auto hook = hook_of(interface, both_ways);
  ::bpf_tc_hook_destroy(&hook);
}

/// Whether it was not there before.
bool make_qdisc(int interface, const std::string& subject) {
  auto hook = hook_of(interface, both_ways);
  const int result = ::bpf_tc_hook_create(&hook);
  if (result == 0 || result == -EEXIST) return result == 0;
  if (result == -ENOENT)
    throw kernel_lacks(subject, "this kernel has neither tcx (Linux 6.6) nor CONFIG_NET_SCH_INGRESS", other_ways);
  throw network_error(subject, "cannot give the interface a clsact qdisc", -result);
}

/// Before all others of its direction; 0, for the kernel to choose, if there are none or no number is left.
std::uint32_t first_priority(const std::vector<TcFilter>& filters, bool egress) {
  std::uint32_t first = 0;
  for (const auto& filter : filters)
    if (filter.egress == egress && (first == 0 || filter.priority < first)) first = filter.priority;
  return first == 0 ? 0 : first - 1;
}

struct Filter {
  int interface;
  bpf_tc_attach_point where;
  std::uint32_t handle, priority;
  bool of_ours;

  void detach() const noexcept {
    const QuietLibbpf quiet;
    auto hook = hook_of(interface, where);
    bpf_tc_opts options{};
    options.sz = sizeof options;
    options.handle = handle;
    options.priority = priority;
    ::bpf_tc_detach(&hook, &options);
    if (of_ours) remove_if_empty(interface);
  }
};

}  // namespace

Attached attach_tc_filter(const Program& program, const Tc& point) {
  const auto subject = to_string(AttachPoint(point));
  const int interface = interface_index(point.interface, subject);
  const QuietLibbpf quiet;
  const bool made = make_qdisc(interface, subject);
  const auto there = tc_filters(interface).value_or(std::vector<TcFilter>{});
  const bool of_ours = made || std::ranges::find(there, in_a_qdisc_of_ours, &TcFilter::handle) != there.end();
  const auto where = point.egress ? BPF_TC_EGRESS : BPF_TC_INGRESS;
  auto hook = hook_of(interface, where);
  bpf_tc_opts options{};
  options.sz = sizeof options;
  options.prog_fd = program.fd();
  options.handle = of_ours ? in_a_qdisc_of_ours : 0;
  options.priority = first_priority(there, point.egress);
  if (const int result = ::bpf_tc_attach(&hook, &options); result != 0) {
    if (of_ours) remove_if_empty(interface);
    if (result == -ENOENT)
      throw kernel_lacks(subject, "this kernel has neither tcx (Linux 6.6) nor CONFIG_NET_CLS_BPF", other_ways);
    throw network_error(subject, "the kernel does not take the program as a filter", -result);
  }
  Attached attached;
  attached.undo.push_back(
      [filter = Filter{interface, where, options.handle, options.priority, of_ours}]() noexcept { filter.detach(); });
  attached.how = "filter";
  return attached;
}

}  // namespace sonda
