#include "cli/doctor/interfaces.h"

#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "base/escape.h"
#include "kernel/netlink.h"
#include "sonda/fd.h"

namespace sonda::cli::doctor {
namespace {

// Generic netlink's family "netdev" (linux/netdev.h of Linux 6.3, which older headers lack).
constexpr auto family_name = "netdev";
constexpr std::uint8_t get_device = 1;                // NETDEV_CMD_DEV_GET
constexpr std::uint16_t its_number = 1, its_xdp = 3;  // NETDEV_A_DEV_IFINDEX, NETDEV_A_DEV_XDP_FEATURES
constexpr std::uint64_t basic_actions = 1;            // NETDEV_XDP_ACT_BASIC
constexpr std::size_t answer_size = 8192;

std::string driver_of(int socket, const std::string& name) {
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  ifreq request{};
  name.copy(static_cast<char*>(request.ifr_name), IFNAMSIZ - 1);
  request.ifr_data = reinterpret_cast<char*>(&info);
  if (::ioctl(socket, SIOCETHTOOL, &request) != 0 || info.driver[0] == '\0') return "?";
  return escape_for_terminal({info.driver, ::strnlen(info.driver, sizeof info.driver)});
}

/// Questions to generic netlink, one after the other.
class Netlink {
 public:
  Netlink() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC)) {
    const timeval patience{.tv_sec = 1, .tv_usec = 0};
    if (socket_) ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  /// The value of `wanted` in the answer to one question that has one attribute; nothing if the kernel gives none.
  template <class Value>
  std::optional<Value> ask(std::uint16_t family, std::uint8_t command, std::uint16_t attribute,
                           std::span<const char> value, std::uint16_t wanted) {
    const auto answer = exchange(family, command, attribute, value);
    const auto found = find_attribute(answer, wanted, sizeof(Value));
    if (found.empty()) return std::nullopt;
    Value number;
    std::memcpy(&number, found.data(), sizeof number);
    return number;
  }

 private:
  /// The attributes of the answer; none if it is an error.
  std::vector<char> exchange(std::uint16_t family, std::uint8_t command, std::uint16_t attribute,
                             std::span<const char> value) {
    struct {
      nlmsghdr header;
      genlmsghdr generic;
      nlattr attribute;
      std::array<char, 16> value;
    } question{};
    const auto attribute_size = sizeof(nlattr) + value.size();
    question.header = {.nlmsg_len = static_cast<__u32>(NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(attribute_size)),
                       .nlmsg_type = family,
                       .nlmsg_flags = NLM_F_REQUEST,
                       .nlmsg_seq = ++number_,
                       .nlmsg_pid = 0};
    question.generic = {.cmd = command, .version = 1, .reserved = 0};
    question.attribute = {.nla_len = static_cast<__u16>(attribute_size), .nla_type = attribute};
    std::memcpy(question.value.data(), value.data(), std::min(value.size(), question.value.size()));
    std::vector<char> answer(answer_size);
    if (::send(socket_.get(), &question, question.header.nlmsg_len, 0) < 0) return {};
    const auto got = ::recv(socket_.get(), answer.data(), answer.size(), 0);
    if (got < 0) return {};
    const auto attributes = generic_attributes(std::span(answer).first(static_cast<std::size_t>(got)));
    return {attributes.begin(), attributes.end()};
  }

  UniqueFd socket_;
  std::uint32_t number_ = 0;
};

}  // namespace

std::vector<Interface> interfaces() {
  std::vector<Interface> all;
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  Netlink netlink;
  const std::span name(family_name, std::strlen(family_name) + 1);
  const auto family =
      netlink.ask<std::uint16_t>(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, name, CTRL_ATTR_FAMILY_ID);
  const std::unique_ptr<struct if_nameindex, decltype(&::if_freenameindex)> names(::if_nameindex(), ::if_freenameindex);
  for (const auto* each = names.get(); each != nullptr && each->if_index != 0; ++each) {
    Interface interface{.name = each->if_name, .driver = driver_of(socket.get(), each->if_name), .native_xdp = {}};
    const std::uint32_t number = each->if_index;
    const std::span bytes(reinterpret_cast<const char*>(&number), sizeof number);
    if (family)
      if (const auto features = netlink.ask<std::uint64_t>(*family, get_device, its_number, bytes, its_xdp))
        interface.native_xdp = (*features & basic_actions) != 0;
    all.push_back(std::move(interface));
  }
  return all;
}

}  // namespace sonda::cli::doctor
