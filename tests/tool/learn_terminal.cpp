// sonda learn in a real terminal.
#include <algorithm>

#include "support/catch.h"
#include "support/skip.h"
#include "support/terminal.h"
#include "tool/learn_support.h"

namespace sonda::test {
namespace {

std::vector<std::string> learn(const Student& student, std::vector<std::string> arguments) {
  std::vector<std::string> words{built_program("sonda").string(), "learn"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.insert(words.end(), {"--folder", student.folder().string()});
  return words;
}

std::string joined(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  for (auto at = text.find("  "); at != text.npos; at = text.find("  ", at)) text.erase(at, 1);
  return text;
}

bool has_escape(const std::string& text) { return text.find('\x1b') != text.npos; }

}  // namespace

TEST_CASE("a page is filled to the terminal's width, down to 40 columns") {
  SONDA_NEED(can_open_terminal(), "tmux");
  const Student student;
  for (const auto& [columns, rows] : {std::pair{40, 10}, {80, 24}, {200, 50}}) {
    const Terminal terminal(learn(student, {"6"}),
                            {.columns = columns, .rows = rows, .environment = {}, .folder = "/"});
    terminal.wait_for([](const std::string& screen) { return contains(joined(screen), "sudo sonda learn check 6"); },
                      "the page's end");
    const auto text = terminal.history();
    CAPTURE(columns, text);
    CHECK(contains(text, "The pointer that may be null"));
    CHECK(contains(joined(text), "is this proven to be safe? If not, the program is refused."));
    CHECK(contains(joined(text), "then: sudo sonda learn check 6"));
    for (const auto& row : terminal.rows()) CHECK(row.size() <= static_cast<std::size_t>(std::min(columns, 80)));
  }
}

TEST_CASE("colours are for terminals that have them, and for people who want them") {
  SONDA_NEED(can_open_terminal(), "tmux");
  const Student student;
  const auto screen = [&](const std::vector<std::string>& environment) {
    const Terminal terminal(learn(student, {"1"}),
                            {.columns = 80, .rows = 50, .environment = environment, .folder = "/"});
    terminal.wait_for("sudo sonda learn check 1");
    return terminal.screen(true);
  };
  CHECK(has_escape(screen({})));
  CHECK_FALSE(has_escape(screen({"NO_COLOR=1"})));
  CHECK_FALSE(has_escape(screen({"TERM=dumb"})));
  CHECK_FALSE(has_escape(student.learn({"1"}).out));
}

TEST_CASE("a terminal without UTF-8 shows the same") {
  SONDA_NEED(can_open_terminal(), "tmux");
  const Student student;
  const auto screen = [&](const std::string& locale) {
    const Terminal terminal(learn(student, {}),
                            {.columns = 80, .rows = 30, .environment = {"LC_ALL=" + locale}, .folder = "/"});
    return terminal.wait_for("Go on with: sonda learn 1");
  };
  const auto plain = screen("C");
  CHECK(plain == screen("C.UTF-8"));
  CHECK(std::ranges::all_of(plain, [](char c) { return static_cast<unsigned char>(c) < 128; }));
}

TEST_CASE("a student goes through a lesson at a terminal") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_terminal(), "tmux");
  const Student student;
  const Terminal terminal({"/bin/sh"},
                          {.columns = 80,
                           .rows = 50,
                           .environment = {"PS1=$ ", "PATH=" + built_program("sonda").parent_path().string() +
                                                         ":/usr/sbin:/usr/bin:/sbin:/bin"},
                           .folder = student.folder().string()});
  terminal.enter("sonda learn 2 --folder .");
  terminal.wait_for("sudo sonda learn check 2");
  terminal.enter("sonda learn check --folder .");
  terminal.wait_for("not yet: money[0] has the number of orders");
  terminal.enter("sed -i 's/amount = 1/amount = PT_REGS_PARM2(ctx)/' 02-arguments.c; clear");
  terminal.enter("sonda learn check --folder .");
  const auto screen = terminal.wait_for("Go on with: sonda learn 3");
  CHECK(contains(screen, "passed: lesson 2, Arguments"));
  terminal.enter("clear; sonda learn --folder . | head -4");
  terminal.wait_for("done  2  arguments");
}

}  // namespace sonda::test
