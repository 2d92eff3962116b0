// What `sonda run` says of what was lost: text, JSON, exit status; and what helps.
#include "support/catch.h"
#include "support/edited_text.h"
#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

constexpr int calls = 5000;

std::string sending_probe(const std::string& buffer) {
  return "struct event { u64 number; char text[200]; };\n" + buffer +
         "BPF_ARRAY(called, u64, 1);\n"
         "// @attach " +
         first_of_calls() +
         "\nint on_call(struct pt_regs *ctx) {\n  struct event event = {};\n  called.increment(0);\n  SEND\n"
         "  return 0;\n}\n";
}

std::string ring_probe() {
  return with(sending_probe("BPF_RINGBUF_OUTPUT(numbers, 1);\n"), "SEND",
              "numbers.ringbuf_output(&event, sizeof(event), 0);");
}

std::string perf_probe() {
  return with(sending_probe("BPF_PERF_OUTPUT(numbers);\n"), "SEND", "numbers.perf_submit(ctx, &event, sizeof(event));");
}

const std::string keeping_probe =
    "BPF_HASH(counts, u32, u64, 8);\nstatic u32 key;\n// @attach " + first_of_calls() +
    "\nint on_call(struct pt_regs *ctx) {\n  u32 next = key++;\n  counts.increment(next);\n  return 0;\n}\n";

std::uint64_t called(const ToolEnd& end) {
  for (const auto& entry : objects(end, "entry"))
    if (entry.at("map") == "called") return entry.at("value").get<std::uint64_t>();
  return 0;
}

std::uint64_t lost(const ToolEnd& end) {
  std::uint64_t sum = 0;
  for (const auto& loss : objects(end, "lost")) sum += loss.at("count").get<std::uint64_t>();
  return sum;
}

}  // namespace

TEST_CASE("what a full ring or perf buffer refused is told with its line, and with what helps") {
  SONDA_NEED_BPF();
  const Probes probes;
  const bool is_ring = GENERATE(true, false);
  const auto path = probes.write("p.c", is_ring ? ring_probe() : perf_probe());
  const auto* pages = is_ring ? "numbers=1" : "numbers=2";
  constexpr int many = 20 * calls;  // more than a few KiB take, however fast they are read
  const auto json = sonda_program(with_calls({"run", "--json", "--buffer", pages, path}, many));
  CAPTURE(is_ring, json.err);
  CHECK(json.status == 0);
  CHECK(called(json) == many);
  const auto rows = objects(json, "event").size();
  CHECK(rows + lost(json) == many);
  REQUIRE(objects(json, "lost").size() == 1);
  const auto loss = objects(json, "lost")[0];
  CHECK(loss.at("what") == "events");
  CHECK(loss.at("map") == "numbers");
  CHECK(loss.at("file") == path);
  CHECK(loss.at("line") == 8);
  CHECK(loss.at("reason") == (is_ring ? "the ring buffer was full (4 KiB)" : "the perf buffer was full"));
  CHECK(contains(json.err, path + ":8: " + loss.at("reason").get<std::string>() + ": --buffer numbers=PAGES\n"));

  const auto large = sonda_program(with_calls({"run", "--json", "--buffer", "numbers=1024", path}, calls));
  CAPTURE(large.err);
  CHECK(objects(large, "event").size() == calls);
  CHECK(objects(large, "lost").empty());
  CHECK(large.err.empty());
}

TEST_CASE("a full map says so in its heading, and how many updates it refused") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", keeping_probe);
  const auto full = sonda_program(with_calls({"run", path}, 20));
  CHECK(full.status == 0);
  CHECK(contains(full.out, "\ncounts: 8 entries, full\n"));
  CHECK(full.err == "sonda: refused: 12 updates of counts at " + path + ":6: full at 8 entries\n");
  const auto fits = sonda_program(with_calls({"run", path}, 7));
  CHECK(contains(fits.out, "\ncounts: 7 entries\n"));
  CHECK(fits.err.empty());
}

TEST_CASE("a loss is the exit status with --strict") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", keeping_probe);
  CHECK(sonda_program(with_calls({"run", "--strict", path}, 7)).status == 0);
  CHECK(sonda_program(with_calls({"run", "--strict", path}, 9)).status == 3);
  CHECK(sonda_program(with_calls({"run", path}, 9)).status == 0);
  const auto quiet = probes.write("q.c", with(keeping_probe, "  counts.increment", "  // @quiet\n  counts.increment"));
  const auto end = sonda_program(with_calls({"run", "--strict", quiet}, 9));
  CHECK(end.status == 0);
  CHECK(end.err.empty());
}

TEST_CASE("what is attached nowhere, beside what is, is named") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", keeping_probe +
                                            "BPF_PROG_ARRAY(next, 2);\n// @tailcall next[1] = jumped\n"
                                            "int forgotten(void *ctx) { return 0; }\n"
                                            "int jumped(void *ctx) { return 0; }\n"
                                            "int syscall__open(void *ctx) { return 0; }\n");
  const auto end = sonda_program(with_calls({"run", path}, 1));
  CAPTURE(end.err);
  CHECK(end.status == 0);
  CHECK(contains(end.err, path + ": not attached: forgotten, syscall__open (no @attach stands above them)\n"));
  const auto more = sonda_program(with_calls({"run", "--attach", first_of_calls() + "=forgotten", path}, 1));
  CHECK(contains(more.err, path + ": not attached: syscall__open (no @attach stands above it)\n"));
  const auto chosen = sonda_program(with_calls({"run", "--attach-only", first_of_calls() + "=forgotten", path}, 1));
  CHECK_FALSE(contains(chosen.err, "not attached"));
}

TEST_CASE("a buffer that is not wanted is not missed") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto end =
      sonda_program(with_calls({"run", "--json", "--map", "called", probes.write("p.c", ring_probe())}, calls));
  CHECK(called(end) == calls);
  CHECK(objects(end, "lost").empty());
  CHECK(end.err.empty());
}

TEST_CASE("a wrong --buffer is refused before anything is attached") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", ring_probe());
  const auto unknown = sonda_program(with_calls({"run", "--buffer", "number=4", path}, 1));
  CHECK(unknown.status == 2);
  CHECK(contains(unknown.err, "did you mean 'numbers'?"));
  const auto odd = sonda_program(with_calls({"run", "--buffer", "numbers=3", path}, 1));
  CHECK(odd.status == 2);
  CHECK(contains(odd.err, "a power of two of pages"));
  CHECK(contains(odd.err, "numbers=4"));
  for (const auto* wrong : {"numbers", "numbers=0", "numbers=x", "numbers=4294967296"})
    CHECK(sonda_program(with_calls({"run", "--buffer", wrong, path}, 1)).status == 2);
}

}  // namespace sonda::test
