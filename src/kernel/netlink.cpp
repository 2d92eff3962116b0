#include "kernel/netlink.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cstring>

namespace sonda {

std::span<const char> generic_attributes(std::span<const char> datagram) noexcept {
  constexpr std::size_t before_attributes = NLMSG_HDRLEN + GENL_HDRLEN;
  if (datagram.size() < before_attributes) return {};
  nlmsghdr header{};
  std::memcpy(&header, datagram.data(), sizeof header);
  if (header.nlmsg_type == NLMSG_ERROR) return {};
  if (header.nlmsg_len < before_attributes || header.nlmsg_len > datagram.size()) return {};
  return datagram.first(header.nlmsg_len).subspan(before_attributes);
}

std::span<const char> find_attribute(std::span<const char> attributes, std::uint16_t wanted,
                                     std::size_t size) noexcept {
  while (attributes.size() >= sizeof(nlattr)) {
    nlattr header{};
    std::memcpy(&header, attributes.data(), sizeof header);
    if (header.nla_len < sizeof header || header.nla_len > attributes.size()) return {};
    if ((header.nla_type & NLA_TYPE_MASK) == wanted && header.nla_len >= sizeof header + size)
      return attributes.first(header.nla_len).subspan(sizeof header);
    attributes = attributes.subspan(std::min<std::size_t>(NLA_ALIGN(header.nla_len), attributes.size()));
  }
  return {};
}

}  // namespace sonda
