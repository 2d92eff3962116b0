// The doctor's table of checks, and what becomes of a check that is run.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "cli/doctor/check.h"
#include "sonda/fd.h"
#include "support/catch.h"
#include "support/error_of.h"
#include "support/patience.h"

using namespace sonda;
using namespace sonda::cli::doctor;

namespace {

Check check_that(std::function<Finding()> run) {
  return {.id = "a", .section = "kernel", .proves = "it works", .run = std::move(run)};
}

}  // namespace

TEST_CASE("checks have ids of their own, a known section, and say what they prove") {
  std::set<std::string> names;
  for (const auto& section : sections()) CHECK(names.insert(std::string(section.name)).second);
  const auto is_section = [](const std::string& name) {
    return std::ranges::any_of(sections(), [&](const Section& section) { return section.name == name; });
  };
  for (const auto& check : all_checks(true)) {
    CAPTURE(check.id);
    CHECK(names.insert(check.id).second);
    CHECK(check.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-.") == std::string::npos);
    CHECK(is_section(check.section));
    CHECK_FALSE(check.proves.empty());
    CHECK(check.run);
    CHECK(check.limit.count() > 0);
  }
}

TEST_CASE("sections follow each other in the order of the report") {
  std::vector<std::string> seen, expected;
  for (const auto& check : all_checks(false))
    if (seen.empty() || seen.back() != check.section) seen.push_back(check.section);
  for (const auto& section : sections()) expected.emplace_back(section.name);
  CHECK(seen == expected);
}

TEST_CASE("the option --only takes ids and sections, and what is asked for by its id is needed") {
  const auto all = all_checks(false);
  CHECK(chosen(all, {}).size() == all.size());
  const auto some = chosen(all, {"kprobe", "maps"});
  CHECK(some.size() == 1 + map_checks().size());
  for (const auto& check : some) {
    CAPTURE(check.id);
    CHECK((check.id == "kprobe" || check.section == "maps"));
  }
  CHECK(chosen(all, {"kprobe"}).front().needed);
  CHECK(chosen(all, {"bloom-filter"}).front().needed);
  CHECK_FALSE(std::ranges::find(some, "bloom-filter", &Check::id)->needed);
}

TEST_CASE("the option --only with an unknown name says what is like it") {
  const auto error = test::error_of([] { chosen(all_checks(false), {"kprobes"}); });
  CHECK(error.exit() == Exit::usage);
  CHECK(error.hint().find("'kprobe'") != std::string::npos);
  CHECK(test::error_of([] { chosen(all_checks(false), {"qqqqqqqqqq"}); }).hint().find("--list") != std::string::npos);
}

TEST_CASE("a check gives its finding across processes, whatever bytes are in it") {
  auto finding = run_confined(check_that([] {
    auto found = limited("half \xff of it\n", "do \"this\"");
    found.details = {"one\ntwo", std::string(100'000, 'x')};
    return found;
  }));
  CHECK(finding.status == Status::limited);
  CHECK(finding.found == "half \xef\xbf\xbd of it\n");
  CHECK(finding.remedy == "do \"this\"");
  REQUIRE(finding.details.size() == 3);
  CHECK(finding.details[2].size() == 100'000);
}

TEST_CASE("what a check throws is a finding with a remedy") {
  const auto lacking = run_confined(check_that([]() -> Finding {
    throw std::move(Error(Stage::attach, "kprobe:x", "no kprobes", "use tracepoints").with_exit(Exit::cannot_run));
  }));
  CHECK(lacking.status == Status::missing);
  CHECK(lacking.found == "no kprobes");
  CHECK(lacking.remedy == "use tracepoints");
  const auto wrong =
      run_confined(check_that([]() -> Finding { throw Error(Stage::cache, "/x", "it is not a folder"); }));
  CHECK(wrong.status == Status::broken);
  CHECK(wrong.found == "/x: it is not a folder");
  CHECK_FALSE(wrong.remedy.empty());
  const auto odd = run_confined(check_that([]() -> Finding { throw std::runtime_error("odd"); }));
  CHECK(odd.status == Status::broken);
  CHECK_FALSE(odd.remedy.empty());
}

TEST_CASE("a check that hangs is ended, with all that it started") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  auto check = check_that([] {
    ::signal(SIGTERM, SIG_IGN);
    if (::fork() < 0) return ok();
    for (;;) ::pause();
  });
  check.limit = std::chrono::seconds(1);
  const auto finding = run_confined(check);
  CHECK(finding.status == Status::broken);
  CHECK(finding.found == "no answer within 1 s; the check was ended");
  CHECK_FALSE(finding.remedy.empty());
  write_end.reset();
  pollfd closed{read_end.get(), POLLIN, 0};
  REQUIRE(::poll(&closed, 1, test::patience_ms()) == 1);
  CHECK((closed.revents & POLLHUP) != 0);
}

TEST_CASE("a check that crashes takes nobody with it") {
  const auto killed = run_confined(check_that([]() -> Finding {
    ::raise(SIGKILL);
    return ok();
  }));
  CHECK(killed.status == Status::broken);
  CHECK(killed.found.find("signal 9") != std::string::npos);
  const auto gone = run_confined(check_that([]() -> Finding { ::_exit(0); }));
  CHECK(gone.status == Status::broken);
  CHECK(gone.found == "the check ended without an answer");
}
