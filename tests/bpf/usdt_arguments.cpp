// A probe reads what is passed at a USDT probe's places: through the real compiler, from a real program.

#include "bpf/private_cache.h"
#include "sonda/sonda.h"
#include "support/catch.h"
#include "support/skip.h"
#include "support/target_process.h"

namespace sonda::test {
namespace {

// As people write it for BCC.
const char* const text = R"(#include <uapi/linux/ptrace.h>
struct numbers {
  s64 tiny, small, integer, large;
  u64 byte, word, natural;
  char text[16];
};
struct operands {
  s64 table, global, second_byte, frame, constant, after, negative, floating;
};
BPF_ARRAY(last_numbers, struct numbers, 1);
BPF_ARRAY(last_operands, struct operands, 1);
BPF_ARRAY(sums, u64, 4);

int on_numbers(struct pt_regs *ctx) {
  struct numbers seen = {};
  int zero = 0;
  bpf_usdt_readarg(1, ctx, &seen.tiny);
  bpf_usdt_readarg(2, ctx, &seen.byte);
  bpf_usdt_readarg(3, ctx, &seen.small);
  bpf_usdt_readarg(4, ctx, &seen.word);
  bpf_usdt_readarg(5, ctx, &seen.integer);
  bpf_usdt_readarg(6, ctx, &seen.natural);
  bpf_usdt_readarg(7, ctx, &seen.large);
  bpf_usdt_readarg_p(8, ctx, &seen.text, sizeof(seen.text));
  last_numbers.update(&zero, &seen);
  return 0;
}

int on_operands(struct pt_regs *ctx) {
  struct operands seen = {};
  int zero = 0;
  bpf_usdt_readarg(1, ctx, &seen.table);
  bpf_usdt_readarg(2, ctx, &seen.global);
  bpf_usdt_readarg(3, ctx, &seen.second_byte);
  bpf_usdt_readarg(4, ctx, &seen.frame);
  bpf_usdt_readarg(5, ctx, &seen.constant);
  seen.floating = bpf_usdt_readarg(6, ctx, &seen.constant);
  bpf_usdt_readarg(7, ctx, &seen.after);
  bpf_usdt_readarg(8, ctx, &seen.negative);
  last_operands.update(&zero, &seen);
  return 0;
}

// The same function at places that keep their arguments differently, and of two probes.
int add(struct pt_regs *ctx) {
  long value = 0;
  u32 twice = 0;
  if (bpf_usdt_readarg(1, ctx, &value) || bpf_usdt_readarg(2, ctx, &twice)) {
    sums.increment(3);
    return 0;
  }
  sums.increment(0, value);
  sums.increment(1, twice);
  sums.increment(2);
  return 0;
}
)";

struct Numbers {
  std::int64_t tiny, small, integer, large;
  std::uint64_t byte, word, natural;
  char text[16];
};
struct Operands {
  std::int64_t table, global, second_byte, frame, constant, after, negative, floating;
};

Probe open_probe() {
  static const auto cache = PrivateCache::or_shared();
  return Probe::open(ProbeSource::from_text("usdt.c", text));
}

template <class T>
T only_value(const Probe& probe, std::string_view map) {
  const auto all = probe.table(map).snapshot();
  REQUIRE(all.size() == 1);
  return from_bytes<T>(all.value_bytes(0, 0));
}

}  // namespace

TEST_CASE("usdt: arguments of every size and kind, wherever the program runs", "[usdt]") {
  SONDA_NEED_BPF();
  auto probe = open_probe();
  for (const auto* name : {"marks", "marks_fixed"}) {
    INFO(name);
    TargetProcess process(target(name), {"--wait-for-newline", "--rounds", "6"});
    REQUIRE(process.line() == "ready");
    probe.attach(Usdt{.binary = target(name), .provider = "sonda_marks", .name = "numbers"}, "on_numbers");
    probe.attach(Usdt{.binary = target(name), .provider = "sonda_marks", .name = "operands"}, "on_operands");
    process.go_on();
    process.line();
    probe.detach_all();

    constexpr int round = 5;
    const auto numbers = only_value<Numbers>(probe, "last_numbers");
    CHECK(numbers.tiny == -5);
    CHECK(numbers.byte == 250);
    CHECK(numbers.small == -3000 - round);
    CHECK(numbers.word == 65000 + round);
    CHECK(numbers.integer == -70000 - round);
    CHECK(numbers.natural == 4'000'000'000U + round);
    CHECK(numbers.large == -5'000'000'000 - round);
    CHECK(std::string(numbers.text) == "seven words");

    const auto operands = only_value<Operands>(probe, "last_operands");
    CHECK(operands.table == 105);
    CHECK(operands.global == -77);
    CHECK(operands.second_byte == 0x42);
    CHECK(operands.frame == round + 1);
    CHECK(operands.constant == -9);
    CHECK(operands.floating == -95);  // EOPNOTSUPP
    CHECK(operands.after == 101);
    CHECK(operands.negative == -128);
  }
}

TEST_CASE("usdt: one function at several places and several probes", "[usdt]") {
  SONDA_NEED_BPF();
  auto probe = open_probe();
  TargetProcess process(target("marks"), {"--wait-for-newline", "--rounds", "10", "--library", "4"});
  REQUIRE(process.line() == "ready");
  auto& copied = probe.attach(Usdt{.binary = target("marks"), .provider = {}, .name = "copied"}, "add");
  CHECK(copied.places() == 2);
  probe.attach(Usdt{.binary = target("libmarks.so"), .provider = {}, .name = "called", .pid = process.pid()}, "add");
  process.go_on();
  process.line();
  const auto sums = probe.table("sums");
  const auto sum = [&](std::uint32_t index) { return sums.find<std::uint64_t>(index).value_or(0); };
  // Twenty passes of "copied", with the rounds and with 1000 more, and 0 to 3 in the library.
  CHECK(sum(0) == 45 + (45 + 10 * 1000) + 6);
  CHECK(sum(1) == 2 * (45 + 45 + 10 * 1000) + 6);
  CHECK(sum(2) == 24);
  CHECK(sum(3) == 0);
}

TEST_CASE("usdt: a function that reads arguments finds none at a plain function", "[usdt]") {
  SONDA_NEED_BPF();
  auto probe = open_probe();
  TargetProcess process(target("marks"), {"--wait-for-newline", "--library", "4"});
  REQUIRE(process.line() == "ready");
  probe.attach(Uprobe{.binary = target("libmarks.so"), .place = Symbol{"marks_in_library"}}, "add");
  process.go_on();
  process.line();
  CHECK(probe.table("sums").find<std::uint64_t>(std::uint32_t{3}) == 4);
}

}  // namespace sonda::test
