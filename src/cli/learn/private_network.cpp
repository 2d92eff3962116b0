#include "cli/learn/private_network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <exception>

#include "sonda/error.h"

namespace sonda::learn {
namespace {

constexpr auto subject = "the lesson's network";

Error refused(std::string_view doing, int error) {
  auto refusal = system_error(Stage::kernel, subject, doing, error,
                              "this lesson needs a network of its own: root, and a kernel with CONFIG_NET_NS");
  return std::move(refusal.with_exit(Exit::cannot_run));
}

sockaddr_in local(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void switch_on_lo() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
  if (!socket || ::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) throw refused("cannot look at lo", errno);
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) throw refused("cannot switch lo on", errno);
}

}  // namespace

PrivateNetwork::PrivateNetwork() : before_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
  if (!before_ || ::unshare(CLONE_NEWNET) != 0) throw refused("cannot make a network namespace", errno);
  try {
    switch_on_lo();
  } catch (...) {
    if (::setns(before_.get(), CLONE_NEWNET) != 0) std::terminate();
    throw;
  }
}

PrivateNetwork::~PrivateNetwork() {
  if (::setns(before_.get(), CLONE_NEWNET) != 0) std::terminate();  // all that follows would be in the wrong network
}

LocalSocket::LocalSocket(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  const auto address = local(port);
  if (!fd_ || ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw system_error(Stage::kernel, subject, "cannot open a UDP socket", errno);
  const int room = 8 << 20;
  if (::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
}

void LocalSocket::send_to(std::uint16_t port) const {
  const auto there = local(port);
  const char byte = 'x';
  while (::sendto(fd_.get(), &byte, 1, 0, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 1)
    if (errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED)
      throw system_error(Stage::kernel, subject, "cannot send a datagram", errno);
}

std::uint64_t LocalSocket::received() const {
  std::uint64_t count = 0;
  for (char byte = 0; ::recv(fd_.get(), &byte, 1, 0) >= 0;) ++count;
  return count;
}

}  // namespace sonda::learn
