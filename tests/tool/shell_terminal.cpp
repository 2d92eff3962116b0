// `sonda shell` at a terminal: typed keys in, screens out.

#include "support/catch.h"
#include "support/file_text.h"
#include "support/skip.h"
#include "support/terminal.h"
#include "tool/shell_support.h"

namespace sonda::test {
namespace {

#define NEED_TERMINAL() \
  SONDA_NEED_BPF();     \
  SONDA_NEED(can_open_terminal(), "tmux")

class ShellTerminal {
 public:
  explicit ShellTerminal(Terminal::How how = {}, const std::string& more = "")
      : path_(probes_.write("p.c", counting_probe(more))) {
    how.environment.push_back("XDG_STATE_HOME=" + (probes_.path() / "state").string());
    how.folder = probes_.path().string();
    terminal_.emplace(std::vector<std::string>{built_program("sonda").string(), "shell", "p.c"}, how);
  }
  Terminal& operator*() { return *terminal_; }
  Terminal* operator->() { return &*terminal_; }
  const Probes& probes() const { return probes_; }

 private:
  Probes probes_;
  std::string path_;
  std::optional<Terminal> terminal_;
};

std::size_t prompts(const std::string& screen) {
  std::size_t count = 0;
  for (auto at = screen.find("sonda>"); at != screen.npos; at = screen.find("sonda>", at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("commands are typed at a prompt, completed and remembered", "[shell]") {
  NEED_TERMINAL();
  ShellTerminal shell;
  shell->wait_for("sonda>");
  shell->type("map co");
  shell->press("Tab");
  shell->wait_for("map counts");
  shell->type("set 1 0x");
  shell->press("C-c");
  shell->wait_for("^C");
  shell->type("map by");
  shell->press("Tab");
  shell->enter("set {pid=1, comm=one} 5");
  shell->wait_for("one");
  shell->enter("map cuonts");
  shell->wait_for("did you mean 'counts'?");
  shell->press("Up");
  shell->press("Up");
  shell->wait_for([](const std::string& screen) { return screen.rfind("sonda> map by_process set") != screen.npos; },
                  "the line before");
  shell->press("C-c");
  shell->type("map ");
  shell->press("Tab");
  shell->wait_for("states");
  shell->press("C-c");
  shell->press("C-d");
  CHECK(shell->wait() == 0);
  const auto history = shell.probes().path() / "state/sonda/shell/history";
  CHECK(contains(text_of(history), "map cuonts\n"));
  const auto mode = std::filesystem::status(history).permissions();
  CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("Ctrl-C stops the command, and the prompt comes back", "[shell]") {
  NEED_TERMINAL();
  ShellTerminal shell;
  shell->wait_for("sonda>");
  shell->enter("attach");
  shell->wait_for("1: on_call at");
  TargetProcess calls(target("calls"), {"--first", "3", "--wait-for-newline"});
  calls.line();
  shell->enter("events");
  shell->wait_for([](const std::string& screen) { return contains(screen, "> events"); }, "the command");
  calls.go_on();
  shell->wait_for([](const std::string& screen) { return contains(screen, "NUMBER"); }, "events");
  shell->press("C-c");
  shell->enter("map counts get 0");
  shell->wait_for("  0     3");
  shell->enter("run /bin/sh -c 'exit 5'");
  shell->wait_for("exit status 5");
  shell->enter("run sleep 1000");
  shell->wait_for("run sleep 1000");
  shell->press("C-c");
  shell->wait_for("exit status 130");
  shell->enter("quit");
  CHECK(shell->wait() == 0);
}

TEST_CASE("a small terminal, a dumb one, one without UTF-8 or colours", "[shell]") {
  NEED_TERMINAL();
  const auto environment = GENERATE(
      values<std::vector<std::string>>({{}, {"TERM=dumb"}, {"LC_ALL=C"}, {"NO_COLOR=1"}, {"TERM=vt100", "LC_ALL=C"}}));
  ShellTerminal shell({.columns = 40, .rows = 10, .environment = environment});
  shell->wait_for("sonda>");
  shell->enter("help quit");
  shell->wait_for("Example:");
  shell->enter("list maps");
  const auto screen = shell->wait_for("percpu_array");
  for (const auto& row : shell->rows()) CHECK(row.size() <= 40);
  CHECK(contains(screen, "MAP"));
  if (!environment.empty() && environment[0] != "LC_ALL=C" && environment[0] != "TERM=vt100")
    CHECK_FALSE(contains(shell->screen(true), "\x1b[1m"));
  shell->resize(100, 30);
  shell->enter("list maps");
  shell->wait_for([](const std::string& now) { return contains(now, "enum state"); }, "a wider table");
  shell->enter("quit");
  CHECK(shell->wait() == 0);
}

TEST_CASE("names of the kernel and of binaries are completed", "[shell]") {
  NEED_TERMINAL();
  ShellTerminal shell;
  shell->wait_for("sonda>");
  shell->type("attach tracepoint:sched:sched_swi");
  shell->press("Tab");
  shell->wait_for("tracepoint:sched:sched_switch");
  shell->press("C-c");
  shell->type("attach uprobe:" + target("calls").string() + ":target_fir");
  shell->press("Tab");
  shell->wait_for(
      [](const std::string& screen) {
        std::string one_line = screen;
        std::erase(one_line, '\n');
        return contains(one_line, ":target_first");
      },
      "the function");
  shell->press("C-c");
  shell->type("attach fentry:vfs_rea");
  shell->press("Tab");
  shell->wait_for("vfs_read");
  shell->press("C-c");
  shell->enter("quit");
  CHECK(shell->wait() == 0);
  CHECK(prompts(shell->history()) >= 4);
}

}  // namespace sonda::test
