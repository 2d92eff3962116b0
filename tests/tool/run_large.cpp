// What is large, or comes fast: nothing of it is lost, and an end is an end.
#include <chrono>
#include <csignal>
#include <ctime>

#include "support/catch.h"
#include "support/skip.h"
#include "tool/run_support.h"

using namespace sonda::test;

namespace {

std::string array_probe(std::size_t entries) {
  return "BPF_ARRAY(zeros, u64, " + std::to_string(entries) + ");\n// @attach " + first_of_calls() +
         "\nint on_call(void *ctx) {\n  int index = " + std::to_string(entries - 1) +
         ";\n  zeros.increment(index);\n  index = 0;\n  zeros.increment(index);\n  return 0;\n}\n";
}

}  // namespace

TEST_CASE("of a large array what was set is shown, in each format") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", array_probe(3'000'000));
  CHECK(contains(sonda_program(with_calls({"run", path}, 5)).out,
                 "zeros: 2 entries\n    KEY VALUE\n      0     5\n2999999     5\n"));
  const auto entries = objects(sonda_program(with_calls({"run", "--json", path}, 5)), "entry");
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].at("key") == 0);
  CHECK(entries[1].at("key") == 2'999'999);
  CHECK(entries[1].at("value") == 5);
  CHECK(contains(sonda_program(with_calls({"run", "--csv", path}, 5)).out, "zeros,0,5\r\nzeros,2999999,5\r\n"));
}

TEST_CASE("small arrays, which are read otherwise, show the same") {
  SONDA_NEED_BPF();
  const Probes probes;
  for (const std::size_t entries : {2, 100, 65'535, 65'536, 65'537}) {
    const auto path = probes.write("p.c", array_probe(entries));
    const auto shown = objects(sonda_program(with_calls({"run", "--json", path}, 3)), "entry");
    INFO(entries);
    REQUIRE(shown.size() == 2);
    CHECK(shown[1].at("key") == entries - 1);
    CHECK(shown[1].at("value") == 3);
  }
}

TEST_CASE("a schema comes once before a map's or buffer's objects, and each has the time") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write(
      "p.c",
      "struct event { u64 took; u32 n; };\nBPF_RINGBUF_OUTPUT(events, 8);\nBPF_HASH(counts, u32, u64);\n"
      "// @show took as duration\n// @attach " +
          first_of_calls() +
          "\nint on_call(void *ctx) {\n  struct event event = {.took = 18700, .n = 7};\n  u32 key = 1;\n"
          "  counts.increment(key);\n  events.ringbuf_output(&event, sizeof(event), 0);\n  return 0;\n}\n");
  const auto before = std::time(nullptr);
  const auto end = sonda_program(with_calls({"run", "--json", path}, 3));
  const auto schemas = objects(end, "schema");
  REQUIRE(schemas.size() == 2);
  CHECK(schemas[0].at("map") == "events");
  CHECK(schemas[0].at("data")[0] ==
        nlohmann::json{{"name", "took"}, {"type", "u64"}, {"as", "duration"}, {"unit", "ns"}});
  CHECK(schemas[1].at("map") == "counts");
  const auto events = objects(end, "event");
  REQUIRE(events.size() == 3);
  CHECK(events[0].at("data") == nlohmann::json{{"took", 18700}, {"n", 7}});
  for (const auto& event : events) {
    CHECK(event.at("time").get<double>() >= static_cast<double>(before));
    CHECK(event.at("time").get<double>() <= static_cast<double>(std::time(nullptr) + 1));
  }
  const auto text = sonda_program(with_calls({"run", "-t", "--map", "events", path}, 1)).out;
  CHECK(contains(text, "TIME                  TOOK       N\n"));
  CHECK(contains(text, "18.7 us       7\n"));
  const auto csv = sonda_program(with_calls({"run", "-t", "--csv", "--map", "events", path}, 1)).out;
  CHECK(contains(csv, "map,time,took_ns,n\r\nevents,"));
  CHECK(contains(csv, ",18700,7\r\n"));
}

TEST_CASE("events of half a second's storm all find room by themselves") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c",
                                 "struct event { u64 number; char rest[32]; };\nBPF_RINGBUF_OUTPUT(events, "
                                 "1);\nBPF_ARRAY(sent, u64, 1);\n// @attach " +
                                     first_of_calls() +
                                     "\nint on_call(void *ctx) {\n  int zero = 0;\n  u64 *n = sent.lookup(&zero);\n"
                                     "  struct event event = {};\n  if (!n) return 0;\n"
                                     "  for (int i = 0; i < 100; i++) {\n    event.number = ++*n;\n"
                                     "    events.ringbuf_output(&event, sizeof(event), 0);\n  }\n  return 0;\n}\n");
  const auto end = sonda_program(with_calls({"run", "--json", path}, 1000));
  CHECK(objects(end, "lost").empty());
  const auto events = objects(end, "event");
  REQUIRE(events.size() == 100'000);
  for (std::size_t i = 0; i < events.size(); i += 997) CHECK(events[i].at("data").at("number") == i + 1);
}
