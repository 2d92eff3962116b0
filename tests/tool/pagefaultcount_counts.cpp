// pagefaultcount counts every fault once: against the programs' own count, and against the kernel's.

#include "support/catch.h"
#include "support/skip.h"
#include "support/target_process.h"
#include "tool/hidden_faults.h"
#include "tool/pagefaultcount_support.h"

namespace sonda::test {
namespace {

using Json = nlohmann::json;

long number_after(const std::string& text, const std::string& name) {
  return std::stol(text.substr(text.find(name) + name.size()));
}

std::uint64_t minor_of(const std::vector<Json>& objects, const std::string& field, long value) {
  std::uint64_t sum = 0;
  for (const auto& row : objects)
    if (row.at("type") == "row" && row.at(field) == value) sum += row.at("min_flt").get<std::uint64_t>();
  return sum;
}

void check_adds_up(const std::vector<Json>& objects, const HiddenFaults& hidden) {
  const auto& total = objects.back();
  REQUIRE(total.at("type") == "total");
  for (const std::string kind : {"min_flt", "maj_flt"}) {
    std::uint64_t rows = 0;
    for (const auto& row : objects)
      if (row.at("type") == "row") rows += row.at(kind).get<std::uint64_t>();
    CAPTURE(kind, total);
    CHECK(rows == total.at(kind));
    CHECK(rows + total.at("filtered_" + kind).get<std::uint64_t>() + total.at("refused_" + kind).get<std::uint64_t>() +
              total.at("difference_" + kind).get<std::uint64_t>() ==
          total.at("kernel_" + kind));
  }
  check_differences(hidden, objects, total);
}

long fault_once(TargetProcess& process) {
  process.go_on();
  const auto said = process.line();
  return number_after(said, "after=") - number_after(said, "before=");
}

}  // namespace

TEST_CASE("exactly so many faults of one process are counted, and the kernel agrees") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const HiddenFaults hidden;
  const auto* faults = GENERATE("101", "5003", "500009");
  const auto* threads = GENERATE("1", "16");
  long own = 0;
  std::uint64_t counted = 0;
  const auto objects = [&] {
    TargetProcess process(target("faults"), {"--wait-for-newline", "--faults", faults, "--threads", threads});
    REQUIRE(process.line() == "ready");
    FaultCount tool({"--json"});
    REQUIRE(tool.ready());
    own = fault_once(process);
    const auto ended = tool.interrupt();
    REQUIRE(ended.status == 0);
    counted = minor_of(ended.objects(), "tgid", process.pid());
    return ended.objects();
  }();
  CAPTURE(faults, threads, own);
  CHECK(counted >= std::stoul(faults));
  // What else the process did between the two: a few pages of its code and stack, the kernel's faults on its behalf.
  CHECK(counted >= static_cast<std::uint64_t>(own));
  CHECK(counted <= static_cast<std::uint64_t>(own) + 50);
  check_adds_up(objects, hidden);
}

TEST_CASE("processes that live shortly are counted whole, 200 of them") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const HiddenFaults hidden;
  constexpr int processes = 200;
  constexpr long faults = 101;
  std::vector<pid_t> pids;
  const auto objects = [&] {
    pids.clear();
    FaultCount tool({"--json"});
    REQUIRE(tool.ready());
    for (int i = 0; i < processes; ++i) {
      TargetProcess process(target("faults"), {"--faults", std::to_string(faults)});
      pids.push_back(process.pid());
      REQUIRE(process.wait() == 0);
    }
    return tool.interrupt().objects();
  }();
  for (const auto pid : pids) CHECK(minor_of(objects, "tgid", pid) >= static_cast<std::uint64_t>(faults));
  check_adds_up(objects, hidden);
}

TEST_CASE("intervals add up to the whole, without loss and without counting twice") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const HiddenFaults hidden;
  const std::vector<std::string> arguments{"--wait-for-newline", "--faults", "20011", "--threads", "4",
                                           "--rounds",           "20"};
  std::uint64_t own = 0, counted = 0;
  const auto objects = [&] {
    TargetProcess one(target("faults"), arguments), two(target("faults"), arguments);
    REQUIRE(one.line() == "ready");
    REQUIRE(two.line() == "ready");
    FaultCount tool({"--json", "-i", "0.02"});
    REQUIRE(tool.ready());
    two.go_on();
    own = static_cast<std::uint64_t>(fault_once(one));
    two.line();
    auto rows = tool.interrupt().objects();
    counted = minor_of(rows, "tgid", one.pid());
    return rows;
  }();
  CHECK(counted >= own);
  CHECK(counted <= own + 100);
  check_adds_up(objects, hidden);
  std::uint64_t last = 0;
  for (const auto& row : objects)
    if (row.at("type") == "row") {
      CHECK(row.at("snapshot") >= last);
      last = row.at("snapshot");
    }
  CHECK(last > 1);
}

TEST_CASE("filters: what is left out of the rows is in the total") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const HiddenFaults hidden;
  std::vector<std::string> arguments{"--json", "-p", ""};
  if (GENERATE(true, false)) arguments.insert(arguments.end(), {"-c", "faults"});
  long own = 0;
  const auto objects = [&] {
    TargetProcess process(target("faults"), {"--wait-for-newline", "--faults", "5003", "--threads", "2"});
    REQUIRE(process.line() == "ready");
    arguments[2] = std::to_string(process.pid());
    FaultCount tool(arguments);
    REQUIRE(tool.ready());
    CHECK(TargetProcess(target("faults"), {"--faults", "211"}).wait() == 0);  // not wanted
    own = fault_once(process);
    return tool.interrupt().objects();
  }();
  for (const auto& row : objects)
    if (row.at("type") == "row") CHECK(std::to_string(row.at("tgid").get<int>()) == arguments[2]);
  CHECK(objects.back().at("min_flt") >= own);
  CHECK(objects.back().at("filtered_min_flt") >= 211);
  check_adds_up(objects, hidden);
}

TEST_CASE("a full map is said, and nothing is lost from the total") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const HiddenFaults hidden;
  const auto run = [](const std::vector<std::string>& arguments) {
    FaultCount tool(arguments);
    REQUIRE(tool.ready());
    for (int i = 0; i < 30; ++i) CHECK(TargetProcess(target("faults"), {"--faults", "101"}).wait() == 0);
    return tool.interrupt();
  };
  const auto objects = run({"--json", "--max-entries", "3"}).objects();
  CHECK(objects.back().at("refused_min_flt") > 0);
  check_adds_up(objects, hidden);

  const auto text = run({"--max-entries", "3"}).out;
  CHECK(text.find("the map was full") != text.npos);
  CHECK(text.find("--max-entries 3") != text.npos);
}

TEST_CASE("every grouping has the same faults in it") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const HiddenFaults hidden;
  const auto* by = GENERATE("task", "process", "name", "cpu", "total");
  long own = 0;
  const auto objects = [&] {
    TargetProcess process(target("faults"), {"--wait-for-newline", "--faults", "5003", "--threads", "3"});
    REQUIRE(process.line() == "ready");
    FaultCount tool({"--json", "--by", by, "-p", std::to_string(process.pid())});
    REQUIRE(tool.ready());
    own = fault_once(process);
    return tool.interrupt().objects();
  }();
  check_adds_up(objects, hidden);
  CHECK(objects.back().at("min_flt") >= own);
  for (const auto& row : objects) {
    if (row.at("type") != "row") continue;
    CHECK(row.contains("pid") == (std::string(by) == "task" || std::string(by) == "process"));
    CHECK(row.contains("cpu") == (std::string(by) == "task" || std::string(by) == "cpu"));
    if (row.contains("name")) CHECK(row.at("name") == "faults");
  }
}

TEST_CASE("the report's own program counts the same when every fault is taken") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const HiddenFaults hidden;
  long own = 0;
  const auto objects = [&] {
    TargetProcess process(target("faults"), {"--wait-for-newline", "--faults", "5003"});
    REQUIRE(process.line() == "ready");
    FaultCount tool({"--json", "--classic", "--period", "1"});
    REQUIRE(tool.ready());
    own = fault_once(process);
    return tool.interrupt().objects();
  }();
  std::uint64_t counted = 0;
  for (const auto& row : objects)
    if (row.at("type") == "row" && row.at("name") == "faults") counted += row.at("min_flt").get<std::uint64_t>();
  CHECK(counted >= static_cast<std::uint64_t>(own));
  check_adds_up(objects, hidden);
}

}  // namespace sonda::test
