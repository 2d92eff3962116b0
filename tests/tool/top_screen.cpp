// sonda top in a real terminal: keys in, screens out.
#include <csignal>

#include "base/files.h"
#include "bpf/inspect_support.h"
#include "sonda/table.h"
#include "support/catch.h"
#include "support/paths.h"
#include "support/scratch.h"
#include "support/skip.h"
#include "support/terminal.h"

using namespace sonda;
using namespace sonda::test;
using sonda::test::Contains;

namespace {

/// Two programs that share a map.
class TwoPrograms {
 public:
  TwoPrograms() : loaded_(with_types()) {
    for (const auto* name : {"top_first", "top_second"}) loaded_.program(name, BPF_PROG_TYPE_SOCKET_FILTER);
  }
  int fd() const { return loaded_.programs()[0]->fd(); }
  int map_fd() const { return loaded_.maps()[0]->fd(); }

 private:
  static Image with_types() {
    auto made = image({count(true), count(true)}, {test::map("top_counts", BPF_MAP_TYPE_HASH, 4, 8, 50)});
    made.programs[0].name = "top_first";
    made.programs[1].name = "top_second";
    describe(made);
    made.programs[1].lines.clear();
    return made;
  }
  LoadedImage loaded_;
};

/// A shell around it says how it ended; tmux itself loses that now and then.
std::vector<std::string> top(std::vector<std::string> more = {}) {
  std::vector<std::string> words{"/bin/sh", "-c", "trap : INT; \"$0\" top \"$@\"; echo ended with $?; read line",
                                 built_program("sonda").string()};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

void check_end(const Terminal& terminal, int status = 0) { terminal.wait_for("ended with " + std::to_string(status)); }

Terminal::How sized(int columns, int rows, std::vector<std::string> environment = {}) {
  if (environment.empty()) environment = {"LC_ALL=C.UTF-8"};
  return {.columns = columns, .rows = rows, .environment = std::move(environment)};
}

bool on_screen(const Terminal& terminal, std::string_view text) {
  return terminal.screen().find(text) != std::string::npos;
}

/// Waits until it is not there any more.
void wait_until_gone(const Terminal& terminal, std::string_view text) {
  terminal.wait_for([&](const std::string& screen) { return screen.find(text) == screen.npos; }, "other text");
}

}  // namespace

TEST_CASE("programs are shown in terminals of every size") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_terminal(), "tmux");
  const TwoPrograms own;
  const auto [columns, rows] = GENERATE(std::pair(40, 10), std::pair(80, 24), std::pair(200, 60));
  const Terminal terminal(top({"--filter", "top_"}), sized(columns, rows));
  terminal.wait_for("top_second");
  terminal.wait_for("runs/s");
  const auto shown = terminal.rows();
  CHECK(shown.size() == std::size_t(rows));
  CHECK_THAT(shown.front(), Contains("sonda top"));
  CHECK_THAT(shown[1], Contains("NAME") && Contains("CPU%"));
  CHECK_THAT(shown.back(), Contains("q Quit"));
  CHECK((shown[1].find("ATTACHED TO") != std::string::npos) == (columns == 200));
  terminal.type("q");
  check_end(terminal);
}

TEST_CASE("the figures follow what runs, and a program is opened with its map and its entries") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_terminal(), "tmux");
  const TwoPrograms own;
  set_entry(own.map_fd(), 0, 0);
  const Terminal terminal(top({"-i", "0.2"}), sized(100, 30));
  terminal.wait_for("runs/s");
  terminal.type("/top_first");
  terminal.wait_for("filter: top_first_");
  terminal.press("Enter");
  terminal.wait_for("filter 'top_first': 1 of");
  terminal.press("Enter");
  terminal.wait_for("socket_filter, GPL");
  terminal.wait_for("top_counts hash 1 of 50");
  CHECK_THAT(terminal.screen(), Contains("maps (Enter shows") && Contains("shared with top_second"));
  terminal.press("End");
  terminal.press("Enter");
  terminal.wait_for("PER SEC");
  for (std::uint64_t value = 1000; !on_screen(terminal, "▁") && !on_screen(terminal, "█"); value += 1000) {
    set_entry(own.map_fd(), 0, value);
    ::usleep(50'000);
    REQUIRE(value < 10'000'000);
  }
  terminal.press("Escape");
  terminal.wait_for("socket_filter, GPL");
  terminal.press("Escape");
  terminal.wait_for("ATTACHED TO");
  terminal.press("Escape");
  wait_until_gone(terminal, "filter 'top_first'");
  terminal.type("q");
  check_end(terminal);
}

TEST_CASE("keys sort, pause, change the interval, show maps and help") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_terminal(), "tmux");
  const TwoPrograms own;
  const Terminal terminal(top({"--filter", "top_"}), sized(90, 24));
  terminal.wait_for("by CPU%");
  terminal.type("N");
  terminal.wait_for("by NAME");
  terminal.type("r");
  terminal.wait_for("by NAME, reversed");
  terminal.type("+");
  terminal.wait_for("every 2s");
  terminal.type(" ");
  terminal.wait_for("PAUSED");
  terminal.type("m");
  terminal.wait_for("FULL%");
  CHECK_THAT(terminal.screen(), Contains("top_counts"));
  terminal.type("?");
  terminal.wait_for("the other order");
  terminal.press("Escape");
  wait_until_gone(terminal, "the other order");
  terminal.press("C-c");
  check_end(terminal);
}

TEST_CASE("a terminal that changes its size is drawn anew") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_terminal(), "tmux");
  const TwoPrograms own;
  const Terminal terminal(top({"--filter", "top_"}), sized(120, 30));
  terminal.wait_for("ATTACHED TO");
  terminal.resize(40, 10);
  terminal.wait_for(
      [](const std::string& screen) {
        return screen.find("ATTACHED") == screen.npos && screen.find("top_first") != screen.npos &&
               screen.find("q Quit") != screen.npos;
      },
      "the narrow screen");
  CHECK(terminal.rows().size() == 10);
  terminal.resize(150, 40);
  terminal.wait_for("ATTACHED TO");
  terminal.type("q");
  check_end(terminal);
}

TEST_CASE("no colours where none are wanted, and no UTF-8 where there is none") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_terminal(), "tmux");
  const TwoPrograms own;
  const auto has_colour = [](const Terminal& terminal) {
    const auto screen = terminal.screen(true);
    return screen.find("36m") != screen.npos || screen.find("38;5;6m") != screen.npos;
  };
  {
    const Terminal colourful(top(), sized(80, 24, {"TERM=screen-256color", "LC_ALL=C.UTF-8"}));
    colourful.wait_for("runs/s");
    CHECK(has_colour(colourful));
  }
  for (const std::string variable : {"NO_COLOR=1", "TERM=vt100"}) {
    const Terminal plain(top(), sized(80, 24, {"LC_ALL=C.UTF-8", variable}));
    plain.wait_for("runs/s");
    CHECK_FALSE(has_colour(plain));
    plain.type("q");
    check_end(plain);
  }
  const Terminal ascii(top({"-i", "0.2"}), sized(80, 24, {"LC_ALL=C"}));
  ascii.wait_for("runs/s");
  ascii.press("Enter");
  ascii.wait_for("runs");
  for (const char c : ascii.screen()) CHECK((c == '\n' || (c >= 0x20 && c < 0x7f)));
}

TEST_CASE("the terminal is as it was before, however it ends") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_terminal(), "tmux");
  // A shell around it, which knows its terminal before and after.
  const ScratchFolder folder;
  const auto pid_file = (folder.path() / "pid").string();
  const Terminal shell({"/bin/bash", "--norc", "--noprofile"}, sized(80, 24, {"PS1=$ ", "LC_ALL=C.UTF-8"}));
  shell.wait_for("$");
  shell.enter("before=$(stty -g); echo here be''fore");
  shell.wait_for("here before");
  const auto start = [&] {
    shell.enter("sh -c 'echo $$ >" + pid_file + "; exec " + built_program("sonda").string() + " top'");
    shell.wait_for("by CPU%");
  };
  const auto check_terminal = [&] {
    wait_until_gone(shell, "by CPU%");
    shell.wait_for("here before");
    shell.enter("echo ended with $?; test \"$before\" = \"$(stty -g)\" && echo termi''nal unchanged");
    const auto screen = shell.wait_for("terminal unchanged");
    CHECK_THAT(screen, Contains("ended with 0"));
    shell.enter("clear; echo here be''fore");
    wait_until_gone(shell, "ended with");
  };
  start();
  shell.press("C-c");
  check_terminal();
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    start();
    ::kill(std::stoi(*try_read_file(pid_file)), number);
    check_terminal();
  }
  start();
  shell.press("C-z");
  shell.wait_for("Stopped");
  CHECK(on_screen(shell, "here before"));
  CHECK_FALSE(on_screen(shell, "by CPU%"));
  shell.enter("fg");
  shell.wait_for("by CPU%");
  shell.type("q");
  check_terminal();
}

TEST_CASE("without a known terminal it says so, and without any it prints") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_terminal(), "tmux");
  const Terminal unknown(top(), sized(80, 24, {"TERM=never-heard-of"}));
  check_end(unknown, 1);
  CHECK_THAT(unknown.screen(), Contains("no such terminal is known"));
  const Terminal dumb(top({"-i", "0.1"}), sized(120, 24, {"TERM=dumb"}));
  dumb.wait_for("of a CPU");
  dumb.press("C-c");
  check_end(dumb);
}
