#include "support/terminal.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "sonda/fd.h"
#include "support/patience.h"

namespace sonda::test {
namespace {

using namespace std::chrono_literals;

struct Outcome {
  int status = -1;
  std::string out;
};

/// Runs a program to its end; its standard output and error.
Outcome run(std::vector<std::string> words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  UniqueFd read_end(ends[0]), write_end(ends[1]);
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDERR_FILENO);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, pointers.front(), &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + words.front());
  write_end.reset();
  Outcome outcome;
  std::array<char, 65536> bytes{};
  for (ssize_t got = 0; (got = ::read(read_end.get(), bytes.data(), bytes.size())) > 0;)
    outcome.out.append(bytes.data(), static_cast<std::size_t>(got));
  int status = 0;
  ::waitpid(pid, &status, 0);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

constexpr auto pane = "=test:0.0";

}  // namespace

bool can_open_terminal() {
  try {
    return run({"tmux", "-V"}).status == 0;
  } catch (const std::runtime_error&) {
    return false;
  }
}

Terminal::Terminal(const std::vector<std::string>& words, const How& how) {
  // Kept when the program ends: its last screen and its exit status are what a test asks for. The window's size is ours
  // to set from the first resize() on; tmux 3.3a crashes if it is told so for windows that are not there yet.
  const auto configuration = folder_.write("tmux.conf",
                                           "set -g remain-on-exit on\n"
                                           "set -g remain-on-exit-format ''\n"
                                           "set -g status off\n"
                                           "set -g history-limit 100000\n"
                                           "set -s escape-time 0\n");
  std::vector<std::string> start{"-f",
                                 configuration,
                                 "-u",
                                 "new-session",
                                 "-d",
                                 "-s",
                                 "test",
                                 "-x",
                                 std::to_string(how.columns),
                                 "-y",
                                 std::to_string(how.rows),
                                 "-c",
                                 how.folder,
                                 "env"};
  start.insert(start.end(), how.environment.begin(), how.environment.end());
  // tmux itself loses the exit status now and then.
  const auto tell = "trap : INT QUIT TSTP; \"$@\"; echo $? > '" + status_file().string() + "'";
  start.insert(start.end(), {"/bin/sh", "-c", tell, "sh"});
  start.insert(start.end(), words.begin(), words.end());
  tmux(std::move(start));
  resize(how.columns, how.rows);
}

Terminal::~Terminal() {
  try {
    tmux({"kill-server"});
  } catch (const std::runtime_error&) {  // it has ended by itself
  }
}

std::string Terminal::tmux(std::vector<std::string> words) const {
  words.insert(words.begin(), {"tmux", "-S", (folder_.path() / "socket").string()});
  auto outcome = run(words);
  if (outcome.status != 0) throw std::runtime_error("tmux " + words[3] + ": " + outcome.out);
  return std::move(outcome.out);
}

void Terminal::type(std::string_view text) const { tmux({"send-keys", "-t", pane, "-l", "--", std::string(text)}); }

void Terminal::press(const std::string& key) const { tmux({"send-keys", "-t", pane, key}); }

void Terminal::enter(std::string_view text) const {
  if (!text.empty()) type(text);
  press("Enter");
}

void Terminal::resize(int columns, int rows) const {
  tmux({"resize-window", "-t", "=test:0", "-x", std::to_string(columns), "-y", std::to_string(rows)});
}

std::vector<std::string> Terminal::rows() const {
  std::vector<std::string> result(1);
  for (const char c : screen())
    if (c == '\n')
      result.emplace_back();
    else
      result.back() += c;
  result.pop_back();
  return result;
}

std::string Terminal::screen(bool with_colours) const {
  std::vector<std::string> words{"capture-pane", "-p", "-t", pane};
  if (with_colours) words.emplace_back("-e");
  return tmux(std::move(words));
}

std::string Terminal::history() const { return tmux({"capture-pane", "-p", "-t", pane, "-S", "-"}); }

std::string Terminal::wait_for(const std::function<bool(const std::string&)>& condition, std::string_view what) const {
  const auto end = std::chrono::steady_clock::now() + patience();
  for (;;) {
    const bool over = std::chrono::steady_clock::now() >= end;
    auto text = screen();
    if (condition(text)) return text;
    if (over) throw std::runtime_error("the terminal never shows " + std::string(what) + ":\n" + text);
    std::this_thread::sleep_for(20ms);
  }
}

std::string Terminal::wait_for(std::string_view text) const {
  return wait_for([text](const std::string& screen) { return screen.find(text) != screen.npos; }, text);
}

std::optional<int> Terminal::ended() const {
  std::ifstream file(status_file());
  std::string line;
  if (!std::getline(file, line) || file.eof()) return std::nullopt;  // not there, or not all of it
  return std::stoi(line);
}

int Terminal::wait() const {
  std::optional<int> status;
  wait_for([&](const std::string&) { return (status = ended()).has_value(); }, "the program's end");
  return *status;
}

}  // namespace sonda::test
