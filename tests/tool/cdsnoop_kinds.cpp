// What a row says, for each kind of change, and how it is printed.
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "base/escape.h"
#include "support/catch.h"
#include "support/scratch.h"
#include "support/skip.h"
#include "tool/cdsnoop_support.h"

namespace {

namespace fs = std::filesystem;
using namespace sonda::test;
using nlohmann::json;

/// Runs `script` with bash -c in `directory` under a cdsnoop with `arguments`; gives what that printed.
std::unique_ptr<Snoop> watch(const std::string& script, const fs::path& directory, std::vector<std::string> arguments,
                             const std::vector<std::string>& environment = {"LC_ALL=C"}) {
  auto snoop = std::make_unique<Snoop>(std::move(arguments), environment);
  REQUIRE(snoop->ready());
  run_program({"/bin/bash", "--norc", "-c", script}, {"LC_ALL=C", "PWD=" + directory.string(), "HOME=/usr"}, directory);
  REQUIRE(snoop->stop(SIGINT) == 0);
  return snoop;
}

/// The rows whose directory before is below `directory`: other shells of the machine are seen as well.
std::vector<json> rows_below(const Snoop& snoop, const fs::path& directory) {
  auto rows = snoop.rows();
  std::erase_if(rows, [&](const json& row) {
    return !row["prev_dir"].is_string() || !row["prev_dir"].get<std::string>().starts_with(directory.string());
  });
  return rows;
}

}  // namespace

TEST_CASE("a row has all that is known about a change") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  fs::create_directory(scratch.path() / "a b");
  const auto before = ::time(nullptr);
  const auto snoop = watch("cd 'a b'; cd nowhere; true", scratch.path(), {"--json"});
  const auto rows = rows_below(*snoop, scratch.path());
  REQUIRE(rows.size() == 2);

  std::vector<std::string> keys;
  const auto first = nlohmann::ordered_json::parse(snoop->lines().at(0));
  for (const auto& [key, value] : first.items()) keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"version", "type", "time", "pid", "ppid", "uid", "prev_dir", "curr_dir",
                                         "command", "error", "errno", "builtin"});
  CHECK(rows[0]["ppid"] == ::getpid());
  CHECK(rows[0]["uid"] == ::getuid());
  CHECK(rows[0]["prev_dir"] == scratch.path().string());
  CHECK(rows[0]["curr_dir"] == (scratch.path() / "a b").string());
  CHECK(rows[0]["command"] == "cd 'a b'");
  CHECK(rows[0]["error"].is_null());
  CHECK(rows[0]["errno"] == 0);
  CHECK(rows[0]["builtin"] == "cd");
  CHECK(rows[1]["pid"] == rows[0]["pid"]);
  CHECK(rows[1]["curr_dir"] == rows[1]["prev_dir"]);
  CHECK(rows[1]["error"] == "No such file or directory");
  CHECK(rows[1]["errno"] == ENOENT);

  const auto when = rows[0]["time"].get<double>();
  CHECK(when >= static_cast<double>(before));
  CHECK(when < static_cast<double>(::time(nullptr) + 1));
}

TEST_CASE("a text row is the report's, and a failed one ends in the reason") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  fs::create_directory(scratch.path() / "sub");
  const auto snoop = watch("cd sub; cd nowhere; true", scratch.path(), {});
  const auto lines = snoop->lines();
  REQUIRE(lines.size() >= 3);
  CHECK_THAT(lines[0], sonda::test::Matches("TIME +PID +PREV_DIR +CURR_DIR +COMM"));
  const auto here = scratch.path().string();
  const auto has = [&](const std::string& pattern) {
    return std::ranges::any_of(lines, [&](const auto& line) { return sonda::test::Matches(pattern).match(line); });
  };
  INFO(snoop->output());
  CHECK(has(fmt::format(R"(\d\d:\d\d:\d\d +\d+ +{0} +{0}/sub +cd sub)", here)));
  CHECK(has(fmt::format(R"(\d\d:\d\d:\d\d +\d+ +{0}/sub +{0}/sub +cd nowhere: No such file or directory)", here)));
}

TEST_CASE("option -T shows the date, --csv has the same names as --json") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  CHECK_THAT(watch("cd /", scratch.path(), {"-T"})->lines().at(1),
             sonda::test::Matches(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d .*)"));
  CHECK(watch("cd /", scratch.path(), {"--csv"})->lines().at(0) ==
        "time,pid,ppid,uid,prev_dir,curr_dir,command,error,errno,builtin");
}

TEST_CASE("every reason that bash gives is told") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  fs::create_directory(scratch.path() / "x");
  const auto script =
      "unset OLDPWD; cd -; unset HOME; cd; cd a b; cd -Z; popd; pushd; pushd +3; pushd -Z; set -o posix; cd nowhere; "
      "set +o posix; cd $(printf %05000d 0); readonly OLDPWD; cd x; cd --help; set -r; cd ..";
  const auto rows = rows_below(*watch(script, scratch.path(), {"--json"}), scratch.path());
  std::vector<std::string> errors;
  for (const auto& row : rows) errors.push_back(row["error"].is_null() ? "none" : row["error"].get<std::string>());
  CHECK(errors == std::vector<std::string>{"OLDPWD not set", "HOME not set", "too many arguments", "-Z: invalid option",
                                           "directory stack empty", "no other directory", "directory stack empty",
                                           "-Z: invalid number", "No such file or directory", "File name too long",
                                           "OLDPWD: readonly variable", "restricted"});
  REQUIRE(rows.size() == 12);
  CHECK(rows[9]["errno"] == ENAMETOOLONG);
  CHECK(rows[10]["errno"] == 0);
  CHECK(rows[10]["curr_dir"] == (scratch.path() / "x").string());  // bash says it failed, and changed all the same
}

TEST_CASE("a command with very many words says that there were more") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  const auto rows = rows_below(*watch("cd {1..40}; cd x", scratch.path(), {"--json"}), scratch.path());
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["command"].get<std::string>().starts_with("cd 1 2 3 "));
  CHECK(rows[0]["command"].get<std::string>().ends_with(" 32 …"));
  CHECK(rows[0]["error"] == "too many arguments");
  CHECK(rows[1]["command"] == "cd x");
}

TEST_CASE("a change that only rearranges the stack is no row") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  const auto rows =
      rows_below(*watch("pushd -n /usr; dirs; popd -n; pwd; cd /", scratch.path(), {"--json"}), scratch.path());
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["command"] == "cd /");
}

TEST_CASE("the longest paths are whole") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  const auto start = fs::canonical(scratch.path()).string();
  // PATH_MAX is 4096 with the NUL.
  std::string script = "set -e; ";
  std::string path = start;
  while (path.size() < 4095) {
    const auto length = std::min<std::size_t>(250, 4095 - path.size() - 1);
    if (4095 - path.size() - 1 - length == 1) break;  // would leave room for a slash and no name
    const std::string name(length, static_cast<char>('a' + path.size() % 26));
    path += '/' + name;
    script += fmt::format("mkdir {0}; cd {0}; ", name);
  }
  const auto rows = rows_below(*watch(script + "cd ..; cd - >/dev/null", scratch.path(), {"--json"}), scratch.path());
  REQUIRE(rows.size() > 10);
  CHECK(path.size() >= 4090);
  CHECK(rows.back()["curr_dir"] == path);
  CHECK(rows[rows.size() - 2]["prev_dir"] == path);
}

TEST_CASE("names that would command a terminal are harmless in every format") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  const std::vector<std::string> names{"\x1b[31mred\x1b]0;title\x07",
                                       "\xff\xfe not utf-8",
                                       "two\nlines\r\t",
                                       "\xe2\x80\xaegpj.exe",
                                       "\xc2\x9b"
                                       "31m",
                                       "\"},{\"pid\":1"};
  std::string script;
  for (const auto& name : names) {
    fs::create_directory(scratch.path() / name);
    script += fmt::format("cd {}; cd ..; ", typed(name));
  }
  const auto as_json = watch(script, scratch.path(), {"--json"});
  CHECK(rows_below(*as_json, scratch.path()).size() == names.size() * 2);  // each line parses, or rows() throws
  const auto as_text = watch(script, scratch.path(), {});
  for (const auto* snoop : {as_json.get(), as_text.get()}) {
    for (const auto& line : snoop->lines()) {
      CHECK(sonda::to_valid_utf8(line) == line);
      CHECK(line.find_first_of("\x1b\x07\r\t") == std::string::npos);
      CHECK(line.find("\xe2\x80\xae") == std::string::npos);
      CHECK(line.find("\xc2\x9b") == std::string::npos);
    }
  }
  CHECK(std::ranges::count(as_text->output(), '\n') >= static_cast<long>(names.size() * 2 + 1));
}

TEST_CASE("the reason is in the language of the one who watches") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  const auto made = run_program({"localedef", "-i", "it_IT", "-f", "UTF-8", (scratch.path() / "it_IT.UTF-8").string()});
  SONDA_NEED(made == 0 && fs::exists("/usr/share/locale/it/LC_MESSAGES/libc.mo"),
             "Italian (the packages locales and libc-l10n)");
  fs::create_directory(scratch.path() / "sub");
  const auto italian =
      std::vector<std::string>{"LOCPATH=" + scratch.path().string(), "LC_ALL=", "LANGUAGE=", "LANG=it_IT.UTF-8"};
  const auto rows = rows_below(*watch("cd sub; cd nowhere", scratch.path(), {"--json"}, italian), scratch.path());
  REQUIRE(rows.size() == 2);
  CHECK(rows[1]["error"] == "File o directory non esistente");
  CHECK(rows[1]["errno"] == ENOENT);
}
