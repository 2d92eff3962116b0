// The doctor's report as text and as JSON.
#include <nlohmann/json.hpp>

#include "cli/doctor/print.h"
#include "support/catch.h"

using namespace sonda::cli::doctor;

namespace {

Check check(std::string id, std::string section, bool brief = false, bool needed = false) {
  return {.id = std::move(id),
          .section = std::move(section),
          .proves = "it works",
          .run = {},
          .needed = needed,
          .brief = brief};
}

std::string report(const Look& look, const std::vector<std::pair<Check, Finding>>& all) {
  std::vector<Check> checks;
  for (const auto& [check, finding] : all) checks.push_back(check);
  TextReport text(look, checks);
  std::string result;
  for (const auto& [check, finding] : all) result += text.add(check, finding);
  return result + text.end();
}

const std::vector<std::pair<Check, Finding>> sample{
    {check("release", "kernel", false, true), ok("Linux 6.1")},
    {check("bpffs", "kernel"), limited("not mounted", "mount -t bpf bpf /sys/fs/bpf")},
    {check("uprobe", "attach", true, true), ok()},
    {check("kprobe", "attach", true), missing("no kprobes", "another kernel")},
    {check("uretprobe", "attach", true, true), ok()},
};

}  // namespace

TEST_CASE("each finding has a line, its remedy below it, and brief ones share one") {
  CHECK(report({}, sample) ==
        "Kernel\n"
        "  ok      release Linux 6.1\n"
        "  limited bpffs   not mounted\n"
        "                  fix: mount -t bpf bpf /sys/fs/bpf\n"
        "\n"
        "Attach points and programs\n"
        "  missing kprobe    no kprobes\n"
        "                    fix: another kernel\n"
        "  ok      uprobe, uretprobe\n"
        "\n"
        "5 checks: 3 ok, 1 limited, 1 missing\n"
        "all that is needed is there\n");
}

TEST_CASE("what could not be tried for one reason is told once") {
  const auto why = unknown("not tried: CAP_BPF is missing", "sudo sonda doctor");
  const auto text = report({}, {{check("hash", "maps", true, true), why}, {check("array", "maps", true), why}});
  CHECK(text ==
        "Maps\n"
        "  unknown hash, array: not tried: CAP_BPF is missing\n"
        "          fix: sudo sonda doctor\n"
        "\n"
        "2 checks: 2 unknown\n"
        "needed and not there: hash\n");
}

TEST_CASE("what is broken is named at the end") {
  const auto text = report({}, {{check("worker", "compiler", false, true), broken("it is not there", "install it")}});
  CHECK(text.find("1 check: 1 broken\nbroken: worker\n") != std::string::npos);
  CHECK(text.find("all that is needed") == std::string::npos);
}

TEST_CASE("verbose output gives each check its line, what it proves, and its details") {
  auto finding = ok();
  finding.details = {"first\nsecond"};
  finding.took = std::chrono::microseconds(1500);
  CHECK(report({.verbose = true}, {{check("uprobe", "attach", true), finding}}) ==
        "Attach points and programs\n"
        "  ok      uprobe it works\n"
        "                 (1.5 ms)\n"
        "                 first\n"
        "                 second\n"
        "\n"
        "1 check: 1 ok\n"
        "all that is needed is there\n");
}

TEST_CASE("long lines are broken at the terminal's width, at blanks") {
  const auto text =
      report({.width = 50}, {{check("bpffs", "kernel"),
                              limited("maps cannot be pinned as it is not mounted", "mount -t bpf bpf /sys/fs/bpf")}});
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    CHECK(end - at <= 50);
    at = end + 1;
  }
  CHECK(text.find("\n                mounted\n") != std::string::npos);
}

TEST_CASE("a terminal is sent colours and nothing that it would obey") {
  const auto text = report({.colours = true}, {{check("bash", "user"), limited("\x1b[2J\x07 of it", "\x1b]0;x")}});
  CHECK(text.find("\x1b[33mlimited") != std::string::npos);
  CHECK(text.find("\x1b[2J") == std::string::npos);
  CHECK(text.find("\x1b]") == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
}

TEST_CASE("JSON has an object for each check, also for bytes that are no text") {
  auto finding = limited("half \xff", "do it");
  finding.took = std::chrono::microseconds(2500);
  finding.details = {"more"};
  const auto object = nlohmann::json::parse(json_of(check("bpffs", "kernel", false, true), finding));
  CHECK(object == nlohmann::json{{"type", "finding"},
                                 {"id", "bpffs"},
                                 {"section", "kernel"},
                                 {"status", "limited"},
                                 {"found", "half \xef\xbf\xbd"},
                                 {"remedy", "do it"},
                                 {"needed", true},
                                 {"ms", 2.5},
                                 {"details", {"more"}}});
}

TEST_CASE("the list names every check") {
  const std::vector<Check> checks{check("bpffs", "kernel"), check("hash", "maps", true, true)};
  CHECK(list_text(checks) ==
        "CHECK SECTION   NEEDED PROVES THAT\n"
        "bpffs kernel    no     it works\n"
        "hash  maps      yes    it works\n");
  CHECK(nlohmann::json::parse(json_of(checks.front())) ==
        nlohmann::json{
            {"type", "check"}, {"id", "bpffs"}, {"section", "kernel"}, {"proves", "it works"}, {"needed", false}});
}
