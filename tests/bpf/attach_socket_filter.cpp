// Socket filters: every packet of an interface, both ways, and nothing left behind.

#include <algorithm>
#include <fstream>
#include <iterator>

#include "bpf/network_support.h"
#include "support/network_wire.h"

namespace sonda::test {
namespace {

// In this network namespace.
auto raw_sockets() {
  std::ifstream file("/proc/net/packet");
  return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
}

}  // namespace

TEST_CASE("a socket filter sees every packet that arrives, and that leaves") {
  SONDA_NEED_BPF();
  const Wire wire;
  const auto before = raw_sockets();
  const SocketFilter arriving{"far"}, leaving{"near"};
  // More than a socket holds: what nobody reads must not keep the program from the rest.
  const AnsweringProgram all(arriving, 65535), none(arriving, 0), out(leaving, 0);
  auto a = attach(all.program(), arriving);
  auto b = attach(none.program(), arriving);
  auto c = attach(out.program(), leaving);
  CHECK(raw_sockets() == before + 3);
  for (int i = 0; i < 10; ++i) {
    wire.send(std::string(100, 'x'));
    CHECK(wire.receive(100) == std::string(100, 'x'));
  }
  CHECK(all.count() == 1000);
  CHECK(none.count() == 1000);
  CHECK(out.count() == 1000);
  for (auto* link : {&a, &b, &c}) link->detach();
  CHECK(raw_sockets() == before);
  wire.send("y");
  CHECK(wire.receive(1) == "y");
  CHECK(all.count() == 1000);
}

TEST_CASE("without CAP_NET_RAW the error names it") {
  SONDA_NEED_BPF();
  const NetworkNamespace alone;
  const SocketFilter point{"lo"};
  const AnsweringProgram program(point, 0);
  CHECK(names_missing("CAP_NET_RAW", {CAP_NET_RAW}, [&] { attach(program.program(), point); }));
}

}  // namespace sonda::test
