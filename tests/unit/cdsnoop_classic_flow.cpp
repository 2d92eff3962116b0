// The first version's guessing: right for one shell, wrong for two.

#include "support/catch.h"
#include "tools/cdsnoop/classic_flow.h"

using sonda::cdsnoop::ClassicFlow;

namespace {

/// Feeds messages, each with the process that sent it; gives the lines.
std::vector<std::string> lines(const std::vector<std::pair<int, std::string>>& messages) {
  ClassicFlow flow("File o directory non esistente");
  std::vector<std::string> result;
  for (const auto& [pid, message] : messages) {
    sonda::TraceFields fields;
    fields.pid = pid;
    fields.message = message;
    if (const auto line = flow.next(fields, "10:00:00")) result.push_back(*line);
  }
  return result;
}

}  // namespace

TEST_CASE("the header is the report's") {
  CHECK(ClassicFlow::header() == "TIME         PID        PREV_DIR        CURR_DIR   COMM\n");
}

TEST_CASE("a lone shell's change is told as the report tells it") {
  CHECK(lines({{7, "ls -l"}, {7, "cd tmp"}, {7, "/home/ann"}, {7, "/tmp"}}) ==
        std::vector<std::string>{"10:00:00     7          ann             tmp        cd tmp\n"});
  CHECK(lines({{7, "cd ~"}, {7, "/tmp"}, {7, "/home/ann"}}) ==
        std::vector<std::string>{"10:00:00     7          tmp             home       cd home\n"});
}

TEST_CASE("so is an error") {
  const std::vector<std::string> error{"10:00:00     7     bash : cd : nowhere File o directory non esistente \n"};
  CHECK(lines({{7, "cd nowhere"}, {7, "/tmp"}, {7, "bash"}}) == error);
  CHECK(lines({{7, "cd nowhere"}, {7, "bash"}}) == error);
}

TEST_CASE("what is not 'cd' and one word is passed over") {
  CHECK(lines({{7, "cd"}, {7, "cd a b"}, {7, "/tmp"}, {7, "bash"}}).empty());
}

TEST_CASE("two shells at once are taken for one") {
  const auto mixed = lines({{7, "cd a"}, {8, "cd b"}, {7, "/home"}, {8, "/home"}});
  CHECK(mixed == std::vector<std::string>{"10:00:00     7          cd b            a          cd a\n"});
}

TEST_CASE("names that would command a terminal are harmless") {
  const auto hostile = lines({{7, "cd \x1b[2J"}, {7, "/a/\x1b]0;x"}, {7, "/"}});
  REQUIRE(hostile.size() == 1);
  CHECK(hostile[0].find('\x1b') == std::string::npos);
}
