// A network of the test's own: two interfaces and the wire between them, in a network namespace.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/fd.h"

namespace sonda::test {

/// Puts this thread into a new network namespace, in which lo is up, and back when it goes. Nothing but what the test
/// sends moves in there: it has no IPv6.
class NetworkNamespace {
 public:
  NetworkNamespace();
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;
  ~NetworkNamespace();

 private:
  UniqueFd before_;
};

/// "near" and "far", a veth pair. What is sent at near arrives at far; there is an IPv4 address and a UDP socket.
class Wire {
 public:
  static constexpr const char* address = "10.9.8.7";
  static constexpr std::uint16_t port = 9999;

  Wire();

  /// Sends UDP datagrams that hold one letter each out of near.
  void send(std::string_view letters) const;
  /// Waits for so many datagrams; their letters. Fewer, if patience ends.
  std::string receive(std::size_t count) const;
  /// The letters of the datagrams that are there now.
  std::string received() const;

  int near() const { return near_; }
  int far() const { return far_; }

 private:
  void wait_until_it_carries() const;

  NetworkNamespace namespace_;
  int near_ = 0, far_ = 0;
  UniqueFd raw_, udp_;
};

/// Sends a UDP datagram to 127.0.0.1, `port`. Whether the kernel took it; errno if not.
bool send_on_lo(std::uint16_t port = Wire::port, std::string_view content = "x");

/// Whether a UDP socket that connects to 127.0.0.1, `port`, is allowed to.
bool connect_on_lo(std::uint16_t port);
/// A UDP socket at 127.0.0.1, so that what is sent there is not answered.
UniqueFd listen_on_lo(std::uint16_t port = Wire::port);
/// Waits until so many datagrams have come to such a socket, which may be a moment after they were sent, and takes
/// them: all that looks at packets on the way has then seen these. False if patience ends first.
bool arrived(const UniqueFd& listening, int count);

/// What a command prints; the test fails if its exit status is not 0. For `ip` and `tc`.
std::string output_of(const std::vector<std::string>& words);

}  // namespace sonda::test
