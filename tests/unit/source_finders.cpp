// What is found in a probe's C: the types of events, histograms.
#include <string>

#include "sonda/probe_source.h"
#include "source/event_finder.h"
#include "source/histograms.h"
#include "support/catch.h"

using namespace sonda;

namespace {

/// "map:type ..." in the order of the maps' names.
std::string events(std::string_view text) {
  std::string all;
  for (const auto& event : find_event_types(text)) all += event.map + ":" + event.type + " ";
  return all;
}

}  // namespace

TEST_CASE("the struct that is submitted is found") {
  CHECK(events("int f(void *ctx) { struct data_t d = {}; events.perf_submit(ctx, &d, sizeof(d)); }") ==
        "events:struct data_t ");
  CHECK(events("int f(void *c) { data_t d = {}; ring.ringbuf_output(&d, sizeof d, 0); }") == "ring:data_t ");
  CHECK(events("int f(void *c) { struct e *p = ring.ringbuf_reserve(sizeof(struct e)); ring.ringbuf_submit(p, 0); }") ==
        "ring:struct e ");
  CHECK(events("int f(void *c) { struct e *p = ring.ringbuf_reserve(sizeof(*p)); ring.ringbuf_submit(p, 0); }") ==
        "ring:struct e ");
  CHECK(events("int f(void *c) { u32 pid = 1; ev.perf_submit(c, &pid, sizeof(pid)); }") == "ev:u32 ");
  CHECK(events("int f(void *c) { struct x d; ev.perf_submit((struct pt_regs *)c, (void *)&d, sizeof(d)); }") ==
        "ev:struct x ");
  CHECK(events("static int g(struct y *p, void *c) { ev.perf_submit(c, p, sizeof(*p)); }") == "ev:struct y ");
}

TEST_CASE("what the text does not tell is left open") {
  CHECK(events("int f(void *c) { ev.perf_submit(c, &d, sizeof(d)); }").empty());
  CHECK(events("int f(void *c) { struct x d; ev.perf_submit(c, &d.inner, 4); }").empty());
  CHECK(events("int f(void *c) { char buf[16]; ev.perf_submit(c, &buf, 16); }").empty());
  CHECK(events("struct x d; int f(void *c) { return 0; } int g(void *c) { ev.perf_submit(c, &d, 4); }").empty());
  CHECK(events("// ev.perf_submit(c, &d, 4)\nint f() { struct x d; other.lookup(&d); }").empty());
}

TEST_CASE("a buffer of several types is left open") {
  const std::string two =
      "int f(void *c) { struct a x; ev.perf_submit(c, &x, 4); } int g(void *c) { struct b y; ev.perf_submit(c, &y, 4); "
      "}";
  CHECK(events(two).empty());
}

TEST_CASE("variables of one function are not seen in the next") {
  CHECK(events("int f(void *c) { struct a x; } int g(void *c) { ev.perf_submit(c, &x, 4); }").empty());
}

TEST_CASE("what the file says of an event comes first") {
  const auto source = ProbeSource::from_text(
      "p.c", "// @event ev struct said\nint f(void *c) { struct seen d; ev.perf_submit(c, &d, sizeof(d)); }\n");
  REQUIRE(source.event_types().size() == 1);
  CHECK(source.event_types()[0].type == "struct said");
  CHECK(find_unsaid_event_types(source).empty());
}

TEST_CASE("any text can be looked through") {
  for (const std::string text :
       {"", "(", "x.perf_submit(", "x.perf_submit(,", "ringbuf_reserve(sizeof(", "struct", "}}}}",
        "ev.ringbuf_reserve(sizeof(struct", "a.perf_submit((((", "BPF_TABLE(\"histogram\""})
    CHECK_NOTHROW((find_event_types(text), find_histograms(text)));
}

TEST_CASE("histograms are found by their declaration") {
  CHECK(find_histograms("BPF_HISTOGRAM(dist);\nBPF_HISTOGRAM(keyed, struct k, 10);") ==
        std::vector<std::string>{"dist", "keyed"});
  CHECK(find_histograms("BPF_TABLE(\"histogram\", int, u64, h, 64);") == std::vector<std::string>{"h"});
  CHECK(find_histograms("// BPF_HISTOGRAM(no);\nBPF_HASH(dist); BPF_TABLE(\"hash\", int, u64, h, 64);").empty());
}
