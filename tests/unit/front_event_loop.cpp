#include "front/event_loop.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "base/stop.h"
#include "support/catch.h"
#include "support/scratch.h"

using namespace sonda;
using namespace sonda::test;
using namespace std::chrono_literals;
using front::Ended;
using front::EventLoop;
using Clock = EventLoop::Clock;

namespace {

struct Pipe {
  UniqueFd reads, writes;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("pipe");
    reads.reset(ends[0]);
    writes.reset(ends[1]);
  }
  bool write(std::string_view text) const {
    return ::write(writes.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }
};

}  // namespace

TEST_CASE("a loop ends by its time, not before") {
  const auto duration = GENERATE(0ms, 1ms, 30ms);
  EventLoop loop;
  const auto began = Clock::now();
  loop.end_after(duration);
  CHECK(loop.run() == Ended::by_time);
  CHECK(Clock::now() - began >= duration);
}

TEST_CASE("a loop that was asked to end does nothing more") {
  int intervals = 0, rounds = 0;
  EventLoop loop;
  loop.every(1ms, [&] {
    if (++intervals == 3) loop.end();
  });
  loop.each_round([&] { ++rounds; });
  CHECK(loop.run() == Ended::as_asked);
  CHECK(intervals == 3);
  const auto before = rounds;
  CHECK(loop.run() == Ended::as_asked);
  CHECK(rounds == before);
}

TEST_CASE("several intervals keep to the clock") {
  EventLoop loop;
  std::vector<int> acted;
  const auto began = Clock::now();
  loop.every(20ms, [&] {
    acted.push_back(1);
    CHECK(Clock::now() - began >= 20ms * std::ranges::count(acted, 1));
  });
  loop.every(50ms, [&] { acted.push_back(2); });
  loop.end_after(10s);
  loop.each_round([&] {
    if (std::ranges::count(acted, 2) == 2) loop.end();
  });
  CHECK(loop.run() == Ended::as_asked);
  const auto first = std::ranges::count(acted, 1);
  CHECK(first >= 1);
  CHECK(first <= (Clock::now() - began) / 20ms);
  CHECK(acted.front() == 1);
}

TEST_CASE("what an interval missed is not made up for") {
  EventLoop loop;
  std::vector<Clock::duration> acted;
  const auto began = Clock::now();
  loop.every(10ms, [&] {
    acted.push_back(Clock::now() - began);
    if (acted.size() == 1) ::usleep(100'000);
    if (acted.size() == 3) loop.end();
  });
  loop.run();
  REQUIRE(acted.size() == 3);
  CHECK(acted[1] >= 110ms);
  // Each in a slot of its own: three calls at least 10 ms apart by the clock's grid.
  CHECK(acted[2] / 10ms > acted[1] / 10ms);
}

TEST_CASE("an interval that is always due does not keep descriptors waiting") {
  const Pipe pipe;
  REQUIRE(pipe.write("x"));
  EventLoop loop;
  loop.every(1ns, [] { ::usleep(1000); });
  loop.on(pipe.reads.get(), [&] { loop.end(); });
  loop.end_after(20s);
  CHECK(loop.run() == Ended::as_asked);
}

TEST_CASE("an interval can be changed while it runs") {
  EventLoop loop;
  int acted = 0;
  EventLoop::Interval* interval = nullptr;
  interval = &loop.every(1h, [&] {
    interval->length = 1ms;
    if (++acted == 3) loop.end();
  });
  interval->due = Clock::now();
  loop.end_after(20s);
  CHECK(loop.run() == Ended::as_asked);
}

TEST_CASE("a descriptor is told of while it is readable, and when it was hung up") {
  Pipe pipe;
  std::string got;
  EventLoop loop;
  loop.on(pipe.reads.get(), [&] {
    char letter = 0;
    if (::read(pipe.reads.get(), &letter, 1) == 1)
      got += letter;
    else
      loop.end();
    if (got == "abc") pipe.writes.reset();
  });
  REQUIRE(pipe.write("abc"));
  loop.end_after(20s);
  CHECK(loop.run() == Ended::as_asked);
  CHECK(got == "abc");
}

TEST_CASE("descriptors may be others in each round") {
  std::vector<Pipe> pipes(3);
  for (const auto& pipe : pipes) REQUIRE(pipe.write("x"));
  std::vector<std::size_t> told;
  EventLoop loop;
  std::size_t open = 1;
  loop.on(-1, [] { FAIL("no descriptor is readable"); });
  loop.add({.append =
                [&](std::vector<pollfd>& waiting) {
                  for (std::size_t i = 0; i < open; ++i) waiting.push_back({pipes[i].reads.get(), POLLIN, 0});
                },
            .read =
                [&](const std::vector<pollfd>& waiting, std::size_t first) {
                  CHECK(waiting.size() == first + open);
                  for (std::size_t i = 0; i < open; ++i) told.push_back(waiting[first + i].revents != 0 ? i : 9);
                  if (++open > pipes.size()) loop.end();
                  return false;
                }});
  loop.end_after(20s);
  CHECK(loop.run() == Ended::as_asked);
  CHECK(told == std::vector<std::size_t>{0, 0, 1, 0, 1, 2});
}

TEST_CASE("for a source that has more nobody waits") {
  EventLoop loop;
  int left = 100;
  loop.add({.append = [](std::vector<pollfd>&) {}, .read = [&](const auto&, std::size_t) { return --left > 0; }});
  loop.each_round([&] {
    if (left == 0) loop.end();
  });
  loop.end_after(20s);
  // The first round waits; a descriptor ends that.
  const UniqueFd once(::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC));
  loop.on(once.get(), [&] {
    eventfd_t value = 0;
    ::eventfd_read(once.get(), &value);
  });
  CHECK(loop.run() == Ended::as_asked);
  CHECK(left == 0);
}

TEST_CASE("a source that always has more does not outlast the end") {
  EventLoop loop;
  loop.add({.append = [](std::vector<pollfd>&) {}, .read = [](const auto&, std::size_t) { return true; }});
  const UniqueFd ready(::eventfd(1, EFD_CLOEXEC));
  loop.on(ready.get(), [] {});
  const auto began = Clock::now();
  loop.end_after(50ms);
  CHECK(loop.run() == Ended::by_time);
  CHECK(Clock::now() - began >= 50ms);
}

TEST_CASE("lines of a trace pipe come as they are written, the end of the stream too") {
  Pipe pipe;
  TracePipe trace(std::move(pipe.reads));
  REQUIRE(
      pipe.write("cat-7 [001] d..1 2.5: bpf_trace_printk: one\nnot an event\ncat-7 [001] d..1 3.5: "
                 "bpf_trace_printk: two\n"));
  std::vector<std::string> messages;
  EventLoop loop;
  int rounds = 0;
  loop.read(trace, [&](const TraceFields& fields) { messages.push_back(fields.message); });
  loop.each_round([&] {
    if (++rounds == 1) pipe.writes.reset();
  });
  loop.end_after(100ms);
  CHECK(loop.run() == Ended::by_time);
  CHECK(messages == std::vector<std::string>{"one", "two"});
  CHECK(rounds < 20);  // a stream that has ended is not waited for
}

TEST_CASE("what an action throws comes out of the loop") {
  EventLoop loop;
  loop.every(1ms, [] { throw std::runtime_error("the disk is full"); });
  CHECK_THROWS_WITH(loop.run(), "the disk is full");
}

TEST_CASE("a loop ends when the reader of the output has gone") {
  Pipe pipe;
  const report::Output output(pipe.writes.get());
  EventLoop loop(&output);
  loop.every(1ms, [&] { pipe.reads.reset(); });
  loop.end_after(20s);
  CHECK(loop.run() == Ended::by_reader);
}

TEST_CASE("a signal at any moment ends a loop") {
  // The child is hit as soon as it may be, which now and then is just before it waits.
  for (int round = 0; round < 100; ++round) {
    const Pipe pipe;
    const auto child = ::fork();
    if (child == 0) {
      note_stop_signals();
      EventLoop loop;
      loop.end_after(20s);
      ::_exit(pipe.write("x") && loop.run() == Ended::by_signal ? 0 : 1);
    }
    pollfd told{pipe.reads.get(), POLLIN, 0};
    CHECK(::poll(&told, 1, 20'000) == 1);
    ::kill(child, round % 2 == 0 ? SIGINT : SIGTERM);
    int status = -1;
    ::waitpid(child, &status, 0);
    REQUIRE(status == 0);
  }
}

TEST_CASE("other signals do not end a loop, but each ends a round") {
  const auto status = exit_of_child([] {
    note_stop_signals();
    static volatile sig_atomic_t alarms = 0;
    struct sigaction action{};
    action.sa_handler = [](int) { alarms = alarms + 1; };
    ::sigaction(SIGALRM, &action, nullptr);
    ::ualarm(1000, 1000);
    EventLoop loop;
    int rounds = 0;
    loop.each_round([&] { ++rounds; });
    loop.end_after(200ms);
    return loop.run() == Ended::by_time && alarms > 1 && rounds > 1 ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("after a signal that was forgotten the loop goes on") {
  const auto status = exit_of_child([] {
    note_stop_signals();
    interrupts_are_harmless();
    int intervals = 0;
    EventLoop loop;
    loop.every(1ms, [&] {
      if (++intervals < 3)
        ::raise(SIGINT);
      else
        loop.end();
    });
    int signals = 0;
    while (loop.run() == Ended::by_signal) {
      ++signals;
      forget_interrupt();
    }
    return signals == 2 && intervals == 3 ? 0 : 1;
  });
  CHECK(status == 0);
}
