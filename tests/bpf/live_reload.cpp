// Probes exchanged while they run: nothing is missed or seen twice, maps go on, a bad edit changes nothing.
#include <bpf/bpf.h>

#include <atomic>
#include <thread>

#include "bpf/live_support.h"

extern "C" {
[[gnu::noinline]] int sonda_test_live(int number) {
  asm volatile("" : "+r"(number));
  return number;
}
[[gnu::noinline]] int sonda_test_live_other(int number) {
  asm volatile("" : "+r"(number));
  return number + 1;
}
}

namespace sonda::test {
namespace {

const std::string counting_probe = R"(#include <uapi/linux/ptrace.h>
BPF_ARRAY(calls, u64, 4);
// @attach uprobe:/proc/self/exe:sonda_test_live
int on_call(struct pt_regs *ctx) {
  calls.increment(0);
  return 0;
}
)";

/// Calls the function from another thread while it lives.
class Caller {
 public:
  Caller() = default;
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  ~Caller() { stop(); }
  /// How often it was called.
  std::uint64_t stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return calls_;
  }

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> calls_ = 0;
  std::thread thread_{[this] {
    while (!stop_) {
      sonda_test_live(1);
      ++calls_;
      if (calls_ % 64 == 0) std::this_thread::yield();
    }
  }};
};

}  // namespace

TEST_CASE("live: a program is exchanged while it runs, and each call is counted once") {
  SONDA_NEED_BPF();
  auto probe = open_live(counting_probe);
  probe.attach();
  sonda_test_live(1);
  REQUIRE(number_in(probe, "calls") == 1);
  const auto objects = open_bpf_objects();
  const std::vector<std::string> texts{counting_probe,
                                       with(counting_probe, "calls.increment(0);", "int at = 0; calls.increment(at);")};
  std::uint64_t called = 0;
  {
    Caller caller;
    for (int i = 0; i < 50; ++i) {
      const auto told = probe.reload(source_of(texts[static_cast<std::size_t>(i + 1) % 2]));
      CHECK(told.kept == std::vector<std::string>{"calls"});
      CHECK(told.direct.empty());
      CHECK(told.attached.empty());
    }
    called = caller.stop();
  }
  CHECK(number_in(probe, "calls") == 1 + called);
  CHECK(called > 50);
  CHECK(open_bpf_objects() == objects);
  CHECK(probe.ledger().lossless());
}

TEST_CASE("live: what is wrong with an edit is said, and nothing changes") {
  SONDA_NEED_BPF();
  auto probe = open_live(counting_probe);
  probe.attach();
  const auto objects = open_bpf_objects();
  const auto refused = [&](const std::string& text) {
    return std::string(error_of([&] { probe.reload(source_of(text)); }).what());
  };
  CHECK_THAT(refused(with(counting_probe, "calls.increment(0)", "calls.increment(no_such_name)")),
             Contains("live.c:5"));
  CHECK_THAT(refused(with(counting_probe, "calls.increment(0);",
                          "int k = PT_REGS_PARM1(ctx); u64 *n = calls.lookup(&k); *n += 1;")),
             Contains("verify: live.c:5"));
  CHECK_THAT(refused(with(counting_probe, "@attach", "@attack")), Contains("live.c:3"));
  CHECK_THAT(refused(with(counting_probe, "sonda_test_live\n", "sonda_test_dead\n")), Contains("sonda_test_dead"));
  CHECK_THAT(refused(with(counting_probe, "// @attach uprobe:/proc/self/exe:sonda_test_live\n", "")),
             Contains("where to attach"));
  sonda_test_live(1);
  CHECK(number_in(probe, "calls") == 1);
  CHECK(open_bpf_objects() == objects);
  CHECK(probe.source().text() == counting_probe);
  // And a probe that is not live has no way to it.
  auto fixed = Probe::open(source_of(counting_probe));
  CHECK_THAT(error_of([&] { fixed.reload(source_of(counting_probe)); }).what(), Contains("not opened to be edited"));
}

TEST_CASE("live: a point that is new is attached, and one that has gone is detached") {
  SONDA_NEED_BPF();
  auto probe = open_live(counting_probe);
  probe.attach();
  const auto objects = open_bpf_objects();
  const auto both =
      with(counting_probe, "int on_call", "// @attach uprobe:/proc/self/exe:sonda_test_live_other\nint on_call");
  auto told = probe.reload(source_of(both));
  REQUIRE(told.attached.size() == 1);
  CHECK(told.attached.front().function == "on_call");
  CHECK(told.detached.empty());
  sonda_test_live(1);
  sonda_test_live_other(1);
  CHECK(number_in(probe, "calls") == 2);

  const auto other = with(both, "// @attach uprobe:/proc/self/exe:sonda_test_live\n", "");
  told = probe.reload(source_of(other));
  CHECK(told.attached.empty());
  REQUIRE(told.detached.size() == 1);
  sonda_test_live(1);
  sonda_test_live_other(1);
  CHECK(number_in(probe, "calls") == 3);

  // Another function at the same point, and another kind of point.
  const auto renamed = with(with(other, "uprobe:", "uretprobe:"), "on_call", "on_return");
  told = probe.reload(source_of(renamed));
  CHECK(told.attached.size() == 1);
  CHECK(told.detached.size() == 1);
  sonda_test_live_other(1);
  CHECK(number_in(probe, "calls") == 4);
  probe.reload(source_of(counting_probe));
  sonda_test_live(1);
  CHECK(number_in(probe, "calls") == 5);
  CHECK(open_bpf_objects() == objects);
}

TEST_CASE("live: points attached by hand stay, detached ones too, and programs that are given out are exchanged") {
  SONDA_NEED_BPF();
  auto probe = open_live(counting_probe);
  probe.attach();
  probe.attach_uprobe("/proc/self/exe", "sonda_test_live_other", "on_call");
  probe.detach(probe.links().front());
  const auto own = attach(probe.program("on_call", BPF_PROG_TYPE_KPROBE),
                          Uprobe{.binary = "/proc/self/exe", .place = Symbol{"sonda_test_live_other"}});
  probe.reload(source_of(with(counting_probe, "increment(0)", "increment(1)")));
  sonda_test_live(1);
  sonda_test_live_other(1);
  CHECK(number_in(probe, "calls", 0) == 0);
  CHECK(number_in(probe, "calls", 1) == 2);
  const auto error = error_of([&] { probe.reload(source_of(with(counting_probe, "on_call", "on_other"))); });
  CHECK_THAT(error.what(), Contains("on_call"));
}

TEST_CASE("live: runs are counted under the function, and since the swap") {
  SONDA_NEED_BPF();
  auto probe = open_live(counting_probe);
  probe.attach();
  const UniqueFd measuring(::bpf_enable_stats(BPF_STATS_RUN_TIME));
  SONDA_NEED(static_cast<bool>(measuring), "BPF_ENABLE_STATS");
  for (int i = 0; i < 7; ++i) sonda_test_live(1);
  REQUIRE(probe.runs().size() == 1);
  CHECK(probe.runs().front().count.runs == 7);
  const auto told = probe.reload(source_of(with(counting_probe, "increment(0)", "increment(1)")));
  REQUIRE(told.programs.size() == 1);
  CHECK(told.programs.front().ran.runs == 7);
  CHECK(told.programs.front().ran.nanoseconds > 0);
  CHECK(told.programs.front().after->instructions >= told.programs.front().before->instructions);
  CHECK(probe.runs().front().count.runs == 0);
  sonda_test_live(1);
  CHECK(probe.runs().front().count.runs == 1);
}

}  // namespace sonda::test
