// Figures from two looks, and how they are written.

#include "cli/top/rates.h"
#include "support/catch.h"
#include "top_support.h"

using namespace sonda;
using namespace sonda::top;
using sonda::test::Approx;
using sonda::test::machine;
using sonda::test::program;

TEST_CASE("one look tells no rates") {
  Comparison comparison;
  comparison.add(machine(0, {program(1, "a", 100, 5000)}));
  CHECK(comparison.rates(comparison.now().programs[0]) == std::nullopt);
  CHECK(comparison.total() == std::nullopt);
  CHECK(comparison.history(1) == nullptr);
}

TEST_CASE("runs, cost and share are those of the interval") {
  Comparison comparison;
  comparison.add(machine(0, {program(1, "a", 100, 5000)}));
  comparison.add(machine(2, {program(1, "a", 1100, 105'000)}));
  const auto rates = comparison.rates(comparison.now().programs[0]);
  REQUIRE(rates);
  CHECK(rates->runs == 1000);
  CHECK(rates->runs_per_second() == Approx(500));
  CHECK(*rates->ns_per_run() == Approx(100));
  CHECK(rates->cpu_percent() == Approx(0.005));
  REQUIRE(comparison.history(1) != nullptr);
  CHECK(comparison.history(1)->values().back() == Approx(500));
}

TEST_CASE("a program that is new began at zero, and one that did not run has no cost") {
  Comparison comparison;
  comparison.add(machine(0, {program(1, "a", 100, 5000)}));
  comparison.add(machine(1, {program(1, "a", 100, 5000), program(2, "b", 7, 70)}));
  CHECK(comparison.rates(*comparison.program(2))->runs == 7);
  CHECK(comparison.rates(*comparison.program(1))->ns_per_run() == std::nullopt);
  CHECK(comparison.total()->runs == 7);
}

TEST_CASE("a program that went is forgotten") {
  Comparison comparison;
  comparison.add(machine(0, {program(1, "a", 1, 1), program(2, "b", 1, 1)}));
  comparison.add(machine(1, {program(1, "a", 2, 2), program(2, "b", 2, 2)}));
  comparison.add(machine(2, {program(2, "b", 3, 3)}));
  CHECK(comparison.program(1) == nullptr);
  CHECK(comparison.history(1) == nullptr);
  CHECK(comparison.history(2)->values().size() == 2);
}

TEST_CASE("a kernel that does not measure has no rates") {
  Comparison comparison;
  comparison.add(machine(0, {program(1, "a", 0, 0)}));
  auto second = machine(1, {program(1, "a", 0, 0)});
  second.measured = false;
  comparison.add(std::move(second));
  CHECK(comparison.rates(comparison.now().programs[0]) == std::nullopt);
}

TEST_CASE("numbers are short and keep three digits") {
  CHECK(short_number(0) == "0");
  CHECK(short_number(0.25) == "0.2");
  CHECK(short_number(7) == "7");
  CHECK(short_number(999.4) == "999");
  CHECK(short_number(999.9) == "1.00k");
  CHECK(short_number(12345) == "12.3k");
  CHECK(short_number(999'960) == "1.00M");
  CHECK(short_number(-2500) == "-2.50k");
  CHECK(short_bytes(4096) == "4.00K");
  CHECK(short_bytes(100) == "100B");
}

TEST_CASE("ages are short") {
  CHECK(short_age(3.2) == "3s");
  CHECK(short_age(300) == "5m");
  CHECK(short_age(3 * 3600) == "3h");
  CHECK(short_age(9.5 * 86400) == "9d");
}

TEST_CASE("what is not exact about a map's fill is said") {
  CHECK(fill_text({1204, Fill::Certainty::exact}) == "1204");
  CHECK(fill_text({1'000'000, Fill::Certainty::about}) == "~1.00M");
  CHECK(fill_text({16384, Fill::Certainty::at_least}) == ">=16384");
  CHECK(fill_text({}) == "?");
  CHECK(*fill_percent(sonda::test::map(1, "m", 25, 100)) == Approx(25));
}

TEST_CASE("of several owners the first is named, harmlessly") {
  CHECK(holders_text({}).empty());
  CHECK(holders_text({{7, "bash"}}) == "bash[7]");
  CHECK(holders_text({{7, "a\x1b[2J"}, {8, "b"}}) == "a\\x1b[2J[7] +1");
}

TEST_CASE("graphs are as high as their values") {
  const std::vector<double> values{0, 1, 4, 8};
  CHECK(graph(values, 6, 1, true) == std::vector<std::string>{"   ▁▄█"});
  CHECK(graph(values, 6, 1, false) == std::vector<std::string>{"   .:#"});
  CHECK(graph(values, 2, 2, false) == std::vector<std::string>{" #", "##"});
  CHECK(graph({}, 3, 1, true) == std::vector<std::string>{"   "});
  CHECK(graph(std::vector<double>{0.0001, 1000}, 2, 1, false) == std::vector<std::string>{".#"});
}

TEST_CASE("a dispatcher is shown as what it jumps to") {
  const std::string name = "count_what_nobody_counts";
  auto dispatcher = program(1, name.substr(0, 15), 100, 1000);
  dispatcher.jumps_to = 2;
  auto target = program(2, name, 0, 0);
  target.points.clear();
  target.facts.maps = {7};
  auto stranger = program(3, "stranger", 5, 5);
  stranger.jumps_to = 2;  // by another name: no dispatcher of it
  auto map = sonda::test::map(7, "m", 1, 2);
  map.programs = {2};
  auto state = machine(0, {dispatcher, target, stranger}, {map});
  fold_dispatchers(state);
  REQUIRE(state.programs.size() == 2);
  CHECK(state.programs[0].facts.id == 1);
  CHECK(state.programs[0].facts.name == name);
  CHECK(state.programs[0].facts.maps == std::vector<std::uint32_t>{7});
  CHECK(state.programs[0].counts.runs == 100);
  CHECK(state.programs[1].facts.name == "stranger");
  CHECK(state.maps[0].programs == std::vector<std::uint32_t>{1});
}
