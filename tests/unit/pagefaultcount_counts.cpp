// Counts put together into rows, without a kernel.

#include "support/catch.h"
#include "tools/pagefaultcount/counts.h"
#include "tools/pagefaultcount/view.h"

using namespace sonda::pagefaultcount;

namespace {

const Counts counts{{{100, 100, 0, "web"}, {10, 1}}, {{100, 100, 1, "web"}, {5, 0}}, {{101, 100, 0, "web-io"}, {90, 0}},
                    {{7, 7, 0, "bash"}, {3, 8}},     {{7, 7, 0, "ls"}, {11, 0}},     {{8, 8, 1, "bash"}, {11, 0}},
                    {{9, 9, 1, "idle"}, {0, 0}}};

std::vector<std::string> lines(const Summary& summary) {
  std::vector<std::string> result;
  for (const auto& group : summary.groups) {
    std::string line;
    if (group.pid) line += std::to_string(*group.pid) + ' ';
    if (group.name) line += *group.name + ' ';
    if (group.cpu) line += "cpu" + std::to_string(*group.cpu) + ' ';
    result.push_back(line + std::to_string(group.faults.min) + '+' + std::to_string(group.faults.maj));
  }
  return result;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("tasks: by faults, then by pid, CPU and name, and none without a fault") {
  const auto summary = summarize(counts, {}, Grouping::task, Order::faults);
  CHECK(lines(summary) == Lines{"101 web-io cpu0 90+0", "7 bash cpu0 3+8", "7 ls cpu0 11+0", "8 bash cpu1 11+0",
                                "100 web cpu0 10+1", "100 web cpu1 5+0"});
  CHECK(summary.shown == Faults{130, 9});
  CHECK(summary.filtered_out == Faults{});
}

TEST_CASE("the order is by minor or by major faults when asked") {
  CHECK(lines(summarize(counts, {}, Grouping::task, Order::minor)).front() == "101 web-io cpu0 90+0");
  CHECK(lines(summarize(counts, {}, Grouping::task, Order::minor)).back() == "7 bash cpu0 3+8");
  CHECK(lines(summarize(counts, {}, Grouping::task, Order::major)).front() == "7 bash cpu0 3+8");
}

TEST_CASE("a process is its threads together, under its main thread's name") {
  CHECK(lines(summarize(counts, {}, Grouping::process, Order::faults)) ==
        Lines{"100 web 105+1", "7 bash 14+8", "8 bash 11+0"});
  const Counts orphan{{{21, 20, 0, "worker-b"}, {1, 0}}, {{22, 20, 0, "worker-a"}, {2, 0}}};
  CHECK(lines(summarize(orphan, {}, Grouping::process, Order::faults)) == Lines{"20 worker-a 3+0"});
}

TEST_CASE("names, CPUs and the total") {
  CHECK(lines(summarize(counts, {}, Grouping::name, Order::faults)) ==
        Lines{"web-io 90+0", "bash 14+8", "web 15+1", "ls 11+0"});
  CHECK(lines(summarize(counts, {}, Grouping::cpu, Order::faults)) == Lines{"cpu0 114+9", "cpu1 16+0"});
  CHECK(lines(summarize(counts, {}, Grouping::total, Order::faults)) == Lines{"130+9"});
  CHECK(lines(summarize({}, {}, Grouping::total, Order::faults)) == Lines{"0+0"});
  CHECK(summarize({}, {}, Grouping::task, Order::faults).groups.empty());
}

TEST_CASE("a filter leaves tasks out of the rows, never out of the count") {
  const auto of_process = summarize(counts, {.pids = {100}}, Grouping::task, Order::faults);
  CHECK(lines(of_process) == Lines{"101 web-io cpu0 90+0", "100 web cpu0 10+1", "100 web cpu1 5+0"});
  const auto of_thread = summarize(counts, {.pids = {101, 8}}, Grouping::task, Order::faults);
  CHECK(lines(of_thread) == Lines{"101 web-io cpu0 90+0", "8 bash cpu1 11+0"});
  const auto of_name = summarize(counts, {.pids = {}, .name = "bash"}, Grouping::task, Order::faults);
  CHECK(lines(of_name) == Lines{"7 bash cpu0 3+8", "8 bash cpu1 11+0"});
  const auto of_both = summarize(counts, {.pids = {7}, .name = "bash"}, Grouping::task, Order::faults);
  CHECK(lines(of_both) == Lines{"7 bash cpu0 3+8"});
  for (const auto& summary : {of_process, of_thread, of_name, of_both}) {
    auto sum = summary.shown;
    CHECK((sum += summary.filtered_out) == Faults{130, 9});
  }
}

TEST_CASE("a name longer than the kernel keeps is compared as the kernel keeps it") {
  const Counts long_name{{{1, 1, 0, "a-name-of-fifte"}, {1, 0}}};
  CHECK(summarize(long_name, {.pids = {}, .name = "a-name-of-fifteen-and-more"}, Grouping::task, Order::faults)
            .groups.size() == 1);
  CHECK(summarize(long_name, {.pids = {}, .name = "a-name-of-fift"}, Grouping::task, Order::faults).groups.empty());
}

TEST_CASE("a tally tells what is new, and all of it once") {
  const TaskOnCpu a{1, 1, 0, "a"}, b{2, 2, 0, "b"};
  Tally tally;
  tally.take({{a, {5, 0}}});
  CHECK(tally.news() == Counts{{a, {5, 0}}});
  CHECK(tally.news().empty());
  tally.take({{a, {3, 0}}, {b, {1, 1}}});  // taken while some of a's was on its way
  CHECK(tally.news() == Counts{{b, {1, 1}}});
  tally.settle({{a, {9, 0}}, {b, {1, 1}}});
  CHECK(tally.news() == Counts{{a, {4, 0}}});
  CHECK(tally.all() == Counts{{a, {9, 0}}, {b, {1, 1}}});
}

TEST_CASE("a tally never tells less than nothing") {
  const TaskOnCpu a{1, 1, 0, "a"};
  Tally tally;
  tally.take({{a, {5, 2}}});
  tally.news();
  tally.settle({{a, {4, 3}}});
  CHECK(tally.news() == Counts{{a, {0, 1}}});
}

TEST_CASE("the total says whether all agrees, and what is in no row") {
  const Settings settings{.top = 2, .max_entries = 64};
  Total total{.rows = {10, 1}, .filtered_out = {5, 0}, .refused = {2, 0}, .kernel = {17, 1}, .groups = 3};
  CHECK(describe(total, settings) ==
        Lines{"1 more rows are not shown", "total: 10 minor, 1 major", "filtered out: 5 minor, 0 major",
              "in no row, the map was full: 2 minor, 0 major (give more than --max-entries 64)",
              "the kernel's own count: 17 minor, 1 major; they agree"});
  total.kernel = {20, 0};
  CHECK(describe(total, settings).back() ==
        "the kernel's own count: 20 minor, 0 major; they differ by 3 minor, -1 major");
  total.first_process = {7, 0};
  total.kernel = {20, 1};
  CHECK(
      describe(total, settings).back() ==
      "the kernel's own count: 20 minor, 1 major; they differ by 3 minor, 0 major; process 1, which this kernel hides "
      "from BPF, had 7 minor, 0 major (/proc/1/stat)");
  total.kernel = {25, 1};  // more than process 1 had
  CHECK(describe(total, settings).back() ==
        "the kernel's own count: 25 minor, 1 major; they differ by 8 minor, 0 major");
  total.estimate = true;
  CHECK(describe(total, {.frequency = 49}).front() == "total: 10 minor, 1 major (estimated)");
}

TEST_CASE("faults are read from /proc/PID/stat, whatever the process is called") {
  CHECK(faults_in_stat("1 (init) S 0 1 1 0 -1 4194560 21634 1085 93 7 35 84 0 1 20 0\n") == Faults{21634, 93});
  CHECK(faults_in_stat("7 (a) b) 1 2 (c) R 0 1 1 0 -1 4194560 5 0 6 0") == Faults{5, 6});
  for (const auto* wrong :
       {"", "1 (init", "1 (init)", "1 (init) S 0 1 1 0 -1 4194560 x 1085 93 7", "1 (a) S 0 1 1 0 -1 1 5"})
    CHECK_FALSE(faults_in_stat(wrong));
}

TEST_CASE("seconds read as they were given") {
  using namespace std::chrono_literals;
  CHECK(seconds_text(100s) == "100");
  CHECK(seconds_text(500ms) == "0.5");
  CHECK(seconds_text(0s) == "0");
}

TEST_CASE("groupings by name") {
  CHECK(parse_grouping("process") == Grouping::process);
  CHECK(parse_grouping("Process") == std::nullopt);
  CHECK(parse_grouping("") == std::nullopt);
}
