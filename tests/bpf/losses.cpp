// Failed calls of a probe, counted without its help. The truth is what the calls return, which the probe counts, too.
#include <map>
#include <string>

#include "bpf/private_cache.h"
#include "kernel/kernel.h"
#include "sonda/sonda.h"
#include "support/catch.h"
#include "support/edited_text.h"
#include "support/skip.h"

extern "C" {
[[gnu::noinline]] int sonda_test_losing(int number) {
  asm volatile("" : "+r"(number));
  return number;
}
}

namespace sonda::test {
namespace {

/// One stack for each depth.
[[gnu::noinline]] int losing_at(int depth) {  // NOLINT(misc-no-recursion)
  const int got = depth == 0 ? sonda_test_losing(0) : losing_at(depth - 1);
  asm volatile("" ::: "memory");
  return got + 1;
}

const std::string head =
    "#include <uapi/linux/ptrace.h>\n"
    "BPF_ARRAY(failed, u64, 8);\n";

const std::string tail_of_probe = "  return 0;\n}\n";

Probe opened(const std::string& text, bool live = false) {
  static const auto cache = PrivateCache::or_shared();
  OpenOptions options;
  options.live = live;
  auto probe = Probe::open(ProbeSource::from_text("losing.c", head + text), options);
  probe.attach_uprobe("/proc/self/exe", "sonda_test_losing", "f");
  return probe;
}

/// The probe after its function f ran for 0, 1, ..., and nothing is attached any more.
Probe ran(const std::string& text, int calls) {
  auto probe = opened(text);
  for (int i = 0; i < calls; ++i) sonda_test_losing(i);
  probe.detach_all();
  return probe;
}

/// The line, from 1, that `part` is in.
int line_of(const std::string& text, std::string_view part) {
  const auto all = head + text;
  const auto at = all.find(part);
  REQUIRE(at != std::string::npos);
  return 1 + static_cast<int>(std::count(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

std::uint64_t failed(const Probe& probe, std::uint32_t index) {
  return probe.table("failed").find<std::uint64_t>(index).value();
}

/// What is told of that line; all reasons together.
std::uint64_t told(const Ledger& ledger, int line) {
  std::uint64_t count = 0;
  for (const auto& loss : ledger.losses)
    if (loss.at.line == line) count += loss.count;
  return count;
}

const Loss* find(const Ledger& ledger, int line) {
  const auto found = std::ranges::find_if(ledger.losses, [&](const Loss& loss) { return loss.at.line == line; });
  return found == ledger.losses.end() ? nullptr : &*found;
}

std::vector<std::string> texts(const Ledger& ledger) {
  std::vector<std::string> all;
  for (const auto& loss : ledger.losses) all.push_back(to_string(loss));
  return all;
}

}  // namespace

TEST_CASE("losses: each map that had no room, at its line, with its size") {
  SONDA_NEED_BPF();
  const std::string text =
      "BPF_HASH(small, u32, u64, 5);\nBPF_TABLE(\"percpu_hash\", u32, u64, of_cpu, 3);\nBPF_ARRAY(slots, u64, 4);\n"
      "BPF_QUEUE(queue, u64, 6);\nBPF_STACK(pile, u64, 1);\n"
      "int f(struct pt_regs *ctx) {\n  u32 key = PT_REGS_PARM1(ctx);\n  int index = key;\n  u64 value = key;\n"
      "  if (small.update(&key, &value) < 0) failed.increment(0);\n"
      "  if (of_cpu.update(&key, &value) < 0) failed.increment(1);\n"
      "  if (slots.update(&index, &value) < 0) failed.increment(2);\n"
      "  if (queue.push(&value, 0) < 0) failed.increment(3);\n"
      "  if (pile.push(&value, 0) < 0) failed.increment(4);\n" +
      tail_of_probe;
  auto probe = ran(text, 20);
  const auto& ledger = probe.ledger();
  const std::map<std::string, std::pair<std::uint64_t, std::string>> wanted{
      {"small", {15, "full at 5 entries"}},
      {"of_cpu", {17, "full at 3 entries"}},
      {"slots", {16, "the index is beyond its end, of 4 entries"}},
      {"queue", {14, "full at 6 entries"}},
      {"pile", {19, "full at 1 entry"}}};
  CAPTURE(texts(ledger));
  CHECK(ledger.losses.size() == wanted.size());
  std::uint32_t index = 0;
  for (const auto* name : {"small", "of_cpu", "slots", "queue", "pile"}) {
    const auto& [count, reason] = wanted.at(name);
    const int line = line_of(text, "failed.increment(" + std::to_string(index));
    CAPTURE(name, line);
    const auto* loss = find(ledger, line);
    REQUIRE(loss != nullptr);
    CHECK(loss->what == Loss::What::updates);
    CHECK(loss->map == name);
    CHECK(loss->at.file == "losing.c");
    CHECK(loss->reason == reason);
    CHECK(loss->count == count);
    CHECK(failed(probe, index++) == count);
  }
  CHECK(ledger.updates_refused == 15 + 17 + 16 + 14 + 19);
  CHECK_FALSE(ledger.lossless());
}

TEST_CASE("losses: BCC's own calls that update inside, and what is no loss") {
  SONDA_NEED_BPF();
  const std::string text =
      "BPF_HASH(counts, u32, u64, 4);\nBPF_HASH(made, u32, u64, 4);\nBPF_HASH(once, u32, u64, 64);\n"
      "BPF_TABLE(\"lru_hash\", u32, u64, recent, 4);\n"
      "int f(struct pt_regs *ctx) {\n  u32 key = PT_REGS_PARM1(ctx), only = 7;\n  u64 value = key, *found;\n"
      "  counts.increment(key);\n"
      "  found = made.lookup_or_try_init(&key, &value);\n"
      "  once.insert(&only, &value);\n"  // EEXIST from the second on: what was asked for
      "  recent.update(&key, &value);\n"
      "  counts.delete(&only);\n"
      "  return found ? 0 : 1;\n}\n";
  auto probe = ran(text, 10);
  const auto& ledger = probe.ledger();
  CAPTURE(texts(ledger));
  CHECK(ledger.losses.size() == 2);
  CHECK(told(ledger, line_of(text, "counts.increment")) == 6);
  CHECK(told(ledger, line_of(text, "made.lookup_or")) == 6);
}

TEST_CASE("losses: events of ring buffers, however they are sent") {
  SONDA_NEED_BPF();
  const std::string text =
      "struct event { u64 number; char text[420]; };\nBPF_RINGBUF_OUTPUT(sent, 1);\nBPF_RINGBUF_OUTPUT(kept, 1);\n"
      "int f(struct pt_regs *ctx) {\n  struct event event = {.number = PT_REGS_PARM1(ctx)}, *place;\n"
      "  if (sent.ringbuf_output(&event, 400, 0) < 0) failed.increment(0);\n"
      "  place = kept.ringbuf_reserve(sizeof(*place));\n"
      "  if (!place) {\n    failed.increment(1);\n    return 0;\n  }\n  place->number = 1;\n"
      "  kept.ringbuf_submit(place, 0);\n" +
      tail_of_probe;
  auto probe = ran(text, 50);
  const auto& ledger = probe.ledger();
  CAPTURE(texts(ledger));
  CHECK(ledger.losses.size() == 2);
  std::uint32_t index = 0;
  for (const auto* part : {"sent.ringbuf", "kept.ringbuf_reserve"}) {
    const auto* loss = find(ledger, line_of(text, part));
    REQUIRE(loss != nullptr);
    CHECK(loss->what == Loss::What::events);
    CHECK(loss->reason == "the ring buffer was full (4 KiB)");
    CHECK(loss->count == failed(probe, index++));
    CHECK(loss->count > 30);
  }
  CHECK(ledger.events_lost == failed(probe, 0) + failed(probe, 1));
}

TEST_CASE("losses: what is reserved, by every way of asking whether there is a place") {
  SONDA_NEED_BPF();
  const std::string before =
      "struct event { u64 number; char text[500]; };\nBPF_RINGBUF_OUTPUT(kept, 1);\n"
      "int f(struct pt_regs *ctx) {\n  u64 number = PT_REGS_PARM1(ctx);\n";
  const auto* after = GENERATE(
      // a jump if there is one, a jump if there is none, both ways long
      "  struct event *place = kept.ringbuf_reserve(sizeof(*place));\n"
      "  if (place) {\n    place->number = number;\n    kept.ringbuf_submit(place, 0);\n  } else {\n"
      "    failed.increment(0);\n  }\n",
      "  struct event *place = kept.ringbuf_reserve(sizeof(*place));\n"
      "  if (!place) {\n    failed.increment(0);\n    return 0;\n  }\n  place->number = number;\n"
      "  kept.ringbuf_submit(place, 0);\n",
      "  struct event *place = kept.ringbuf_reserve(sizeof(*place));\n  u64 more = number * 3;\n"
      "  if (!place) goto none;\n  place->number = more;\n  kept.ringbuf_discard(place, 0);\n  return 0;\n"
      "none:\n  failed.increment(0);\n",
      // in a loop, in which the one who finds none goes on
      "#pragma unroll\n  for (int i = 0; i < 3; i++) {\n"
      "    struct event *place = kept.ringbuf_reserve(sizeof(*place));\n"
      "    if (!place) { failed.increment(0); continue; }\n    place->number = i;\n"
      "    kept.ringbuf_submit(place, 0);\n  }\n");
  const auto text = before + after + tail_of_probe;
  CAPTURE(text);
  auto probe = ran(text, 30);
  const auto& ledger = probe.ledger();
  CAPTURE(texts(ledger));
  CHECK(probe.loaded().uncounted().empty());
  REQUIRE(ledger.losses.size() == 1);
  CHECK(ledger.losses[0].count == failed(probe, 0));
  CHECK(ledger.losses[0].at.line == line_of(text, "kept.ringbuf_reserve"));
  CHECK(failed(probe, 0) >= 23);
}

TEST_CASE("losses: events of a perf buffer are counted once, though the kernel counts them, too") {
  SONDA_NEED_BPF();
  const std::string text =
      "struct event { u64 number; char text[300]; };\nBPF_PERF_OUTPUT(sent);\nBPF_PERF_OUTPUT(unread);\n"
      "int f(struct pt_regs *ctx) {\n  struct event event = {.number = PT_REGS_PARM1(ctx)};\n"
      "  if (sent.perf_submit(ctx, &event, sizeof(event)) < 0) failed.increment(0);\n"
      "  unread.perf_submit(ctx, &event, 8);\n" +
      tail_of_probe;
  auto probe = opened(text);
  std::uint64_t seen = 0;
  auto& reader = probe.open_events("sent", [&](const Event&) { ++seen; }, 1);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) sonda_test_losing(i);
    reader.drain();
  }
  for (int i = 0; i < 100; ++i) sonda_test_losing(i);
  probe.detach_all();
  reader.drain();
  const auto& ledger = probe.ledger();
  CAPTURE(texts(ledger), seen);
  CHECK(seen + ledger.events_lost == 400);
  CHECK(ledger.events_lost == failed(probe, 0));
  REQUIRE(ledger.losses.size() == 1);
  CHECK(ledger.losses[0].count == ledger.events_lost);
  CHECK(ledger.losses[0].reason == "the perf buffer was full");
  CHECK(ledger.losses[0].at.line == line_of(text, "sent.perf_submit"));
}

TEST_CASE("losses: reads that nobody asks about. Those that the probe checks and quiet lines are its own affair") {
  SONDA_NEED_BPF();
  const std::string text =
      "struct task { struct task *next; };\n"
      "static __attribute__((noinline)) u64 word(u64 at) {\n  u64 value = 0;\n"
      "  bpf_probe_read_user(&value, sizeof(value), (void *)at);\n  return value;\n}\n"
      "BPF_ARRAY(sum, u64, 1);\n"
      "int f(struct pt_regs *ctx, struct task *first) {\n  u64 n = PT_REGS_PARM1(ctx), value = 0;\n  char name[8] = "
      "{};\n"
      "  bpf_probe_read_kernel(&value, 8, (void *)(n & 1 ? 16 : PT_REGS_SP(ctx)));  // odd\n"
      "  bpf_probe_read_user_str(name, sizeof(name), (void *)PT_REGS_SP(ctx));  // never\n"
      "  if (bpf_probe_read_user(&value, 8, (void *)16) < 0) failed.increment(0);\n"
      "  // @quiet\n"
      "  bpf_probe_read_user(&value,\n      8, (void *)24);\n"
      "  value += word(n + 1);\n"
      "  value += (u64)first->next;  // rewritten\n"
      "  sum.update(&(int){0}, &value);\n" +
      tail_of_probe;
  auto probe = ran(text, 10);
  const auto& ledger = probe.ledger();
  CAPTURE(texts(ledger));
  CHECK(failed(probe, 0) == 10);
  CHECK(told(ledger, line_of(text, "// odd")) == 10);  // a user's stack is no memory of the kernel's either
  CHECK(told(ledger, line_of(text, "// never")) == 0);
  CHECK(told(ledger, line_of(text, "(void *)at)")) == 10);
  CHECK(told(ledger, line_of(text, "// rewritten")) == 10);
  CHECK(ledger.losses.size() == 3);
  for (const auto& loss : ledger.losses) {
    CHECK(loss.what == Loss::What::reads);
    CHECK(loss.map.empty());
  }
}

TEST_CASE("losses: stacks that found another one in their place") {
  SONDA_NEED_BPF();
  const std::string text =
      "BPF_STACK_TRACE(stacks, 1);\n"
      "int f(struct pt_regs *ctx) {\n"
      "  int id = stacks.get_stackid(ctx, BPF_F_USER_STACK);\n"
      "  if (id == -17) failed.increment(0);\n" +
      tail_of_probe;
  auto probe = opened(text);
  for (int depth = 1; depth < 8; ++depth) losing_at(depth);
  probe.detach_all();
  const auto& ledger = probe.ledger();
  CAPTURE(texts(ledger));
  REQUIRE(ledger.losses.size() == 1);
  CHECK(ledger.losses[0].what == Loss::What::stacks);
  CHECK(ledger.losses[0].map == "stacks");
  CHECK(ledger.losses[0].count == failed(probe, 0));
  CHECK(ledger.losses[0].count >= 5);
}

TEST_CASE("losses: one line for a call that the compiler copies, and the map only where it is certain") {
  SONDA_NEED_BPF();
  const std::string text =
      "BPF_HASH(a, u32, u64, 1);\nBPF_HASH(b, u32, u64, 1);\n"
      "int f(struct pt_regs *ctx) {\n  u32 key = PT_REGS_PARM1(ctx);\n  u64 value = 1;\n"
      "#pragma unroll\n  for (int i = 0; i < 4; i++) {\n    u32 one = key * 4 + i;\n    a.update(&one, &value);\n  }\n"
      "  if (key & 1) b.update(&key, &value); else a.update(&key, &value);  // either\n" +
      tail_of_probe;
  auto probe = ran(text, 10);
  const auto& ledger = probe.ledger();
  CAPTURE(texts(ledger));
  CHECK(told(ledger, line_of(text, "a.update(&one")) == 39);
  // Of b one of five is kept, of a the key 0 that is there.
  CHECK(told(ledger, line_of(text, "// either")) == 4 + 4);
  for (const auto& loss : ledger.losses) {
    if (loss.at.line == line_of(text, "a.update(&one")) CHECK(loss.map == "a");
    if (!loss.map.empty() && loss.at.line == line_of(text, "// either")) CHECK(loss.count == 4);
  }
}

TEST_CASE("losses: go on over an edit, and belong to the lines as they were") {
  SONDA_NEED_BPF();
  const std::string text =
      "BPF_HASH(small, u32, u64, 2);\n"
      "int f(struct pt_regs *ctx) {\n  u32 key = PT_REGS_PARM1(ctx);\n  u64 value = 1;\n"
      "  small.update(&key, &value);\n" +
      tail_of_probe;
  auto probe = opened(text, true);
  for (int i = 0; i < 10; ++i) sonda_test_losing(i);
  probe.reload(ProbeSource::from_text("losing.c", head + with(text, "  u64 value = 1;\n", "  u64 value = 2;\n\n\n")));
  for (int i = 10; i < 15; ++i) sonda_test_losing(i);
  probe.detach_all();
  const auto& ledger = probe.ledger();
  CAPTURE(texts(ledger));
  const int line = line_of(text, "small.update");
  CHECK(told(ledger, line) == 8);
  CHECK(told(ledger, line + 2) == 5);
  CHECK(ledger.updates_refused == 13);
}

TEST_CASE("losses: a callback's calls are counted, too") {
  SONDA_NEED_BPF();
  SONDA_NEED(kernel_version_code() >= (5U << 16 | 17U << 8), "bpf_loop (Linux 5.17)");
  const std::string text =
      "BPF_HASH(small, u32, u64, 2);\n"
      "static long step(u32 i, void *context) {\n  u64 value = i;\n  small.update(&i, &value);\n  return 0;\n}\n"
      "int f(struct pt_regs *ctx) {\n  bpf_loop(12, step, 0, 0);\n" +
      tail_of_probe;
  auto probe = ran(text, 3);
  const auto& ledger = probe.ledger();
  CAPTURE(texts(ledger));
  CHECK(told(ledger, line_of(text, "small.update")) == 3 * 10);
}

}  // namespace sonda::test
