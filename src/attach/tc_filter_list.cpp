// Asks the kernel by rtnetlink: libbpf only finds a filter whose handle is known.
#include "attach/tc_filter.h"

#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <span>

#include "sonda/fd.h"

namespace sonda {
namespace {

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

enum class Answer { more, complete, failed };

/// The messages of one datagram.
Answer read_messages(std::span<const std::byte> bytes, bool egress, std::vector<TcFilter>& filters) {
  nlmsghdr header{};
  while (bytes.size() >= sizeof header) {
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > bytes.size()) return Answer::failed;
    if (header.nlmsg_type == NLMSG_DONE) return Answer::complete;
    tcmsg filter{};
    if (header.nlmsg_type != RTM_NEWTFILTER || header.nlmsg_len < NLMSG_LENGTH(sizeof filter)) return Answer::failed;
    std::memcpy(&filter, bytes.data() + NLMSG_HDRLEN, sizeof filter);
    filters.push_back({.egress = egress, .handle = filter.tcm_handle, .priority = TC_H_MAJ(filter.tcm_info) >> 16});
    bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), NLMSG_ALIGN(header.nlmsg_len)));
  }
  return Answer::more;
}

bool read_answer(const UniqueFd& netlink, bool egress, std::vector<TcFilter>& filters) {
  // The most that the kernel puts into one datagram.
  std::array<std::byte, 32768> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): recv(2) fills it
  for (;;) {
    const auto got = ::recv(netlink.get(), buffer.data(), buffer.size(), MSG_TRUNC);
    if (got <= 0 || static_cast<std::size_t>(got) > buffer.size()) return false;
    const auto answer = read_messages(std::span(buffer).first(static_cast<std::size_t>(got)), egress, filters);
    if (answer != Answer::more) return answer == Answer::complete;
  }
}

}  // namespace

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

}  // namespace sonda
