// What events are, by the calls that send them; and events that are shorter than their type. The truth is what this
// program makes the probe send.
#include <string>
#include <vector>

#include "bpf/private_cache.h"
#include "kernel/kernel.h"
#include "read/fitted_schema.h"
#include "sonda/sonda.h"
#include "support/catch.h"
#include "support/error_of.h"
#include "support/skip.h"

extern "C" {
[[gnu::noinline]] int sonda_test_event(int number) {
  asm volatile("" : "+r"(number));
  return number;
}
}

namespace sonda::test {
namespace {

Image compiled(const std::string& text) {
  static const auto cache = PrivateCache::or_shared();
  return compile(ProbeSource::from_text("events.c", "#include <uapi/linux/ptrace.h>\n" + text), {});
}

/// The event type of the buffer "sent".
std::string type_of(const std::string& text) {
  const auto image = compiled(text);
  return image.map("sent").event.empty() ? "" : describe(image.map("sent").event);
}

/// What the function `f` sends, decoded, when it is called with 0, 1 and 2.
std::vector<std::string> sent(const std::string& text) {
  auto probe = Probe::open(ProbeSource::from_text("events.c", "#include <uapi/linux/ptrace.h>\n" + text));
  probe.attach_uprobe("/proc/self/exe", "sonda_test_event", "f");
  std::vector<std::string> events;
  const auto& schema = probe.loaded().map("sent").spec().event;
  probe.open_events("sent", [&](const Event& event) {
    const auto fit = fitted(schema, event.bytes.size());
    events.push_back(to_text(RecordView(event.bytes, fit.schema).value()));
    for (const auto& name : fit.missing) events.back() += " without " + name;
  });
  for (int i = 0; i < 3; ++i) sonda_test_event(i);
  probe.poll(100);
  return events;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("the type of events is that of what is sent, whether it has a name or not") {
  SONDA_NEED_BTF();
  const std::string perf = "BPF_PERF_OUTPUT(sent);\nint f(struct pt_regs *ctx) {\n";
  CHECK(type_of("struct data_t { u32 pid; char comm[16]; };\n" + perf +
                "struct data_t data = {}; sent.perf_submit(ctx, &data, sizeof(data)); return 0; }") ==
        "struct data_t { u32 pid; char comm[16]; }");
  CHECK(type_of(perf + "struct { u64 a; u32 b; } data = {}; sent.perf_submit(ctx, &data, sizeof(data)); return 0; }") ==
        "struct { u64 a; u32 b; }");
  CHECK(type_of(perf + "u64 many[4] = {}; sent.perf_submit(ctx, many, sizeof(many)); return 0; }") == "u64[4]");
  CHECK(type_of(perf + "u64 many[4] = {}; sent.perf_submit(ctx, &many, sizeof(many)); return 0; }") == "u64[4]");
  CHECK(type_of(perf + "u32 one = 1; sent.perf_submit(ctx, (void *)&one, sizeof(one)); return 0; }") == "u32");
  CHECK(type_of("struct e { u32 a; };\nBPF_RINGBUF_OUTPUT(sent, 8);\nint f(struct pt_regs *ctx) {\n"
                "struct e *e = sent.ringbuf_reserve(sizeof(*e)); if (!e) return 0; e->a = 1;\n"
                "sent.ringbuf_submit(e, 0); return 0; }") == "struct e { u32 a; }");
  CHECK(type_of("struct y { s16 a; };\nBPF_PERF_OUTPUT(sent);\n"
                "static int g(struct y *y, void *c) { return sent.perf_submit(c, y, sizeof(*y)); }\n"
                "int f(struct pt_regs *ctx) { struct y y = {}; return g(&y, ctx); }") == "struct y { s16 a; }");
}

TEST_CASE("what a buffer's events are is left open where nothing tells, and where they are of several types") {
  SONDA_NEED_BTF();
  CHECK(type_of("struct a { u32 x; }; struct b { u64 y; };\nBPF_PERF_OUTPUT(sent);\nint f(struct pt_regs *ctx) {\n"
                "struct a a = {}; struct b b = {}; sent.perf_submit(ctx, &a, sizeof(a));\n"
                "sent.perf_submit(ctx, &b, sizeof(b)); return 0; }")
            .empty());
  CHECK(type_of("BPF_PERF_OUTPUT(sent);\nBPF_PERCPU_ARRAY(room, u64, 1);\nint f(struct pt_regs *ctx) {\n"
                "int zero = 0; void *p = room.lookup(&zero); if (!p) return 0;\n"
                "sent.perf_submit(ctx, p, 8); return 0; }")
            .empty());
  CHECK(
      type_of("// @event sent struct said\nstruct said { u32 a; }; struct other { u32 b; };\nBPF_PERF_OUTPUT(sent);\n"
              "int f(struct pt_regs *ctx) { struct other o = {}; sent.perf_submit(ctx, &o, sizeof(o)); return 0; }") ==
      "struct said { u32 a; }");
}

TEST_CASE("events of structs without a name and of arrays are decoded") {
  SONDA_NEED_BPF();
  CHECK(sent("BPF_PERF_OUTPUT(sent);\nint f(struct pt_regs *ctx) {\n"
             "struct { u64 argument; u32 twice; } time = {PT_REGS_PARM1(ctx), 2 * PT_REGS_PARM1(ctx)};\n"
             "sent.perf_submit(ctx, &time, sizeof(time)); return 0; }") ==
        Texts{"{argument=0, twice=0}", "{argument=1, twice=2}", "{argument=2, twice=4}"});
  CHECK(sent("BPF_RINGBUF_OUTPUT(sent, 8);\nint f(struct pt_regs *ctx) {\n"
             "u32 all[3] = {PT_REGS_PARM1(ctx), 7, 8}; sent.ringbuf_output(all, sizeof(all), 0); return 0; }") ==
        Texts{"[0, 7, 8]", "[1, 7, 8]", "[2, 7, 8]"});
}

TEST_CASE("a short event is decoded as far as it goes, and what did not come is named") {
  SONDA_NEED_BPF();
  const std::string sending =
      "struct text { u32 length; u16 parts[4]; char data[8]; u64 last; };\nBPF_RINGBUF_OUTPUT(sent, 8);\n"
      "// @event sent struct text\nint f(struct pt_regs *ctx) {\n"
      "struct text t = {.length = PT_REGS_PARM1(ctx), .parts = {1, 2, 3, 4}, .data = \"abcdefg\", .last = 9};\n";
  CHECK(sent(sending + "sent.ringbuf_output(&t, 8, 0); return 0; }") ==
        Texts{"{length=0, parts=[1, 2]} without data without last",
              "{length=1, parts=[1, 2]} without data without last",
              "{length=2, parts=[1, 2]} without data without last"});
  CHECK(sent(sending + "sent.ringbuf_output(&t, 15, 0); return 0; }").at(0) ==
        "{length=0, parts=[1, 2, 3, 4], data=abc} without last");
  CHECK(sent(sending + "sent.ringbuf_output(&t, sizeof(t), 0); return 0; }").at(2) ==
        "{length=2, parts=[1, 2, 3, 4], data=abcdefg, last=9}");
  CHECK(sent("struct list { u32 count; u16 items[]; };\nBPF_RINGBUF_OUTPUT(sent, 8);\n// @event sent struct list\n"
             "int f(struct pt_regs *ctx) { struct { u32 count; u16 items[5]; } l = {3, {10, 20, 30, 40, 50}};\n"
             "sent.ringbuf_output(&l, 10, 0); return 0; }")
            .at(1) == "{count=3, items=[10, 20, 30]}");
}

TEST_CASE("a warning of the compiler is told on its line, cold and warm") {
  SONDA_NEED_BTF();
  const PrivateCache cache;
  std::vector<std::string> told;
  CompileOptions options;
  options.warn = [&](std::string_view lines) { told.emplace_back(lines); };
  const auto source = ProbeSource::from_text(
      "warned.c", "int f(struct pt_regs *ctx) {\n  bpf_trace_printk(\"half %0.2f\\n\", 1);\n  return 0;\n}\n");
  for (std::size_t times = 1; times <= 2; ++times) {
    compile(source, options);
    REQUIRE(told.size() == times);
    CHECK_THAT(told.back(), StartsWith("warned.c:2:") && Contains(": warning: only %d %u"));
    CHECK_THAT(told.back(), Contains("    2 |   bpf_trace_printk"));
  }
  compile(ProbeSource::from_text("quiet.c", "int f(struct pt_regs *ctx) { return 0; }\n"), options);
  CHECK(told.size() == 2);
}

TEST_CASE("how slots of a histogram stand for values is seen in its own keys") {
  SONDA_NEED_BTF();
  const auto slots = [](const std::string& body, const std::string& before = {}) {
    const auto image = compiled(
        "struct key { u32 cpu; u64 slot; u64 other; };\nBPF_HISTOGRAM(h);\nBPF_HISTOGRAM(o);\n"
        "BPF_HISTOGRAM(keyed, struct key);\n" +
        before + "\nint f(struct pt_regs *ctx) {\n  u64 b = PT_REGS_PARM1(ctx);\n  " + body + "\n  return 0;\n}\n");
    return image.map(body.find("keyed.") == body.npos ? "h" : "keyed").slots;
  };
  CHECK(slots("h.increment(bpf_log2l(b)); o.increment(b);") == Slots::log2l);
  CHECK(slots("h.increment(b); o.increment(bpf_log2l(b));") == Slots::values);
  CHECK(slots("h.increment(bpf_log2(b)); o.increment(bpf_log2l(b));") == Slots::log2);
  CHECK(slots("u64 slot = bpf_log2l(b), size = b / 4096; h.increment(slot); o.increment(size);") == Slots::log2l);
  // One variable for both.
  CHECK(slots("u64 slot = bpf_log2l(b); o.increment(slot); slot = b / 8; h.increment(slot);") == Slots::values);
  CHECK(slots("u64 slot = b / 8; o.increment(slot); slot = bpf_log2(b); h.increment(slot);") == Slots::log2);
  // What else a slot may be is an exception.
  CHECK(slots("u64 slot = bpf_log2l(b); if (slot > 20) slot = 20; h.increment(slot);") == Slots::log2l);
  CHECK(slots("u64 slot = 0; if (b) slot = bpf_log2l(b); h.atomic_increment(slot);") == Slots::log2l);
  CHECK(slots("u64 slot = bpf_log2l(b); if (b > 9) { slot = b; return 0; } h.increment(slot);") == Slots::log2l);
  CHECK(slots("h.increment(b > 5 ? bpf_log2l(b) : 0);") == Slots::log2l);
  // Through functions, and pointers.
  CHECK(slots("h.increment(of(b));", "static u64 of(u64 v) { return bpf_log2l(v); }") == Slots::log2l);
  CHECK(slots("count(bpf_log2(b)); o.increment(b);", "static void count(u64 slot) { h.increment(slot); }") ==
        Slots::log2);
  CHECK(slots("int slot = bpf_log2l(b); u64 one = 1; h.update(&slot, &one);") == Slots::log2l);
  // Of a struct the field that is the slot.
  CHECK(slots("struct key key = {.other = bpf_log2l(b)}; key.slot = b; keyed.increment(key);") == Slots::values);
  CHECK(slots("struct key key = {}; key.slot = bpf_log2l(b * 3); keyed.increment(key);") == Slots::log2l);
  CHECK(slots("struct key key = {.cpu = 1, .slot = bpf_log2(b)}; keyed.increment(key);") == Slots::log2);
  CHECK(slots("struct key key = {}; fill(&key, b); keyed.increment(key);",
              "static void fill(struct key *key, u64 v) { key->slot = bpf_log2l(v); }") == Slots::log2l);
  // No slot is ever computed: what is counted is a sum.
  CHECK(slots("h.increment(0, b);") == Slots::none);
  CHECK(slots("struct key key = {.slot = 0}; key.cpu = b; keyed.increment(key);") == Slots::none);
  CHECK(slots("for (int i = 0; i < 4; i++) h.increment(i);") == Slots::values);
}

TEST_CASE("histograms are told from other maps by their declaration") {
  SONDA_NEED_BTF();
  const auto image = compiled(
      "// BPF_HISTOGRAM(no);\nBPF_TABLE(\"histogram\", int, u64, told, 64);\nBPF_HASH(hash);\nBPF_HASH(no);\n"
      "int f(struct pt_regs *ctx) {\n  u64 b = PT_REGS_PARM1(ctx);\n  told.increment(b);\n"
      "  hash.increment(bpf_log2l(b));\n  no.increment(b);\n  return 0;\n}\n");
  CHECK(image.map("told").slots == Slots::values);
  CHECK(image.map("hash").slots == Slots::none);
  CHECK(image.map("no").slots == Slots::none);
}

}  // namespace sonda::test
