// The network's example probes, compiled and run on real traffic; and BCC's own ways to write such programs.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <numeric>
#include <thread>

#include "base/files.h"
#include "bpf/network_support.h"
#include "bpf/own_cgroup.h"
#include "bpf/private_cache.h"
#include "sonda/probe.h"
#include "support/catch.h"
#include "support/network_wire.h"
#include "support/paths.h"
#include "support/patience.h"

namespace sonda::test {
namespace {

struct Amount {
  std::uint64_t packets = 0, bytes = 0;
};

std::string text_of(const std::string& example) {
  return read_file(test::example_probe(example + ".c"), Stage::source);
}

Probe open_text(const std::string& text, OpenOptions options = {}) {
  static const auto cache = PrivateCache::or_shared();
  options.compile.timeout = 2 * patience();
  return Probe::open(ProbeSource::from_text("example.c", text), options);
}

/// On the cgroup `path` instead of the one that the file names.
Probe open_on_cgroup(const std::string& example, const std::filesystem::path& path) {
  auto text = text_of(example);
  const std::string there = "@attach cgroup:/sys/fs/cgroup:";
  const auto at = text.find(there);
  REQUIRE(at != text.npos);
  return open_text(text.replace(at, there.size(), "@attach cgroup:" + path.string() + ":"));
}

/// An entry of a map of amounts, over all CPUs; nothing is zero.
template <class Key>
Amount amount_of(const Probe& probe, const char* table, const Key& key) {
  const auto all = probe.table(table).find_bytes(object_bytes(key));
  Amount sum;
  if (!all) return sum;
  for (std::size_t at = 0; at < all->size(); at += sizeof(Amount)) {
    const auto one = from_bytes<Amount>(std::span(*all).subspan(at, sizeof(Amount)));
    sum.packets += one.packets;
    sum.bytes += one.bytes;
  }
  return sum;
}

template <class Key>
std::uint64_t count_of(const Probe& probe, const char* table, const Key& key) {
  const auto all = probe.table(table).find_bytes(object_bytes(key));
  std::uint64_t sum = 0;
  if (all)
    for (std::size_t at = 0; at < all->size(); at += 8)
      sum += from_bytes<std::uint64_t>(std::span(*all).subspan(at, 8));
  return sum;
}

constexpr std::size_t headers = 14 + 20 + 8;  // Ethernet, IP, UDP

}  // namespace

TEST_CASE("example xdp_count counts packets and bytes") {
  SONDA_NEED_BPF();
  const NetworkNamespace alone;
  const UniqueFd listening = listen_on_lo();
  auto probe = open_text(text_of("xdp_count"));
  probe.attach();
  for (int i = 0; i < 5; ++i) REQUIRE(send_on_lo(Wire::port, "0123456789"));
  REQUIRE(arrived(listening, 5));
  const auto amount = amount_of(probe, "received", std::uint16_t{0x0800});
  CHECK(amount.packets == 5);
  CHECK(amount.bytes == 5 * (headers + 10));
}

TEST_CASE("example xdp_drop drops what is for one port, and nothing else") {
  SONDA_NEED_BPF();
  const NetworkNamespace alone;
  const UniqueFd listening = listen_on_lo();
  auto probe = open_text(text_of("xdp_drop"), {.parameters = {{"PORT", "7777"}}});
  probe.attach();
  for (int i = 0; i < 4; ++i) REQUIRE(send_on_lo(7777, "x"));
  REQUIRE(send_on_lo(Wire::port, "y"));
  REQUIRE(arrived(listening, 1));
  CHECK(count_of(probe, "dropped", 0) == 4);
}

TEST_CASE("example tc_bytes counts both ways") {
  SONDA_NEED_BPF();
  const NetworkNamespace alone;
  const UniqueFd listening = listen_on_lo();
  auto probe = open_text(text_of("tc_bytes"));
  probe.attach();
  for (int i = 0; i < 5; ++i) REQUIRE(send_on_lo(Wire::port, "0123456789"));
  REQUIRE(arrived(listening, 5));
  for (const std::uint32_t direction : {0U, 1U}) {
    CAPTURE(direction);
    const auto amount = amount_of(probe, "traffic", direction);
    CHECK(amount.packets == 5);
    CHECK(amount.bytes == 5 * (headers + 10));
  }
}

TEST_CASE("example socket_protocols counts by protocol") {
  SONDA_NEED_BPF();
  const NetworkNamespace alone;
  const UniqueFd listening = listen_on_lo();
  auto probe = open_text(text_of("socket_protocols"));
  probe.attach();
  for (int i = 0; i < 5; ++i) REQUIRE(send_on_lo());
  REQUIRE(arrived(listening, 5));
  CHECK(count_of(probe, "packets", std::uint8_t{IPPROTO_UDP}) == 10);
  for (int i = 0; i < 3; ++i) REQUIRE(send_on_lo(1));  // nobody is there: answered by ICMP
  for (int i = 0; i < patience_ms() && count_of(probe, "packets", std::uint8_t{IPPROTO_ICMP}) < 6; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(count_of(probe, "packets", std::uint8_t{IPPROTO_UDP}) == 16);
  CHECK(count_of(probe, "packets", std::uint8_t{IPPROTO_ICMP}) == 6);
}

TEST_CASE("example cgroup_connect counts destinations") {
  SONDA_NEED_BPF();
  const NetworkNamespace alone;
  const OwnCgroup cgroup;
  auto probe = open_on_cgroup("cgroup_connect", cgroup.path());
  probe.attach();
  struct {
    std::uint32_t address = htonl(INADDR_LOOPBACK);
    std::uint16_t port = htons(4321), padding = 0;
  } const there;
  for (int i = 0; i < 3; ++i) CHECK(cgroup.run([] { return connect_on_lo(4321) ? 0 : 1; }) == 0);
  CHECK(connect_on_lo(4321));
  CHECK(count_of(probe, "connects", there) == 3);
  CHECK(probe.table("connects").snapshot().size() == 1);
}

TEST_CASE("example cgroup_device counts uses of devices") {
  SONDA_NEED_BPF();
  const OwnCgroup cgroup;
  auto probe = open_on_cgroup("cgroup_device", cgroup.path());
  probe.attach();
  const auto use = [&](const char* path, int flags) {
    CHECK(cgroup.run([&] { return UniqueFd(::open(path, flags | O_CLOEXEC)) ? 0 : 1; }) == 0);
  };
  for (int i = 0; i < 3; ++i) use("/dev/null", O_RDONLY);
  use("/dev/null", O_RDWR);
  use("/dev/zero", O_RDONLY);
  struct Use {
    std::uint32_t major, minor, access;
  };
  CHECK(count_of(probe, "uses", Use{1, 3, 2}) == 3);
  CHECK(count_of(probe, "uses", Use{1, 3, 6}) == 1);
  CHECK(count_of(probe, "uses", Use{1, 5, 2}) == 1);
  CHECK(probe.table("uses").snapshot().size() == 3);
}

TEST_CASE("packets are read as BCC reads them: fields of bcc/proto.h, load_byte, helpers") {
  SONDA_NEED_BPF();
  const NetworkNamespace alone;
  const UniqueFd listening = listen_on_lo();
  auto probe = open_text(R"(#include <net/sock.h>
#include <bcc/proto.h>
BPF_HASH(ports, u32, u64);
BPF_HASH(bytes, u32, u64);

int by_proto(struct __sk_buff *skb) {
  u8 *cursor = 0;
  struct ethernet_t *ethernet = cursor_advance(cursor, sizeof(*ethernet));
  if (ethernet->type != ETH_P_IP) return 0;
  struct ip_t *ip = cursor_advance(cursor, sizeof(*ip));
  if (ip->nextp != IPPROTO_UDP) return 0;
  struct udp_t *udp = cursor_advance(cursor, sizeof(*udp));
  ports.increment(udp->dport);
  return 0;
}

int by_helpers(struct __sk_buff *skb) {
  u8 version = load_byte(skb, 14) >> 4;
  u8 protocol = 0;
  bpf_skb_load_bytes(skb, 23, &protocol, 1);
  if (version == 4 && protocol == IPPROTO_UDP) bytes.increment(load_half(skb, 36), skb->len);
  return TC_ACT_UNSPEC;
}
)");
  probe.attach(SocketFilter{"lo"}, "by_proto");
  probe.attach(Tc{"lo"}, "by_helpers");
  for (int i = 0; i < 4; ++i) REQUIRE(send_on_lo());
  REQUIRE(arrived(listening, 4));
  CHECK(count_of(probe, "ports", std::uint32_t{Wire::port}) == 8);
  CHECK(count_of(probe, "bytes", std::uint32_t{Wire::port}) == 4 * (headers + 1));
}

TEST_CASE("programs of all kinds compile with their contexts, and their functions of one image share a map") {
  SONDA_NEED_BPF();
  const NetworkNamespace alone;
  const UniqueFd listening = listen_on_lo();
  const OwnCgroup cgroup;
  auto probe = open_text(R"(#include <linux/bpf.h>
BPF_ARRAY(runs, u64, 8);
int on_xdp(struct xdp_md *ctx) { runs.atomic_increment(0); return ctx->ingress_ifindex ? XDP_PASS : XDP_ABORTED; }
int on_tc(struct __sk_buff *skb) { runs.atomic_increment(1); return skb->len > 0 ? TC_ACT_OK : TC_ACT_SHOT; }
int on_filter(struct __sk_buff *skb) { runs.atomic_increment(2); return skb->ifindex; }
int on_skb(struct __sk_buff *skb) { runs.atomic_increment(3); return skb->protocol == htons(ETH_P_IP); }
int on_create(struct bpf_sock *ctx) { runs.atomic_increment(4); return ctx->family == AF_INET; }
int on_send(struct bpf_sock_addr *ctx) { runs.atomic_increment(5); return ctx->user_port != 0; }
int on_sysctl(struct bpf_sysctl *ctx) { runs.atomic_increment(6); return ctx->write == 0; }
int on_option(struct bpf_sockopt *ctx) { runs.atomic_increment(7); return ctx->level >= 0; }
)");
  probe.attach(Xdp{"lo"}, "on_xdp");
  probe.attach(Tc{"lo"}, "on_tc");
  probe.attach(SocketFilter{"lo"}, "on_filter");
  const std::vector<std::pair<const char*, const char*>> hooks{{"egress", "on_skb"},
                                                               {"sock_create", "on_create"},
                                                               {"sendmsg4", "on_send"},
                                                               {"sysctl", "on_sysctl"},
                                                               {"setsockopt", "on_option"}};
  for (const auto& [hook, function] : hooks) probe.attach(Cgroup{cgroup.path(), hook}, function);
  CHECK(cgroup.run([] { return send_on_lo() ? 0 : 1; }) == 0);
  REQUIRE(arrived(listening, 1));
  const std::vector<std::uint64_t> wanted{1, 1, 2, 1, 1, 1};
  for (std::uint32_t i = 0; i < wanted.size(); ++i) {
    CAPTURE(i);
    CHECK(count_of(probe, "runs", i) == wanted[i]);
  }
}

TEST_CASE("loading for the network without CAP_NET_ADMIN names it") {
  SONDA_NEED_BPF();
  auto probe = open_text("#include <linux/bpf.h>\nint pass(struct xdp_md *ctx) { return XDP_PASS; }\n");
  CHECK(names_missing("CAP_NET_ADMIN", {CAP_NET_ADMIN, CAP_SYS_ADMIN}, [&] { probe.attach(Xdp{"lo"}, "pass"); }));
}

}  // namespace sonda::test
