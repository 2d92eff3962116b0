#include "support/network_wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "support/catch.h"
#include "support/patience.h"

namespace sonda::test {
namespace {

struct Frame {
  ether_header ethernet;
  iphdr ip;
  udphdr udp;
  char letter;
} __attribute__((packed));

std::uint16_t internet_checksum(const iphdr& header) {
  std::array<std::uint16_t, sizeof header / 2> words;
  std::memcpy(words.data(), &header, sizeof header);
  std::uint32_t sum = 0;
  for (const auto word : words) sum += word;
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

constexpr std::array<std::uint8_t, 6> near_mac{2, 0, 0, 0, 0, 1}, far_mac{2, 0, 0, 0, 0, 2};

Frame frame_with(char letter) {
  Frame frame{};
  std::memcpy(frame.ethernet.ether_dhost, far_mac.data(), far_mac.size());
  std::memcpy(frame.ethernet.ether_shost, near_mac.data(), near_mac.size());
  frame.ethernet.ether_type = htons(ETHERTYPE_IP);
  iphdr ip{};
  ip.version = 4;
  ip.ihl = 5;
  ip.ttl = 64;
  ip.protocol = IPPROTO_UDP;
  ip.tot_len = htons(sizeof frame - sizeof frame.ethernet);
  ip.saddr = ::inet_addr("10.9.8.6");
  ip.daddr = ::inet_addr(Wire::address);
  ip.check = internet_checksum(ip);
  frame.ip = ip;
  frame.udp.source = htons(1234);
  frame.udp.dest = htons(Wire::port);
  frame.udp.len = htons(sizeof frame.udp + sizeof frame.letter);
  frame.letter = letter;
  return frame;
}

UniqueFd raw_socket(int interface) {
  UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = interface;
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

sockaddr_in udp_address(const char* address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = ::inet_addr(address);
  return result;
}

UniqueFd udp_socket(const char* address, std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto here = udp_address(address, port);
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0);
  return socket;
}

}  // namespace

std::string output_of(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const UniqueFd read(ends[0]);
  UniqueFd write(ends[1]);
  auto copy = words;
  std::vector<char*> arguments;
  for (auto& word : copy) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, write.get(), STDOUT_FILENO);
  pid_t child = -1;
  const int failed = ::posix_spawnp(&child, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  INFO(words[0] << ": install iproute2");
  REQUIRE(failed == 0);
  write.reset();
  std::string output;
  std::array<char, 4096> bytes;
  for (ssize_t got; (got = ::read(read.get(), bytes.data(), bytes.size())) > 0;)
    output.append(bytes.data(), static_cast<std::size_t>(got));
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CAPTURE(words, output);
  REQUIRE(status == 0);
  return output;
}

NetworkNamespace::NetworkNamespace() : before_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
  REQUIRE(before_);
  REQUIRE(::unshare(CLONE_NEWNET) == 0);
  for (const auto* which : {"all", "default"})
    std::ofstream(std::string("/proc/sys/net/ipv6/conf/") + which + "/disable_ipv6") << "1";
  output_of({"ip", "link", "set", "lo", "up"});
}

NetworkNamespace::~NetworkNamespace() { ::setns(before_.get(), CLONE_NEWNET); }

Wire::Wire() {
  output_of({"ip", "link", "add", "near", "address", "02:00:00:00:00:01", "type", "veth", "peer", "name", "far",
             "address", "02:00:00:00:00:02"});
  output_of({"ip", "address", "add", std::string(address) + "/24", "dev", "far"});
  for (const auto* name : {"near", "far"}) output_of({"ip", "link", "set", name, "up"});
  near_ = static_cast<int>(::if_nametoindex("near"));
  far_ = static_cast<int>(::if_nametoindex("far"));
  raw_ = raw_socket(near_);
  udp_ = udp_socket(address, port);
  wait_until_it_carries();
}

// The kernel takes a moment until it lets packets onto a new link, and loses those that come before.
void Wire::wait_until_it_carries() const {
  pollfd waiting{.fd = udp_.get(), .events = POLLIN, .revents = 0};
  for (int i = 0; i < patience_ms() / 10; ++i) {
    send("?");
    if (::poll(&waiting, 1, 10) == 1) break;
  }
  send("!");
  std::string letters;
  while (!letters.ends_with('!') && ::poll(&waiting, 1, patience_ms()) == 1) letters += received();
  REQUIRE(letters.ends_with('!'));
}

void Wire::send(std::string_view letters) const {
  for (const char letter : letters) {
    const auto frame = frame_with(letter);
    const bool sent = ::send(raw_.get(), &frame, sizeof frame, 0) == sizeof frame;
    REQUIRE((sent || errno == ENOBUFS));  // so it tells of a packet that was dropped on its way out
  }
}

std::string Wire::received() const {
  std::string letters;
  for (char letter = 0; ::recv(udp_.get(), &letter, 1, 0) == 1;) letters += letter;
  return letters;
}

std::string Wire::receive(std::size_t count) const {
  std::string letters;
  pollfd waiting{.fd = udp_.get(), .events = POLLIN, .revents = 0};
  while (letters.size() < count && ::poll(&waiting, 1, patience_ms()) == 1) letters += received();
  return letters;
}

bool send_on_lo(std::uint16_t port, std::string_view content) {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return false;
  const auto there = udp_address("127.0.0.1", port);
  return ::sendto(socket.get(), content.data(), content.size(), 0, reinterpret_cast<const sockaddr*>(&there),
                  sizeof there) == static_cast<ssize_t>(content.size());
}

bool connect_on_lo(std::uint16_t port) {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto there = udp_address("127.0.0.1", port);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0;
}

UniqueFd listen_on_lo(std::uint16_t port) { return udp_socket("127.0.0.1", port); }

bool arrived(const UniqueFd& listening, int count) {
  pollfd waiting{.fd = listening.get(), .events = POLLIN, .revents = 0};
  for (char first = 0; count > 0 && ::poll(&waiting, 1, patience_ms()) == 1;)
    if (::recv(listening.get(), &first, 1, 0) == 1) --count;
  return count == 0;
}

}  // namespace sonda::test
