// Storms: whatever happens to a run, its rows and what it says is lost are together what a counting map saw.
// SONDA_TEST_STORMS=N runs each so often; once by default.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <thread>

#include "support/catch.h"
#include "support/edited_text.h"
#include "support/skip.h"
#include "support/target_process.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

using std::chrono::milliseconds;

int rounds() {
  const char* given = std::getenv("SONDA_TEST_STORMS");
  return given != nullptr ? std::max(std::atoi(given), 1) : 1;
}

/// A map, and what sends to it.
struct Storm {
  const char* name;
  std::string map, send;
  std::vector<std::string> options = {};
  bool events = true;  ///< what it sends comes as events, not as entries
};

std::string probe_of(const Storm& storm) {
  return "struct event { u64 number; char text[56]; };\n" + storm.map +
         "\nBPF_PERCPU_ARRAY(called, u64, 1);\nstatic u64 number;\n// @attach " + first_of_calls() +
         "\nint on_call(struct pt_regs *ctx) {\n  int zero = 0;\n  u64 *count = called.lookup(&zero);\n"
         "  struct event event = {};\n  if (count) event.number = ++*count;\n  " +
         storm.send + "\n  return 0;\n}\n";
}

const std::vector<Storm>& storms() {
  static const std::vector<Storm> all{
      {"ring",
       "BPF_RINGBUF_OUTPUT(sent, 4);",
       "sent.ringbuf_output(&event, sizeof(event), 0);",
       {"--buffer", "sent=4"}},
      {"ring, reserved",
       "BPF_RINGBUF_OUTPUT(sent, 4);",
       "struct event *place = sent.ringbuf_reserve(sizeof(*place)); if (!place) return 0; *place = event; "
       "sent.ringbuf_submit(place, 0);",
       {"--buffer", "sent=4"}},
      {"ring, large",
       "BPF_RINGBUF_OUTPUT(sent, 1024);",
       "sent.ringbuf_output(&event, sizeof(event), 0);",
       {"--buffer", "sent=1024"}},
      {"perf", "BPF_PERF_OUTPUT(sent);", "sent.perf_submit(ctx, &event, sizeof(event));", {"--buffer", "sent=2"}},
      {"perf, large",
       "BPF_PERF_OUTPUT(sent);",
       "sent.perf_submit(ctx, &event, sizeof(event));",
       {"--buffer", "sent=512"}},
      {"hash",
       "BPF_HASH(sent, u64, u64, 1000);",
       "u64 key = event.number << 8 | bpf_get_smp_processor_id(), one = 1; sent.insert(&key, &one);",
       {},
       false},
      {"queue", "BPF_QUEUE(sent, u64, 500);", "sent.push(&event.number, 0);", {}, false},
  };
  return all;
}

struct Sums {
  std::uint64_t called = 0, rows = 0, lost = 0;
};

Sums sums_of(const ToolEnd& end, bool events) {
  Sums sums;
  for (const auto& entry : objects(end, "entry"))
    if (entry.at("map") == "called")
      sums.called += entry.at("value").get<std::uint64_t>();
    else if (!events)
      ++sums.rows;
  if (events) sums.rows = objects(end, "event").size();
  for (const auto& loss : objects(end, "lost")) sums.lost += loss.at("count").get<std::uint64_t>();
  return sums;
}

/// Two callers that, once started, make 4 million calls: more than anything here takes.
class Callers {
 public:
  Callers() {
    const std::vector<std::string> arguments{"--first", "4000000", "--wait-for-newline"};
    for (int i = 0; i < 2; ++i) crew_.emplace_back(std::make_unique<TargetProcess>(target("calls"), arguments));
    for (const auto& each : crew_) each->line();
  }
  void start() {
    for (const auto& each : crew_) each->go_on();
  }

 private:
  std::vector<std::unique_ptr<TargetProcess>> crew_;
};

std::vector<std::string> arguments_of(const Storm& storm, const std::string& path,
                                      const std::vector<std::string>& more) {
  std::vector<std::string> all{"run", "--json", path};
  all.insert(all.end(), storm.options.begin(), storm.options.end());
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

void check_sums(const ToolEnd& end, const Storm& storm) {
  CAPTURE(storm.name, end.err);
  CHECK(end.status == 0);
  const auto sums = sums_of(end, storm.events);
  CAPTURE(sums.called, sums.rows, sums.lost);
  CHECK(sums.called > 0);
  CHECK(sums.rows + sums.lost == sums.called);
}

/// All that is written into a pipe, until nobody writes any more.
std::string text_until_closed(int fd) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    pollfd waiting{fd, POLLIN, 0};
    ::poll(&waiting, 1, -1);
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

/// Runs each storm, with callers that go on throughout; `during` sees the run from when it traces on.
void for_each_storm(const std::vector<std::string>& options, const std::function<void(StartedTool&)>& during) {
  const Probes probes;
  for (const auto& storm : storms()) {
    const auto path = probes.write("p.c", probe_of(storm));
    for (int round = 0; round < rounds(); ++round) {
      Callers callers;
      StartedTool run("sonda", arguments_of(storm, path, options), {});
      REQUIRE(run.ready());
      callers.start();
      during(run);
      check_sums(run.wait(), storm);
    }
  }
}

}  // namespace

TEST_CASE("storms: -d in the middle") {
  SONDA_NEED_BPF();
  for_each_storm({"-d", "0.3"}, [](StartedTool&) {});
}

TEST_CASE("storms: Ctrl-C in the middle") {
  SONDA_NEED_BPF();
  for_each_storm({}, [](StartedTool& run) {
    std::this_thread::sleep_for(milliseconds(200));
    run.signal(SIGINT, false);
  });
}

TEST_CASE("storms: a reader that takes nothing for a while") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto pipe = probes.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const auto& storm : storms()) {
    const auto path = probes.write("p.c", probe_of(storm));
    for (int round = 0; round < rounds(); ++round) {
      const UniqueFd reading(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
      Callers callers;
      StartedTool run("sonda", arguments_of(storm, path, {"-d", "0.2"}), {.output = pipe});
      REQUIRE(run.ready());
      callers.start();
      std::this_thread::sleep_for(milliseconds(700));
      auto text = std::async(std::launch::async, [&] { return text_until_closed(reading.get()); });
      auto end = run.wait();
      end.out = text.get();
      check_sums(end, storm);
    }
  }
}

TEST_CASE("storms: a run that is stopped for a while") {
  SONDA_NEED_BPF();
  for_each_storm({}, [](StartedTool& run) {
    std::this_thread::sleep_for(milliseconds(50));
    ::kill(run.pid(), SIGSTOP);
    std::this_thread::sleep_for(std::getenv("SONDA_TEST_STORMS") != nullptr ? milliseconds(5000) : milliseconds(500));
    run.signal(SIGCONT, false);
    std::this_thread::sleep_for(milliseconds(50));
    run.signal(SIGINT, false);
  });
}

TEST_CASE("storms: until the command ends") {
  SONDA_NEED_BPF();
  const Probes probes;
  for (const auto& storm : storms())
    for (int round = 0; round < rounds(); ++round) {
      const auto end = sonda_program(with_calls(arguments_of(storm, probes.write("p.c", probe_of(storm)), {}), 30000));
      check_sums(end, storm);
      CHECK(sums_of(end, storm.events).called == 30000);
    }
}

}  // namespace sonda::test
