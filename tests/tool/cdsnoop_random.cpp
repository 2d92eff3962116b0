// Eight shells at once, each with random directory changes of every kind: every change is one right row, and no other.
#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <thread>

#include "support/catch.h"
#include "support/scratch.h"
#include "support/skip.h"
#include "tool/cdsnoop_support.h"
#include "tools/cdsnoop/change.h"

namespace {

namespace fs = std::filesystem;
using namespace sonda::test;
using sonda::cdsnoop::quote_for_shell;

const std::vector<std::string> folder_names{"plain",
                                            "with space",
                                            "it's",
                                            "double\"quote",
                                            "ünïcödé-目录",
                                            "new\nline",
                                            "-dash",
                                            "a*b?[c]",
                                            "back\\slash",
                                            "$dollar `tick`",
                                            "a-name-of-more-than-sixty-characters-which-nothing-may-cut-at-thirty"};

/// What a shell said about one of its own changes.
struct Truth {
  int status = 0;
  std::string builtin, command, error;  ///< error: empty if it depends on what went before
  std::string before, after;
};

struct Expected {
  std::string builtin, command, error;
};

/// Types random commands into one shell. Each command is followed by a report of the shell about itself.
class RandomTypist {
 public:
  RandomTypist(fs::path base, fs::path truth, unsigned seed)
      : base_(std::move(base)),
        truth_(std::move(truth)),
        random_(seed),
        shell_(base_, "/bin/bash", {"HOME=" + (base_ / "home").string(), "TRUTH=" + truth_.string()}) {
    shell_.run("exec 3>>\"$TRUTH\"; shopt -s autocd");
    shell_.run("T() { printf '%s\\0' \"$BASHPID\" \"$1\" \"$2\" \"$B\" \"$PWD\" >&3; }; export -f T; export base=" +
               typed(base_.string()));
  }

  pid_t pid() const { return shell_.pid(); }

  void type(int commands) {
    for (int i = 0; i < commands; ++i) shell_.run(command());
  }

  /// In the order in which they happened, by process.
  std::map<pid_t, std::vector<Truth>> truth() const {
    std::ifstream file(truth_, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < text.size(); at += parts.back().size() + 1) parts.emplace_back(text.c_str() + at);
    std::map<pid_t, std::vector<Truth>> result;
    for (std::size_t i = 0; i + 4 < parts.size(); i += 5) {
      const auto& expected = expected_.at(std::stoul(parts[i + 2]));
      result[std::stoi(parts[i])].push_back(
          {std::stoi(parts[i + 1]), expected.builtin, expected.command, expected.error, parts[i + 3], parts[i + 4]});
    }
    return result;
  }

 private:
  int pick(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }
  std::string name() { return folder_names[static_cast<std::size_t>(pick(static_cast<int>(folder_names.size())))]; }
  std::string folder() { return (base_ / name() / (pick(2) == 0 ? std::string() : name())).string(); }

  /// "B=$PWD; COMMAND; T $? N": the directory before, the change, and the report.
  std::string told(const std::string& typed_command, Expected expected) {
    expected_.push_back(std::move(expected));
    return fmt::format("B=$PWD; {}; T $? {}", typed_command, expected_.size() - 1);
  }
  std::string cd(const std::string& to) { return told("cd " + typed(to), {"cd", "cd " + quote_for_shell(to), ""}); }

  std::string command() {
    constexpr int kinds = 30;
    const int kind = pick(kinds);
    return kind < 10 ? plain_change(kind) : kind < 20 ? composed_change(kind - 10) : failing_change(kind - 20);
  }

  std::string plain_change(int kind) {
    const auto to = folder();
    const auto short_name = name();
    switch (kind) {
      case 0:
        return cd(to);
      case 1:
        return told("cd ..", {"cd", "cd ..", ""});
      case 2:
        return told("cd -", {"cd", "cd -", ""});
      case 3:
        return told("cd", {"cd", "cd", ""});
      case 4:
        return told("cd ~", {"cd", "cd " + quote_for_shell((base_ / "home").string()), ""});
      case 5:
        return told(fmt::format("CDPATH=/nowhere:$base cd -- {}", typed(short_name)),
                    {"cd", "cd -- " + quote_for_shell(short_name), ""});
      case 6:
        return told("pushd " + typed(to), {"pushd", "pushd " + quote_for_shell(to), ""});
      case 7:
        return told("popd", {"popd", "popd", ""});
      case 8:
        return told("pushd +1", {"pushd", "pushd +1", ""});
      default:
        return told(typed(to), {"cd", "cd -- " + quote_for_shell(to), ""});  // autocd
    }
  }

  std::string composed_change(int kind) {
    switch (kind) {
      case 0:
        return "(" + cd(folder()) + ")";
      case 1:
        return "bash -c " + typed(cd(folder()));
      case 2:
        return cd(folder()) + " && " + cd(folder());
      case 3:
        return fmt::format("for i in 1 2 3; do {}; {}; done", cd(folder()), cd(folder()));
      case 4:
        return fmt::format("f() {{ {}; }}; f", cd(folder()));
      case 5:
        return told("command cd -P \"$base/link\"", {"cd", "cd -P " + quote_for_shell((base_ / "link").string()), ""});
      case 6:
        return told("builtin cd -L \"$base/link\"", {"cd", "cd -L " + quote_for_shell((base_ / "link").string()), ""});
      case 7:
        return "echo " + typed(cd(folder()) + "; " + cd(folder())) + " > script.$BASHPID; bash script.$BASHPID";
      case 8:
        return "x=$(" + cd(folder()) + ")";
      default:
        return told("pushd", {"pushd", "pushd", ""});
    }
  }

  std::string failing_change(int kind) {
    switch (kind) {
      case 0:
        return told("cd nowhere", {"cd", "cd nowhere", "No such file or directory"});
      case 1:
        return told("cd $base/file", {"cd", "cd " + quote_for_shell((base_ / "file").string()), "Not a directory"});
      case 2:
        return told("cd a b", {"cd", "cd a b", "too many arguments"});
      case 3:
        return told("cd -Z", {"cd", "cd -Z", "-Z: invalid option"});
      case 4:
        return told("H=$HOME; unset HOME; cd", {"cd", "cd", "HOME not set"}) + "; HOME=$H";
      case 5:
        return told("unset OLDPWD; cd -", {"cd", "cd -", "OLDPWD not set"});
      case 6:
        return told("pushd /nowhere", {"pushd", "pushd /nowhere", "No such file or directory"});
      case 7:
        return told("cd $base/loop",
                    {"cd", "cd " + quote_for_shell((base_ / "loop").string()), "Too many levels of symbolic links"});
      case 8:
        return told("popd +99", {"popd", "popd +99", ""});
      default:
        return "(" + told("cd nowhere", {"cd", "cd nowhere", "No such file or directory"}) + ")";
    }
  }

  fs::path base_, truth_;
  std::mt19937 random_;
  TerminalShell shell_;
  std::vector<Expected> expected_;
};

void make_folders(const fs::path& base) {
  for (const auto& outer : folder_names)
    for (const auto& inner : folder_names) fs::create_directories(base / outer / inner);
  fs::create_directories(base / "home");
  fs::create_directory_symlink("plain", base / "link");
  fs::create_symlink("loop", base / "loop");
  std::ofstream(base / "file") << "not a directory\n";
}

void compare(const nlohmann::json& row, const Truth& truth) {
  INFO(row);
  CHECK(row["prev_dir"] == truth.before);
  CHECK(row["curr_dir"] == truth.after);
  CHECK(row["command"] == truth.command);
  CHECK(row["builtin"] == truth.builtin);
  CHECK(row["error"].is_null() == (truth.status == 0));
  if (truth.status != 0 && !truth.error.empty()) CHECK(row["error"] == truth.error);
}

/// The rows of one shell and its children against what they said themselves.
void compare(const std::vector<nlohmann::json>& rows, const std::map<pid_t, std::vector<Truth>>& truth) {
  std::map<pid_t, std::vector<nlohmann::json>> by_process;
  for (const auto& row : rows) by_process[row["pid"].get<pid_t>()].push_back(row);
  CHECK(by_process.size() == truth.size());
  for (const auto& [pid, said] : truth) {
    const auto& seen = by_process[pid];
    CAPTURE(pid, seen.size(), said.size());
    CHECK(seen.size() == said.size());
    for (std::size_t i = 0; i < std::min(seen.size(), said.size()); ++i) compare(seen[i], said[i]);
  }
}

}  // namespace

TEST_CASE("every random change of eight shells is one right row") {
  SONDA_NEED_BPF();
  constexpr int shells = 8, commands = 20;
  const auto* given = std::getenv("SONDA_TEST_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device()();
  INFO("SONDA_TEST_SEED=" << seed);
  const ScratchFolder scratch;
  const auto base = scratch.path() / "base";
  make_folders(base);
  Snoop snoop({"--json"}, {"LC_ALL=C"});
  REQUIRE(snoop.ready());

  std::vector<std::unique_ptr<RandomTypist>> typists;
  for (unsigned i = 0; i < shells; ++i)
    typists.push_back(
        std::make_unique<RandomTypist>(base, scratch.path() / fmt::format("truth{}", i), seed + i * 7919));
  {
    std::vector<std::jthread> hands;
    for (auto& typist : typists) hands.emplace_back([&typist] { typist->type(commands); });
  }
  // The rows have been sent by now; the signal makes it print what is still in the buffer.
  REQUIRE(snoop.stop(SIGINT) == 0);
  CHECK(snoop.errors().empty());
  for (const auto& typist : typists) {
    const auto truth = typist->truth();
    std::size_t changes = 0;
    for (const auto& [pid, said] : truth) changes += said.size();
    CHECK(changes >= commands);
    compare(snoop.rows_of({typist->pid()}), truth);
  }
}
