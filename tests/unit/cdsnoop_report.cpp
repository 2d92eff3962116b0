// How changes look in each format.
#include <cerrno>

#include "report/writer.h"
#include "support/catch.h"
#include "support/scratch.h"
#include "tools/cdsnoop/change.h"

using namespace sonda::cdsnoop;

namespace {

constexpr std::uint64_t noon = 1'714'559'400'123'456'789;  // 2024-05-01 10:30:00 UTC

Change change() {
  Change result;
  result.pid = 7;
  result.prev_dir = "/a";
  result.curr_dir = "/b";
  result.words = {"b"};
  return result;
}

/// Sets the time zone for a while.
struct Zone {
  explicit Zone(const char* name) : variable("TZ", name) { ::tzset(); }
  sonda::test::ScopedVariable variable;
};

}  // namespace

TEST_CASE("times are local") {
  {
    const Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
    CHECK(clock_time(noon, false) == "12:30:00");
    CHECK(clock_time(noon, true) == "2024-05-01 12:30:00");
  }
  const Zone zone("NST3:30");
  CHECK(clock_time(noon, false) == "07:00:00");
}

TEST_CASE("header and rows align") {
  const Zone zone("UTC0");
  ErrorTexts errors;
  const auto columns = change_columns(false);
  const auto header = sonda::report::text_header(columns);
  const auto row = sonda::report::text_row(columns, change_row(change(), noon, false, errors));
  CHECK(row == "10:30:00 7        /a                       /b                       cd b\n");
  CHECK(header.find("PID") == row.find('7'));
  CHECK(header.find("CURR_DIR") == row.find("/b"));
  CHECK(header.find("COMM") == row.find("cd b"));
}

TEST_CASE("JSON says null where there is nothing") {
  const Zone zone("UTC0");
  ErrorTexts errors;
  auto lost = change();
  lost.prev_dir.reset();
  CHECK(sonda::report::json_row(change_columns(false), change_row(lost, noon, false, errors)) ==
        R"({"type":"change","time":1714559400.123456,"pid":7,"ppid":0,"uid":0,"prev_dir":null,"curr_dir":"/b",)"
        R"("command":"cd b","error":null,"errno":0,"builtin":"cd"})"
        "\n");
}

TEST_CASE("a failure is in the last column of the text, and apart in JSON") {
  const sonda::test::ScopedVariable language("LC_ALL", "C");
  ErrorTexts errors;
  auto failed = change();
  failed.status = 1;
  failed.error = EACCES;
  failed.format = "%s: %s";
  const auto columns = change_columns(false);
  const auto cells = change_row(failed, noon, false, errors);
  CHECK(sonda::report::text_row(columns, cells).ends_with(" cd b: Permission denied\n"));
  CHECK(sonda::report::json_row(columns, cells)
            .ends_with("\"command\":\"cd b\",\"error\":\"Permission denied\",\"errno\":13,\"builtin\":\"cd\"}\n"));
}

TEST_CASE("texts of errors come in C where the language is not installed") {
  const sonda::test::ScopedVariable language("LC_ALL", "xx_XX.UTF-8");
  ErrorTexts errors;
  CHECK(errors(ENOENT) == "No such file or directory");
}
