// Programs on packets as a raw socket sees them.
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>

#include "attach/network.h"
#include "attach/points.h"

namespace sonda {
namespace {

// Of protocol 0: it sees nothing before it is bound, and then everything through the program.
UniqueFd open_socket(const std::string& subject) {
  UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket) return socket;
  if (errno == EAFNOSUPPORT)
    throw cannot_attach(subject, "this kernel was built without CONFIG_PACKET, so there are no raw sockets",
                        "use tc:INTERFACE:ingress and tc:INTERFACE:egress");
  throw network_error(subject, "cannot open a raw socket", errno, Capability::net_raw);
}

template <class Value>
bool set_option(const UniqueFd& socket, int option, Value value) {
  return ::setsockopt(socket.get(), SOL_SOCKET, option, &value, sizeof value) == 0;
}

bool bind_to(const UniqueFd& socket, int interface) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = interface;
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Attached attach_at(const Program& program, const SocketFilter& point) {
  const auto subject = to_string(AttachPoint(point));
  const int interface = interface_index(point.interface, subject);
  auto socket = open_socket(subject);
  // Nobody reads what the program lets through. The kernel makes this the least that there is.
  if (!set_option(socket, SO_RCVBUF, 0)) throw network_error(subject, "cannot make the socket small", errno);
  if (!set_option(socket, SO_ATTACH_BPF, program.fd()))
    throw network_error(subject, "the kernel does not put the program on a socket", errno);
  if (!bind_to(socket, interface)) throw network_error(subject, "cannot bind the socket to the interface", errno);
  return held_by(std::move(socket));
}

}  // namespace sonda
