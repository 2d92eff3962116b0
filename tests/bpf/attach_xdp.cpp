// XDP: real packets on a veth pair, counted and dropped, in the driver and in generic mode.
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "bpf/network_support.h"
#include "support/network_wire.h"

namespace sonda::test {
namespace {

bpf_xdp_query_opts programs_of(int interface) {
  bpf_xdp_query_opts found{};
  found.sz = sizeof found;
  REQUIRE(::bpf_xdp_query(interface, 0, &found) == 0);
  return found;
}

void check_counts_and_drops(Xdp::Mode mode, const std::string& how) {
  const Wire wire;
  const Xdp point{"far", mode};
  const AnsweringProgram pass(point, XDP_PASS), drop(point, XDP_DROP);
  {
    const auto link = attach(pass.program(), point);
    CHECK(link.how() == how);
    const auto found = programs_of(wire.far());
    CHECK((how == "native" ? found.drv_prog_id : found.skb_prog_id) == pass.id());
    wire.send("abcde");
    CHECK(wire.receive(5) == "abcde");
    CHECK(pass.count() == 5);
  }
  auto link = attach(drop.program(), point);
  wire.send("1234567");
  CHECK(drop.wait_for(7) == 7);
  link.detach();
  CHECK(programs_of(wire.far()).attach_mode == 0);
  wire.send("z");
  CHECK(wire.receive(1) == "z");  // and nothing of what came before it
  CHECK(drop.count() == 7);
  CHECK(pass.count() == 5);
}

}  // namespace

TEST_CASE("XDP in driver mode counts every packet, and drops every one") {
  SONDA_NEED_BPF();
  check_counts_and_drops(Xdp::Mode::native, "native");
}

TEST_CASE("XDP in generic mode counts every packet, and drops every one") {
  SONDA_NEED_BPF();
  check_counts_and_drops(Xdp::Mode::generic, "generic");
}

TEST_CASE("XDP takes driver mode by itself") {
  SONDA_NEED_BPF();
  check_counts_and_drops(Xdp::Mode::automatic, "native");
}

TEST_CASE("XDP falls back to generic mode where the driver has none") {
  SONDA_NEED_BPF();
  const NetworkNamespace alone;
  const Xdp point{"lo"};
  const AnsweringProgram program(point, XDP_PASS);
  const auto link = attach(program.program(), point);
  CHECK(link.how() == "generic");
  for (int i = 0; i < 9; ++i) CHECK(send_on_lo());
  // Each is answered: nobody listens at that port.
  CHECK(program.wait_for(18) == 18);
  const auto error = error_of([&] { attach(program.program(), Xdp{"lo", Xdp::Mode::native}); });
  CHECK_THAT(error.what(), Contains("xdp:lo:native"));
}

TEST_CASE("driver mode that was asked for and is not there is refused") {
  SONDA_NEED_BPF();
  const NetworkNamespace alone;
  const Xdp point{"lo", Xdp::Mode::native};
  const AnsweringProgram program(point, XDP_PASS);
  const auto error = error_of([&] { attach(program.program(), point); });
  CHECK_THAT(error.cause(), Contains("driver") && Contains("no XDP"));
  CHECK_THAT(error.hint(), Contains("xdp:lo:generic"));
  CHECK(error.exit() == Exit::cannot_run);
}

TEST_CASE("an XDP program that is there already is named, and stays") {
  SONDA_NEED_BPF();
  const Wire wire;
  const Xdp point{"far"};
  const AnsweringProgram first(point, XDP_PASS), second(point, XDP_DROP);
  const auto link = attach(first.program(), point);
  for (const auto mode : {Xdp::Mode::automatic, Xdp::Mode::native, Xdp::Mode::generic}) {
    const auto error = error_of([&] { attach(second.program(), Xdp{"far", mode}); });
    CHECK_THAT(error.cause(),
               Contains("another XDP program") && Contains("'answering'") && Contains(std::to_string(first.id())));
    CHECK_THAT(error.hint(), Contains("tc:far:ingress"));
  }
  wire.send("ab");
  CHECK(wire.receive(2) == "ab");
  CHECK(first.count() == 2);
}

TEST_CASE("an interface that is not there is named, with those that are") {
  SONDA_NEED_BPF();
  const Wire wire;
  const std::vector<AttachPoint> wrong{Xdp{"fat"}, Tc{"fat"}, SocketFilter{"fat"}};
  for (const auto& point : wrong) {
    const AnsweringProgram program(point, 0);
    const auto error = error_of([&] { attach(program.program(), point); });
    CHECK(error.subject() == to_string(point));
    CHECK_THAT(error.cause(), Contains("no network interface 'fat'"));
    CHECK_THAT(error.hint(), Contains("did you mean 'far'") && Contains("near") && Contains("lo"));
  }
}

}  // namespace sonda::test
