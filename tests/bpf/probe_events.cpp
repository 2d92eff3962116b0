// Events and trace lines through the public class.
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bpf/private_cache.h"
#include "sonda/sonda.h"
#include "support/catch.h"
#include "support/paths.h"
#include "support/skip.h"

extern "C" {
[[gnu::noinline]] int sonda_test_send(int number) {
  asm volatile("" : "+r"(number));
  return number + 1;
}
}

namespace {

struct Sent {
  std::uint32_t pid;
  std::uint32_t padding;
  std::uint64_t number;
};

struct Longer {
  std::uint64_t numbers[8];
};

using namespace sonda;
using sonda::test::Contains;
using sonda::test::this_program;

const char* const text = R"(#include <uapi/linux/ptrace.h>
struct sent_t {
  u32 pid;
  u32 padding;
  u64 number;
};
// @event ring struct sent_t
BPF_RINGBUF_OUTPUT(ring, 4);
// @event buffer struct sent_t
BPF_PERF_OUTPUT(buffer);

int to_ring(struct pt_regs *ctx) {
  struct sent_t *sent = ring.ringbuf_reserve(sizeof(struct sent_t));
  if (!sent)
    return 0;
  sent->pid = bpf_get_current_pid_tgid() >> 32;
  sent->padding = 0;
  sent->number = PT_REGS_PARM1(ctx);
  ring.ringbuf_submit(sent, 0);
  return 0;
}

int to_buffer(struct pt_regs *ctx) {
  struct sent_t sent = {};
  sent.pid = bpf_get_current_pid_tgid() >> 32;
  sent.number = PT_REGS_RC(ctx);
  buffer.perf_submit(ctx, &sent, sizeof(sent));
  return 0;
}

int to_trace(struct pt_regs *ctx) {
  bpf_trace_printk("sent %d", (int)PT_REGS_PARM1(ctx));
  return 0;
}
)";

Probe open() {
  static const auto cache = test::PrivateCache::or_shared();
  return Probe::open(ProbeSource::from_text("send.c", text));
}

}  // namespace

SONDA_LAYOUT(Sent, pid, padding, number);
SONDA_LAYOUT(Longer, numbers);

TEST_CASE("a ring buffer and a perf buffer deliver together, bound to a struct") {
  SONDA_NEED_BPF();
  auto probe = open();
  std::vector<std::uint64_t> rung, buffered;
  const auto pid = static_cast<std::uint32_t>(::getpid());
  probe.open_events_as<Sent>("ring", [&](const Sent& sent) {
    CHECK(sent.pid == pid);
    rung.push_back(sent.number);
  });
  probe.open_events_as<Sent>("buffer", [&](const Sent& sent) { buffered.push_back(sent.number); });
  probe.attach_uprobe(this_program, "sonda_test_send", "to_ring", {.pid = ::getpid()});
  probe.attach_uretprobe(this_program, "sonda_test_send", "to_buffer", {.pid = ::getpid()});
  CHECK(probe.poll(0) == 0);
  for (int i = 1; i <= 3; ++i) sonda_test_send(10 * i);
  std::size_t delivered = 0;
  for (int tries = 0; tries < 100 && delivered < 6; ++tries) delivered += probe.poll(100);
  CHECK(delivered == 6);
  CHECK(rung == std::vector<std::uint64_t>{10, 20, 30});
  CHECK(buffered == std::vector<std::uint64_t>{11, 21, 31});
  CHECK(probe.ledger().events_seen == 6);
  CHECK(probe.ledger().lossless());
  CHECK(summary(probe.ledger()).empty());
}

TEST_CASE("what the callback throws arrives") {
  SONDA_NEED_BPF();
  auto probe = open();
  probe.open_events("ring", [](const Event&) { throw Error(Stage::report, "row", "the disk is full"); });
  probe.attach_uprobe(this_program, "sonda_test_send", "to_ring", {.pid = ::getpid()});
  sonda_test_send(1);
  CHECK_THROWS_WITH(probe.poll(1000), Contains("the disk is full"));
}

TEST_CASE("a struct that is not the probe's event is refused by name") {
  SONDA_NEED_BPF();
  auto probe = open();
  CHECK_THROWS_WITH(probe.open_events_as<Longer>("ring", [](const Longer&) {}), Contains("ring") && Contains("event"));
  CHECK_THROWS_WITH(require_event_size("ring", 8, 64), Contains("8 bytes") && Contains("64"));
  CHECK_NOTHROW(require_event_size("ring", 64, 64));
}

TEST_CASE("polling without an open buffer is refused, so is a map that is none") {
  SONDA_NEED_BPF();
  auto probe = open();
  CHECK_THROWS_WITH(probe.poll(0), Contains("open_events"));
  CHECK_THROWS_AS(probe.open_events("nowhere", [](const Event&) {}), Error);
}

TEST_CASE("lines of bpf_trace_printk arrive as fields") {
  SONDA_NEED_BPF();
  auto probe = open();
  try {
    probe.trace_fields(0);
  } catch (const Error& error) {
    SONDA_NEED(error.exit() != Exit::cannot_run, "tracefs with trace_pipe");
    throw;
  }
  probe.attach_uprobe(this_program, "sonda_test_send", "to_trace", {.pid = ::getpid()});
  const auto marker = 100'000 + ::getpid() % 100'000;
  sonda_test_send(marker);
  const auto wanted = "sent " + std::to_string(marker);
  bool found = false;
  // The pipe is everybody's: any number of other lines may come first.
  for (int waited = 0; waited < 200 && !found;) {
    const auto fields = probe.trace_fields(50);
    if (!fields) ++waited;
    found = fields && fields->message == wanted;
    if (found) CHECK(fields->pid == ::getpid());
  }
  CHECK(found);
  CHECK(probe.ledger().events_seen >= 1);
}
