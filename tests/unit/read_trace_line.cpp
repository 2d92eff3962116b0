// Lines of trace_pipe, most of them as kernels wrote them.
#include <unistd.h>

#include <array>

#include "sonda/error.h"
#include "sonda/trace_pipe.h"
#include "support/catch.h"

using namespace sonda;
using sonda::test::Approx;

TEST_CASE("a line of trace_pipe is taken apart as BCC does", "[trace]") {
  struct Row {
    std::string line;
    TraceFields fields;
  };
  const auto row = GENERATE(values<Row>({
      {"            bash-1234    [001] d..31  5678.123456: bpf_trace_printk: hello",
       {"bash", 1234, 1, "d..31", 5678.123456, "hello"}},
      {"            bash-1234  [000] d... 76.5: : of a kernel before 4.13",
       {"bash", 1234, 0, "d...", 76.5, "of a kernel before 4.13"}},
      {"            bash-1234  [000] d... 76.500000: 0x00000001: address", {"bash", 1234, 0, "d...", 76.5, "address"}},
      {"           <...>-98765   [127] .....  0.000001: bpf_trace_printk: no name",
       {"<...>", 98765, 127, ".....", 0.000001, "no name"}},
      {"          <idle>-0       [000] dNs4. 12.0: bpf_trace_printk: idle", {"<idle>", 0, 0, "dNs4.", 12.0, "idle"}},
      {"     my-task 2-1-77      [003] d..21 12.5: bpf_trace_printk: dashes",
       {"my-task 2-1", 77, 3, "d..21", 12.5, "dashes"}},
      {" a [0] b-1 c: d:-77      [003] d..21 12.5: bpf_trace_printk: hostile",
       {"a [0] b-1 c: d:", 77, 3, "d..21", 12.5, "hostile"}},
      {"  x-1 [0] d 1.1:-77      [003] d..21 12.5: bpf_trace_printk: hostile",
       {"x-1 [0] d 1.1:", 77, 3, "d..21", 12.5, "hostile"}},
      {"            bash-1234    (   1230) [001] d..31  5.5: bpf_trace_printk: with tgid",
       {"bash", 1234, 1, "d..31", 5.5, "with tgid"}},
      {"           <...>-1234    (-------) [001] d..31  5.5: bpf_trace_printk: no tgid",
       {"<...>", 1234, 1, "d..31", 5.5, "no tgid"}},
      // Written by Linux 6.18: usual, with record-tgid, without irq-info, and the second half of the name "new\nline".
      {"             cap-2988    [000] b..11  3969.182417: bpf_trace_printk: hello 7",
       {"cap", 2988, 0, "b..11", 3969.182417, "hello 7"}},
      {"  x-1 [0] d 1.1:-2988    (   2988) [000] b..11  3969.273151: bpf_trace_printk: hello 7",
       {"x-1 [0] d 1.1:", 2988, 0, "b..11", 3969.273151, "hello 7"}},
      {"  x-1 [0] d 1.1:-2988    [000]   3969.306153: bpf_trace_printk: hello 7",
       {"x-1 [0] d 1.1:", 2988, 0, "", 3969.306153, "hello 7"}},
      {"line-2988    [000] b..11  3969.222015: bpf_trace_printk: a", {"line", 2988, 0, "b..11", 3969.222015, "a"}},
      {"a-1 [0] d 1: :-2988    [000] b..11  3969.2: bpf_trace_printk: a",
       {"a-1 [0] d 1: :", 2988, 0, "b..11", 3969.2, "a"}},
      {"            bash-1234    [001]  5.5: bpf_trace_printk: without flags",
       {"bash", 1234, 1, "", 5.5, "without flags"}},
      {"            bash-1234    [001] d..31 778899: bpf_trace_printk: counter clock",
       {"bash", 1234, 1, "d..31", 778899, "counter clock"}},
      {"            bash-1234    [001] d..31  5.5: bpf_trace_printk: a: b: c",
       {"bash", 1234, 1, "d..31", 5.5, "a: b: c"}},
      {"            bash-1234    [001] d..31  5.5: bpf_trace_printk:   two more  \r\n",
       {"bash", 1234, 1, "d..31", 5.5, "  two more"}},
      {"            bash-1234    [001] d..31  5.5: bpf_trace_printk: ", {"bash", 1234, 1, "d..31", 5.5, ""}},
      {"            bash-1234    [001] d..31  5.5: bpf_trace_printk: \xff\x1b[31m",
       {"bash", 1234, 1, "d..31", 5.5, "\xff\x1b[31m"}},
      {"bash-1234 [001] d..31 5.5: bpf_trace_printk: without padding",
       {"bash", 1234, 1, "d..31", 5.5, "without padding"}},
      {"my-task 2-1234 [001] d..31 5.5: bpf_trace_printk: neither", {"my-task 2", 1234, 1, "d..31", 5.5, "neither"}},
      {"                -1234    [001] d..31  5.5: bpf_trace_printk: empty name",
       {"", 1234, 1, "d..31", 5.5, "empty name"}},
      {" 123456789012345-4194304 [001] d..31  5.5: bpf_trace_printk: long",
       {"123456789012345", 4194304, 1, "d..31", 5.5, "long"}},
      {"            bash-1234    [001] d..31  5.5: sched_switch: prev_comm=bash",
       {"bash", 1234, 1, "d..31", 5.5, "prev_comm=bash"}},
  }));
  INFO(row.line);
  const auto fields = parse_trace_line(row.line);
  REQUIRE(fields);
  CHECK(fields->task == row.fields.task);
  CHECK(fields->pid == row.fields.pid);
  CHECK(fields->cpu == row.fields.cpu);
  CHECK(fields->flags == row.fields.flags);
  CHECK(fields->timestamp == Approx(row.fields.timestamp));
  CHECK(fields->message == row.fields.message);
}

TEST_CASE("what is not an event of trace_pipe is nothing", "[trace]") {
  const auto line = GENERATE(
      as<std::string>{}, "", "\n", " ", "-", "CPU:0 [LOST 12 EVENTS]", "CPU:1 [LOST EVENTS]", "# tracer: nop",
      "        new", "bpf_trace_printk: hello 7", "                -", "            bash-1234",
      "            bash-1234    [001] d..31  5.5", "            bash-x    [001] d..31  5.5: a: b",
      "            bash-1234    [x] d..31  5.5: a: b", "            bash-1234    [] d..31  5.5: a: b",
      "            bash-1234    [001] d..31  time: a: b", "            bash-1234    [001] d..31 more 5.5: a: b",
      "            bash-99999999999    [001] d..31  5.5: a: b",
      "            bash-1234    [99999999999] d..31  5.5: a: b", "            bash-1234    (12 [001] d..31  5.5: a: b",
      "            bash--1    [001] d..31  5.5: a: b", "            bash-1234    [001] d..31  inf: a: b",
      "            bash-1234    [001] d..31  1e5: a: b");
  INFO(line);
  CHECK_FALSE(parse_trace_line(line));
}

TEST_CASE("lost events are counted", "[trace]") {
  CHECK(lost_events("CPU:0 [LOST 12 EVENTS]") == 12);
  CHECK(lost_events("CPU:11 [LOST 18446744073709551615 EVENTS]\n") == 18446744073709551615ULL);
  CHECK(lost_events("CPU:0 [LOST EVENTS]") == 1);  // the kernel does not know how many
  CHECK(lost_events("CPU:0 [LOST 99999999999999999999 EVENTS]") == 1);
  CHECK(lost_events("            bash-1 [000] d... 1.0: : CPU:0 [LOST 12 EVENTS]") == 0);
  CHECK(lost_events("CPU:0 EVENTS] [LOST 3") == 0);
  CHECK(lost_events("") == 0);
}

namespace {

struct Pipe {
  UniqueFd read_end, write_end;
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
  }
  void write(std::string_view text) const {
    REQUIRE(::write(write_end.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
};

}  // namespace

TEST_CASE("a stream of trace lines: pieces are joined, lost events added up, its end told", "[trace]") {
  Pipe pipe;
  TracePipe trace(std::move(pipe.read_end));
  CHECK_FALSE(trace.fields(0));
  pipe.write("            bash-12    [001] d..31  5.5: bpf_trace_pr");
  CHECK_FALSE(trace.fields(0));
  pipe.write(
      "intk: one\nCPU:0 [LOST 12 EVENTS]\n\nrubbish\nCPU:1 [LOST 3 EVENTS]\n"
      "            bash-13    [001] d..31  5.6: bpf_trace_printk: two\nno end");
  CHECK(trace.fields(0).value().message == "one");
  CHECK(trace.lost() == 0);
  CHECK(trace.fields(0).value().pid == 13);
  CHECK(trace.lost() == 15);
  CHECK_FALSE(trace.line(0));
  CHECK_FALSE(trace.at_end());
  pipe.write_end.reset();
  CHECK(trace.line(-1) == "no end");
  CHECK_FALSE(trace.line(-1));
  CHECK(trace.at_end());
  CHECK_FALSE(trace.fields(-1));
}

TEST_CASE("a line that is too long comes in pieces", "[trace]") {
  Pipe pipe;
  TracePipe trace(std::move(pipe.read_end));
  const std::string quarter(16 << 10, 'x');
  std::size_t total = 0;
  for (int i = 0; i < 5; ++i) {
    pipe.write(quarter);
    while (auto piece = trace.line(0)) {
      CHECK(piece->size() <= 64 << 10);
      total += piece->size();
    }
  }
  pipe.write("\nnext\n");
  total += trace.line(0).value().size();
  CHECK(total == 5 * quarter.size());
  CHECK(trace.line(0) == "next");
}

TEST_CASE("a stream that cannot be read is an error", "[trace]") {
  Pipe pipe;
  TracePipe trace(std::move(pipe.write_end));  // the wrong end
  pipe.read_end.reset();
  CHECK_THROWS_AS(trace.line(-1), Error);
}
