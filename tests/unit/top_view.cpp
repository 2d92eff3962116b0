// The screen of `sonda top`, without a terminal.
#include <fmt/format.h>

#include "cli/top/view.h"
#include "support/catch.h"
#include "top_support.h"

using namespace sonda;
using namespace sonda::top;
using namespace std::chrono_literals;
using sonda::test::all_of;
using sonda::test::Contains;
using sonda::test::machine;
using sonda::test::program;
using sonda::test::texts;

namespace {

/// Three programs with one map each, seen twice.
class Seen {
 public:
  Seen() {
    comparison_.add(machine(0, {program(1, "slow", 0, 0), program(2, "often", 0, 0), program(3, "idle", 0, 0)}));
    auto slow = program(1, "slow", 10, 50'000'000);
    slow.facts.maps = {11, 12};
    comparison_.add(machine(1, {slow, program(2, "often", 90'000, 9'000'000), program(3, "idle", 0, 0)},
                            {sonda::test::map(11, "seen", 5, 100), sonda::test::map(12, "names", 99, 100)}));
    view_.update(comparison_, nullptr, {});
  }
  View& view() { return view_; }
  std::string screen(std::size_t columns = 100, std::size_t rows = 24) {
    return all_of(view_.draw({columns, rows, true}));
  }
  std::vector<std::string> lines() { return texts(view_.draw({100, 24, true})); }
  void type(std::u32string_view text) {
    for (const auto c : text) view_.press({Key::Code::character, c});
  }
  void press(Key::Code code) { view_.press({code}); }
  void replace(MachineState state) {
    comparison_.add(std::move(state));
    view_.update(comparison_, nullptr, {});
  }
  /// The names in the list, from the top.
  std::vector<std::string> order() {
    std::vector<std::string> names;
    for (const auto& line : lines())
      for (const auto* name : {"slow", "often", "idle"})
        if (line.find(fmt::format(" {} ", name)) != line.npos) names.emplace_back(name);
    return names;
  }

 private:
  Comparison comparison_;
  View view_{View::Start{}};
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("every line has the terminal's width, and there are as many as it has") {
  Seen seen;
  const auto page = GENERATE(U"", U"m", U"?", U"/x");
  seen.type(page);
  for (const auto& [columns, rows] : {std::pair(40, 10), std::pair(80, 24), std::pair(200, 60), std::pair(10, 4)})
    for (const bool utf8 : {true, false}) {
      const auto lines = texts(seen.view().draw({std::size_t(columns), std::size_t(rows), utf8}));
      INFO(columns << "x" << rows);
      CHECK(lines.size() == std::size_t(rows));
      for (const auto& line : lines) CHECK(display_width(line) == std::size_t(columns));
    }
}

TEST_CASE("what fits a narrow screen is what counts") {
  Seen seen;
  const auto narrow = seen.screen(40, 10);
  CHECK_THAT(narrow, Contains("NAME") && Contains("CPU%") && Contains("RUNS/S") && Contains("slow"));
  CHECK_THAT(narrow, !Contains("ATTACHED"));
  CHECK_THAT(narrow, Contains("Quit") && Contains("Help"));
  CHECK_THAT(seen.screen(200, 60), Contains("ATTACHED TO") && Contains("MISSED") && Contains("holder1[1001]"));
}

TEST_CASE("names are whole before columns are shown that are spare") {
  const auto table = [](std::size_t columns) {
    return ScreenTable({{.header = "NAME", .rank = 0, .least = 5, .good = 12},
                        {.header = "CPU%", .side = Side::right, .rank = 1},
                        {.header = "AGE", .side = Side::right, .rank = 2, .spare = true}},
                       {{"twelve_chars", "0.10", "10s"}}, {columns, 24, true});
  };
  CHECK(plain_text(table(20).row(0, Style::plain)) == "twelve_chars 0.10   ");
  CHECK(plain_text(table(21).row(0, Style::plain)) == "twelve_chars 0.10 10s");
  CHECK(plain_text(table(14).row(0, Style::plain)) == "twelve_c\u2026 0.10");
}

TEST_CASE("the list is sorted by share of a CPU, and by any column") {
  Seen seen;
  CHECK(seen.order() == Names{"slow", "often", "idle"});
  seen.type(U"R");
  CHECK(seen.order() == Names{"often", "slow", "idle"});
  seen.type(U"r");
  CHECK(seen.order() == Names{"idle", "slow", "often"});
  CHECK_THAT(seen.screen(), Contains("by RUNS/S, reversed"));
  seen.type(U"N");
  CHECK(seen.order() == Names{"idle", "often", "slow"});
  seen.type(U"I");
  CHECK(seen.order() == Names{"slow", "often", "idle"});
  seen.type(U">");
  CHECK_THAT(seen.screen(), Contains("by NAME"));
  seen.type(U"<");
  CHECK_THAT(seen.screen(), Contains("by ID"));
}

TEST_CASE("a filter looks into names, types, processes and places") {
  Seen seen;
  seen.type(U"/OFT");
  CHECK_THAT(seen.screen(), Contains("filter: OFT_"));
  CHECK(seen.order() == Names{"often"});
  seen.press(Key::Code::enter);
  CHECK_THAT(seen.screen(), Contains("filter 'OFT': 1 of 3"));
  seen.press(Key::Code::escape);
  CHECK(seen.order().size() == 3);
  seen.type(U"/holder3");
  CHECK(seen.order() == Names{"idle"});
  for (int i = 0; i < 7; ++i) seen.press(Key::Code::backspace);
  seen.type(U"function_1");
  CHECK(seen.order() == Names{"slow"});
  seen.type(U"q");  // a letter here, not a command
  CHECK_FALSE(seen.view().ended());
  CHECK(seen.order().empty());
}

TEST_CASE("a program is opened, a map in it chosen, and left again") {
  Seen seen;
  seen.press(Key::Code::enter);
  CHECK(seen.view().wanted_program() == 1U);
  CHECK_THAT(seen.screen(), Contains("1 slow") && Contains("0123456789abcdef") && Contains("kprobe:function_1") &&
                                Contains("11 seen hash 5 of 100 (5%)"));
  for (int i = 0; i < 40; ++i) seen.press(Key::Code::down);
  seen.press(Key::Code::enter);
  CHECK(seen.view().wanted_map() == 12U);
  seen.press(Key::Code::escape);
  CHECK(seen.view().page() == View::Page::program);
  seen.press(Key::Code::escape);
  CHECK(seen.view().page() == View::Page::programs);
}

TEST_CASE("a program that goes while it is looked at is said to be gone") {
  Seen seen;
  seen.press(Key::Code::enter);
  seen.replace(machine(2, {program(3, "idle", 0, 0)}));
  CHECK_THAT(seen.screen(), Contains("program 1 is gone"));
  seen.press(Key::Code::escape);
  CHECK(seen.order() == Names{"idle"});
}

TEST_CASE("the cursor stays on its program while rows move") {
  Seen seen;
  seen.press(Key::Code::down);  // on "often"
  seen.replace(machine(2, {program(1, "slow", 10, 50'000'000), program(2, "often", 90'001, 90'000'000)}));
  CHECK(seen.order() == Names{"often", "slow"});
  seen.press(Key::Code::enter);
  CHECK(seen.view().wanted_program() == 2U);
}

TEST_CASE("maps are listed with their fill") {
  Seen seen;
  seen.press(Key::Code::tab);
  CHECK(seen.view().page() == View::Page::maps);
  CHECK_THAT(seen.screen(), Contains("FULL%") && Contains("names") && Contains("99"));
  seen.type(U"F");
  seen.press(Key::Code::enter);
  CHECK(seen.view().wanted_map() == 12U);
  CHECK_THAT(seen.screen(), Contains("map 12 is gone"));  // nobody has opened it here
}

TEST_CASE("pause, interval, idle programs, help and end") {
  Seen seen;
  seen.type(U" ");
  CHECK(seen.view().paused());
  CHECK_THAT(seen.screen(), Contains("PAUSED"));
  seen.type(U" ");
  CHECK_FALSE(seen.view().paused());
  seen.type(U"+");
  CHECK(seen.view().interval() == 2s);
  seen.type(U"---");
  CHECK(seen.view().interval() == 200ms);
  for (int i = 0; i < 20; ++i) seen.type(U"-");
  CHECK(seen.view().interval() == 100ms);
  for (int i = 0; i < 20; ++i) seen.type(U"+");
  CHECK(seen.view().interval() == 60s);
  seen.type(U"a");
  CHECK(seen.order() == Names{"slow", "often"});
  seen.type(U"?");
  CHECK_THAT(seen.screen(), Contains("the other order"));
  seen.press(Key::Code::escape);
  CHECK_THAT(seen.screen(), !Contains("the other order"));
  seen.type(U"q");
  CHECK(seen.view().ended());
}

TEST_CASE("hostile names play no tricks") {
  Comparison comparison;
  View view{View::Start{}};
  const std::string hostile =
      "\x1b]0;x\a\r\n\x9b"
      "31m\xe2\x80\xae"
      "evil";
  auto bad = program(1, hostile, 1, 1);
  bad.holders = {{.pid = 1, .name = hostile}};
  bad.points = {"uprobe:" + hostile};
  bad.facts.maps = {1};
  comparison.add(machine(0, {bad}, {sonda::test::map(1, hostile, 1, 2)}));
  comparison.add(machine(1, {bad}, {sonda::test::map(1, hostile, 1, 2)}));
  view.update(comparison, nullptr, {"/sys/fs/bpf/" + hostile});
  for (const auto key : {Key::Code::redraw, Key::Code::enter, Key::Code::escape, Key::Code::tab}) {
    view.press({key});
    const auto lines = texts(view.draw({120, 30, true}));
    for (const auto& line : lines) {
      CHECK(escape_lines_for_terminal(line) == line);
      CHECK(display_width(line) == 120);
    }
    for (const auto& line : texts(view.draw({120, 30, false})))
      for (const char c : line) CHECK((c >= 0x20 && c < 0x7f));
  }
}

TEST_CASE("text is fitted by the columns that it takes") {
  CHECK(fit("abc", 5, Side::left, true) == "abc  ");
  CHECK(fit("abc", 5, Side::right, true) == "  abc");
  CHECK(fit("abcdef", 4, Side::left, true) == "abc…");
  CHECK(fit("abcdef", 4, Side::left, false) == "abc~");
  CHECK(fit("日本語", 5, Side::left, true) == "日本…");
  CHECK(fit("日本語", 4, Side::left, true) == "日… ");
  CHECK(fit("é", 2, Side::left, false) == "? ");
  CHECK(fit("abc", 0, Side::left, true).empty());
}
