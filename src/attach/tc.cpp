// Programs in the traffic control of an interface: by a link where the kernel has one, else as a filter of a clsact
// qdisc.
#include "attach/tc.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <span>

#include "attach/network.h"
#include "kernel/libbpf.h"
#include "sonda/fd.h"

namespace sonda {
namespace {

// BPF_TCX_INGRESS and BPF_TCX_EGRESS, which the user-space headers of older kernels do not have.
constexpr auto tcx_ingress = static_cast<bpf_attach_type>(46), tcx_egress = static_cast<bpf_attach_type>(47);

// Filters are asked for by rtnetlink: libbpf only finds one whose handle is known.
struct Request {
  nlmsghdr header;
  tcmsg filter;
};

bool ask(const UniqueFd& netlink, int interface, std::uint32_t parent) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETTFILTER;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.filter.tcm_family = AF_UNSPEC;
  request.filter.tcm_ifindex = interface;
  request.filter.tcm_parent = parent;
  return ::send(netlink.get(), &request, sizeof request, 0) == sizeof request;
}

bool read_answer(const UniqueFd& netlink, bool egress, std::vector<TcFilter>& filters) {
  // The most that the kernel puts into one datagram.
  std::array<std::byte, 32768> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): recv(2) fills it
  for (;;) {
    const auto got = ::recv(netlink.get(), buffer.data(), buffer.size(), MSG_TRUNC);
    if (got <= 0 || static_cast<std::size_t>(got) > buffer.size()) return false;
    const auto answer = read_tc_filters(std::span(buffer).first(static_cast<std::size_t>(got)), egress, filters);
    if (answer != TcAnswer::more) return answer == TcAnswer::complete;
  }
}

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
    throw cannot_attach(subject, "this kernel has neither tcx (Linux 6.6) nor CONFIG_NET_SCH_INGRESS", other_ways);
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

TcAnswer read_tc_filters(std::span<const std::byte> bytes, bool egress, std::vector<TcFilter>& filters) {
  nlmsghdr header{};
  while (bytes.size() >= sizeof header) {
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > bytes.size()) return TcAnswer::failed;
    if (header.nlmsg_type == NLMSG_DONE) return TcAnswer::complete;
    tcmsg filter{};
    if (header.nlmsg_type != RTM_NEWTFILTER || header.nlmsg_len < NLMSG_LENGTH(sizeof filter)) return TcAnswer::failed;
    std::memcpy(&filter, bytes.data() + NLMSG_HDRLEN, sizeof filter);
    filters.push_back({.egress = egress, .handle = filter.tcm_handle, .priority = TC_H_MAJ(filter.tcm_info) >> 16});
    bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), NLMSG_ALIGN(header.nlmsg_len)));
  }
  return TcAnswer::more;
}

Attached attach_at(const Program& program, const Tc& point) {
  const auto subject = to_string(AttachPoint(point));
  const int interface = interface_index(point.interface, subject);
  UniqueFd link(::bpf_link_create(program.fd(), interface, point.egress ? tcx_egress : tcx_ingress, nullptr));
  if (!link && errno == EINVAL) return attach_tc_filter(program, point);
  if (!link) throw network_error(subject, "the kernel does not attach it", errno);
  auto attached = held_by(std::move(link));
  attached.how = "tcx";
  return attached;
}

std::optional<std::vector<TcFilter>> tc_filters(int interface) noexcept try {
  const UniqueFd netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!netlink) return std::nullopt;
  std::vector<TcFilter> filters;
  for (const bool egress : {false, true}) {
    const auto parent = TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
    if (!ask(netlink, interface, parent) || !read_answer(netlink, egress, filters)) return std::nullopt;
  }
  return filters;
} catch (const std::exception&) {
  return std::nullopt;
}

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
      throw cannot_attach(subject, "this kernel has neither tcx (Linux 6.6) nor CONFIG_NET_CLS_BPF", other_ways);
    throw network_error(subject, "the kernel does not take the program as a filter", -result);
  }
  Attached attached;
  attached.undo.push_back(
      [filter = Filter{interface, where, options.handle, options.priority, of_ours}]() noexcept { filter.detach(); });
  attached.how = "filter";
  return attached;
}

}  // namespace sonda
