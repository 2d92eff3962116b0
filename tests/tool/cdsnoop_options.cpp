// Which rows the options choose, which shells are found, and how it ends.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "support/catch.h"
#include "support/paths.h"
#include "support/scratch.h"
#include "support/skip.h"
#include "tool/cdsnoop_support.h"

namespace {

namespace fs = std::filesystem;
using namespace sonda::test;

constexpr uid_t nobody = 65534;

/// Runs a script of a bash that is at `program`.
void run_bash(const std::string& script, std::optional<uid_t> user = std::nullopt,
              const fs::path& program = "/bin/bash") {
  run_program({program.string(), "--norc", "-c", script}, {}, "/", user);
}

/// The exit status and the messages of a run that ends by itself.
std::pair<int, std::string> outcome(std::vector<std::string> arguments) {
  Snoop snoop(std::move(arguments), {"LC_ALL=C"});
  const int status = snoop.wait();
  return {status, snoop.errors()};
}

std::size_t count_of(const Snoop& snoop, const std::string& command) {
  const auto rows = snoop.rows();
  return static_cast<std::size_t>(
      std::ranges::count_if(rows, [&](const auto& row) { return row["command"] == command; }));
}

}  // namespace

TEST_CASE("option -p takes only the processes that are named") {
  SONDA_NEED_BPF();
  TerminalShell first("/"), second("/"), third("/");
  Snoop snoop({"--json", "-p", std::to_string(first.pid()), "-p", std::to_string(second.pid())});
  REQUIRE(snoop.ready());
  for (auto* shell : {&first, &second, &third}) shell->run("cd /usr; (cd /tmp)");
  REQUIRE(snoop.stop(SIGINT) == 0);
  const auto rows = snoop.rows();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["pid"] == first.pid());
  CHECK(rows[1]["pid"] == second.pid());
}

TEST_CASE("option -u takes only that user's shells, -x only failures") {
  SONDA_NEED_BPF();
  SONDA_NEED(::getuid() == 0, "CAP_SETUID (run as root)");
  Snoop snoop({"--json", "-x", "-u", "65534"});
  REQUIRE(snoop.ready());
  const auto command = fmt::format("nowhere-{}", ::getpid());
  run_bash("cd /usr; cd " + command, nobody);
  run_bash("cd /usr; cd " + command);
  REQUIRE(snoop.stop(SIGINT) == 0);
  CHECK(count_of(snoop, "cd " + command) == 1);
  for (const auto& row : snoop.rows()) {
    CHECK(row["uid"] == nobody);
    CHECK(row["error"].is_string());
  }
}

TEST_CASE("option --where takes only rows of which the condition holds") {
  SONDA_NEED_BPF();
  const auto nowhere = fmt::format("/nowhere-{}", ::getpid());
  Snoop snoop(
      {"--json", "--where", "errno == 2 and command ~ \"cd " + nowhere + "*\" or curr_dir == /usr/share", "-n", "3"});
  REQUIRE(snoop.ready());
  run_bash("cd /usr; cd " + nowhere + "-a; cd /; cd " + nowhere + "-b; cd /usr/share; cd /");
  CHECK(snoop.wait() == 0);  // three rows, as what is left out does not count
  std::string commands;
  for (const auto& row : snoop.rows()) commands += row["command"].get<std::string>() + "; ";
  CHECK(commands == "cd " + nowhere + "-a; cd " + nowhere + "-b; cd /usr/share; ");
  const auto [status, errors] = outcome({"--where", "comand == x"});
  CHECK(status == 2);
  CHECK(errors.find("did you mean 'command'") != std::string::npos);
}

TEST_CASE("option -n and -d end it") {
  SONDA_NEED_BPF();
  Snoop snoop({"--json", "-n", "3"});
  REQUIRE(snoop.ready());
  run_bash("cd /usr; cd /tmp; cd /; cd /usr; cd /");
  CHECK(snoop.wait() == 0);
  CHECK(snoop.rows().size() == 3);
  CHECK(outcome({"-d", "0"}).first == 0);
  CHECK(outcome({"-d", "0.3"}).first == 0);
}

TEST_CASE("a bash under any name is found when it starts") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  Snoop snoop({"--json", "-v"});
  REQUIRE(snoop.ready());
  const auto copy = scratch.path() / "not the usual name";
  fs::copy_file(fs::canonical("/bin/bash"), copy);
  TerminalShell shell("/", copy);
  REQUIRE(snoop.read_until([&] { return snoop.errors().find("attached to " + copy.string()) != std::string::npos; }));
  shell.run("cd /usr");
  REQUIRE(snoop.stop(SIGTERM) == 0);
  const auto rows = snoop.rows_of({shell.pid()});
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["curr_dir"] == "/usr");
}

TEST_CASE("a bash that was running before is found, also when its file is gone") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  const auto copy = scratch.path() / "old";
  fs::copy_file(fs::canonical("/bin/bash"), copy);
  TerminalShell shell("/", copy);
  shell.run("true");
  fs::remove(copy);
  Snoop snoop({"--json"});
  REQUIRE(snoop.ready());
  shell.run("cd /usr; cd nowhere");
  REQUIRE(snoop.stop(SIGINT) == 0);
  const auto rows = snoop.rows_of({shell.pid()});
  REQUIRE(rows.size() == 2);
  CHECK(rows[1]["errno"] == ENOENT);
}

TEST_CASE("option --shell leaves every other bash alone") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  const auto copy = scratch.path() / "mine";
  fs::copy_file(fs::canonical("/bin/bash"), copy);
  Snoop snoop({"--json", "--shell", copy.string()});
  REQUIRE(snoop.ready());
  run_bash("cd /usr");
  run_bash("cd /tmp", std::nullopt, copy);
  REQUIRE(snoop.stop(SIGINT) == 0);
  const auto rows = snoop.rows();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["curr_dir"] == "/tmp");
}

TEST_CASE("after Ctrl-C nothing of it is left in the kernel") {
  SONDA_NEED_BPF();
  Snoop snoop({});
  REQUIRE(snoop.ready());
  const auto programs = programs_of(snoop.pid());
  CHECK(programs.size() >= 4);
  CHECK(snoop.stop(SIGINT) == 0);
  for (const auto id : programs) CHECK_FALSE(program_stays(id));
}

TEST_CASE("rows that do not fit the buffer are counted") {
  SONDA_NEED_BPF();
  constexpr std::size_t changes = 2000;
  TerminalShell shell("/");
  Snoop snoop({"--json", "--set", "ROW_PAGES=1"});
  REQUIRE(snoop.ready());
  ::kill(snoop.pid(), SIGSTOP);
  shell.run(fmt::format("for ((i = 0; i < {}; i++)); do cd /; done", changes));
  ::kill(snoop.pid(), SIGCONT);
  REQUIRE(snoop.stop(SIGINT) == 0);
  CHECK_THAT(snoop.errors(), sonda::test::Contains("lost: ") && sonda::test::Contains(" events of rows at ") &&
                                 sonda::test::Contains("the ring buffer was full (4 KiB): --set ROW_PAGES=N\n"));
  auto rows = snoop.rows();
  REQUIRE(rows.back()["type"] == "lost");
  CHECK(rows.back()["map"] == "rows");
  const auto lost = rows.back()["count"].get<std::size_t>();
  rows.pop_back();
  std::erase_if(rows, [&](const auto& row) { return row["pid"] != shell.pid(); });
  CHECK(rows.size() < changes);
  CHECK(rows.size() + lost >= changes);
}

TEST_CASE("a reader that goes away ends it quietly") {
  SONDA_NEED_BPF();
  const auto script = fmt::format("'{}' -d 30 2>&1 >&3 | cat", sonda::test::built_program("cdsnoop").string());
  // The pipe's reader takes the header and leaves.
  const auto command = fmt::format("set -o pipefail; ( {} ) 3>&1 | head -n 1; exit \"${{PIPESTATUS[0]}}\"", script);
  CHECK(run_program({"/bin/bash", "--norc", "-c", command}) == 0);
}

TEST_CASE("what cannot be traced is said, with a status") {
  SONDA_NEED_BPF();
  const auto [not_bash, not_bash_says] = outcome({"--shell", "/bin/true"});
  CHECK(not_bash == 1);
  CHECK_THAT(not_bash_says, sonda::test::Contains("/bin/true") && sonda::test::Contains("not a bash") &&
                                sonda::test::Contains("hint:"));
  const auto [missing, missing_says] = outcome({"--shell", "/nowhere/bash"});
  CHECK(missing == 1);
  CHECK_THAT(missing_says, sonda::test::Contains("/nowhere/bash"));
  CHECK(outcome({"--shell", "/etc/passwd"}).first == 1);
}

TEST_CASE("a wrong command line is refused with status 2") {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{"-u", "no such user"},
                                                                                         {"-p", "0"},
                                                                                         {"-p", "x"},
                                                                                         {"-n", "0"},
                                                                                         {"-d", "-1"},
                                                                                         {"--json", "--csv"},
                                                                                         {"--classic", "--json"},
                                                                                         {"--nonsense"},
                                                                                         {"word"}}) {
    const auto [status, says] = outcome(arguments);
    CAPTURE(arguments, says);
    CHECK(status == 2);
    CHECK_FALSE(says.empty());
  }
}

TEST_CASE("the classic way shows a change of a lone shell") {
  SONDA_NEED_BPF();
  TerminalShell shell("/");
  Snoop snoop({"--classic"}, {"LC_ALL=C"});
  REQUIRE(snoop.ready());
  // trace_pipe is everybody's: whatever else is printed there leads it astray, so it gets several chances.
  constexpr int attempts = 10;
  for (int i = 0; i < attempts; ++i) shell.run("cd /\ncd usr\ntrue");
  snoop.read_until([&] { return snoop.output().find("cd usr") != std::string::npos; });
  CHECK(snoop.stop(SIGINT) == 0);
  CHECK_THAT(snoop.lines().at(0), sonda::test::Matches("TIME {9}PID {8}PREV_DIR {8}CURR_DIR {3}COMM"));
  CHECK_THAT(snoop.output(), sonda::test::Contains("usr        cd usr"));
}
