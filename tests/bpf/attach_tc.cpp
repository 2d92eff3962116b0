// Traffic control: real packets counted and dropped both ways, beside other filters, and nothing left behind.
#include <linux/bpf.h>

#include "attach/tc.h"
#include "bpf/network_support.h"
#include "kernel/kernel.h"
#include "support/network_wire.h"

namespace sonda::test {
namespace {

bool has_tcx() { return kernel_version_code() >= (6U << 16 | 6U << 8); }

using Attach = Link (*)(const Program&, const Tc&);

Link attach_best(const Program& program, const Tc& point) { return attach(program, point); }

// As kernels without tcx do it; the others can still.
Link attach_as_filter(const Program& program, const Tc& point) {
  auto attached = attach_tc_filter(program, point);
  return {point, program.name(), std::move(attached)};
}

std::string filters(const std::string& direction) {
  return output_of({"tc", "filter", "show", "dev", "far", direction});
}

bool has_qdisc() { return output_of({"tc", "qdisc", "show", "dev", "far"}).find("clsact") != std::string::npos; }

void check_ingress(Attach attach_it) {
  const Wire wire;
  const Tc point{"far"};
  const AnsweringProgram pass(point, tc_ok), drop(point, tc_drop);
  {
    const auto link = attach_it(pass.program(), point);
    wire.send("abcde");
    CHECK(wire.receive(5) == "abcde");
    CHECK(pass.count() == 5);
  }
  auto link = attach_it(drop.program(), point);
  wire.send("1234567");
  CHECK(drop.wait_for(7) == 7);
  link.detach();
  wire.send("z");
  CHECK(wire.receive(1) == "z");
  CHECK(drop.count() == 7);
  CHECK(pass.count() == 5);
  CHECK_FALSE(has_qdisc());
}

void check_egress(Attach attach_it) {
  const Wire wire;
  const Tc point{"near", true};
  const AnsweringProgram drop(point, tc_drop);
  auto link = attach_it(drop.program(), point);
  wire.send("1234567");
  CHECK(drop.wait_for(7) == 7);
  link.detach();
  wire.send("z");
  CHECK(wire.receive(1) == "z");
  CHECK(drop.count() == 7);
}

// Two of ours on one side, one on the other: each sees every packet, whatever order they come and go in.
void check_side_by_side(Attach attach_it) {
  const Wire wire;
  const Tc in{"far"}, out{"far", true};
  const AnsweringProgram first(in, tc_next), second(in, tc_next), other(out, tc_next);
  auto a = attach_it(first.program(), in);
  auto b = attach_it(second.program(), in);
  auto c = attach_it(other.program(), out);
  wire.send("abc");
  CHECK(wire.receive(3) == "abc");
  CHECK(first.count() == 3);
  CHECK(second.count() == 3);
  CHECK(other.count() == 0);
  a.detach();
  wire.send("de");
  CHECK(wire.receive(2) == "de");
  CHECK(first.count() == 3);
  CHECK(second.count() == 5);
  b.detach();
  c.detach();
  CHECK_FALSE(has_qdisc());
}

void check_beside_a_filter_of_others(Attach attach_it) {
  const Wire wire;
  output_of({"tc", "qdisc", "add", "dev", "far", "clsact"});
  output_of({"tc", "filter", "add", "dev", "far", "ingress", "pref", "7", "protocol", "ip", "u32", "match", "u32", "0",
             "0", "flowid", "1:1"});
  const auto before = filters("ingress");
  REQUIRE_THAT(before, Contains("pref 7"));
  const Tc point{"far"};
  const AnsweringProgram program(point, tc_next);
  {
    const auto link = attach_it(program.program(), point);
    CHECK_THAT(filters("ingress"), Contains("pref 7"));
    wire.send("abc");
    CHECK(wire.receive(3) == "abc");
    CHECK(program.count() == 3);
  }
  CHECK(filters("ingress") == before);
  CHECK(has_qdisc());
}

void check_qdisc_of_others_stays(Attach attach_it) {
  const Wire wire;
  output_of({"tc", "qdisc", "add", "dev", "far", "clsact"});
  const Tc point{"far"};
  const AnsweringProgram program(point, tc_next);
  attach_it(program.program(), point).detach();
  CHECK(filters("ingress").empty());
  CHECK(has_qdisc());
}

}  // namespace

TEST_CASE("tc ingress counts every packet, and drops every one") {
  SONDA_NEED_BPF();
  check_ingress(attach_best);
  check_ingress(attach_as_filter);
}

TEST_CASE("tc egress counts every packet, and drops every one") {
  SONDA_NEED_BPF();
  check_egress(attach_best);
  check_egress(attach_as_filter);
}

TEST_CASE("several tc programs see the same packets") {
  SONDA_NEED_BPF();
  check_side_by_side(attach_best);
  check_side_by_side(attach_as_filter);
}

TEST_CASE("a tc program stands beside a filter of somebody else, which stays") {
  SONDA_NEED_BPF();
  check_beside_a_filter_of_others(attach_best);
  check_beside_a_filter_of_others(attach_as_filter);
}

TEST_CASE("a qdisc that was there stays there") {
  SONDA_NEED_BPF();
  check_qdisc_of_others_stays(attach_best);
  check_qdisc_of_others_stays(attach_as_filter);
}

TEST_CASE("tc says which way it took, and leaves no link") {
  SONDA_NEED_BPF();
  const Wire wire;
  const Tc point{"far"};
  const AnsweringProgram program(point, tc_next);
  auto link = attach(program.program(), point);
  CHECK(link.how() == (has_tcx() ? "tcx" : "filter"));
  CHECK(link.attached());
  if (has_tcx()) {
    constexpr auto ingress = static_cast<bpf_attach_type>(46);
    CHECK(programs_at(wire.far(), ingress) == std::vector{program.id()});
    link.detach();
    CHECK(programs_at(wire.far(), ingress).empty());
  }
  link.detach();
  CHECK_FALSE(link.attached());
  CHECK_FALSE(has_qdisc());
}

TEST_CASE("without CAP_NET_ADMIN a filter's error names it") {
  SONDA_NEED_BPF();
  const Wire wire;
  const Tc point{"far"};
  const AnsweringProgram program(point, tc_next);
  CHECK(names_missing("CAP_NET_ADMIN", {CAP_NET_ADMIN}, [&] { attach_as_filter(program.program(), point); }));
  CHECK_FALSE(has_qdisc());
}

TEST_CASE("a filter that lost its interface is given up without a word") {
  SONDA_NEED_BPF();
  const Wire wire;
  const Tc point{"far"};
  const AnsweringProgram program(point, tc_next);
  auto link = attach_as_filter(program.program(), point);
  output_of({"ip", "link", "delete", "far"});
  CHECK_NOTHROW(link.detach());
  CHECK_FALSE(link.attached());
}

}  // namespace sonda::test
