// sonda explain, as a user has it.
#include <fmt/format.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "support/catch.h"
#include "support/file_text.h"
#include "support/paths.h"
#include "support/patience.h"
#include "support/refused_probe.h"
#include "support/skip.h"
#include "support/terminal.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

std::string opens() { return example_probe("opens.c").string(); }

const std::string chromium = "/usr/bin/chromium";
bool has_chromium() { return std::filesystem::exists(chromium); }

#define NEED_BROWSER()                    \
  SONDA_NEED(has_chromium(), "chromium"); \
  SONDA_NEED(slowness() == 1, "a machine that is not emulated, to run a browser in reasonable time")

struct Browsed {
  std::string dom, messages;
  std::vector<std::string> requests;  ///< that the page made; the browser makes some for itself
};

/// The page as a browser without a network shows it.
Browsed browse(const std::filesystem::path& folder, const std::string& page) {
  const auto log = folder / "net.json", dom = folder / "dom", messages = folder / "messages";
  const auto command = fmt::format(
      "{} --headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
      "--disable-sync --no-first-run --host-resolver-rules='MAP * ~NOTFOUND' --enable-logging=stderr "
      "--user-data-dir={} --log-net-log={} --dump-dom file://{} >{} 2>{}; echo done",
      chromium, (folder / "profile").string(), log.string(), page, dom.string(), messages.string());
  TargetProcess browser("/bin/sh", {"-c", command});
  REQUIRE(browser.line() == "done");
  Browsed seen{text_of(dom), text_of(messages), {}};
  CAPTURE(seen.messages);
  const auto events = nlohmann::json::parse(text_of(log)).at("events");
  for (const auto& event : events) {
    const auto made = event.value("params", nlohmann::json::object());
    if (made.contains("url") && made.value("initiator", "not an origin") != "not an origin")
      seen.requests.push_back(made.at("url"));
  }
  return seen;
}

}  // namespace

TEST_CASE("explain shows a probe, in a pipe without columns or colours") {
  SONDA_NEED_BPF();
  const auto end = sonda_program({"explain", opens()});
  CAPTURE(end.err);
  CHECK(end.status == 0);
  CHECK(contains(end.out, "tracepoint__syscalls__sys_exit_openat (tracepoint)"));
  CHECK(contains(end.out, "call bpf_map_lookup_elem"));
  CHECK(end.out.find('\x1b') == std::string::npos);
  CHECK(sonda_program({"explain", "--plain", opens()}).out == end.out);
}

TEST_CASE("explain: one function of a file, JSON") {
  SONDA_NEED_BPF();
  const auto end = sonda_program({"explain", "--json", opens(), "tracepoint__syscalls__sys_enter_openat"});
  CAPTURE(end.err);
  REQUIRE(objects(end, "probe").size() == 1);
  REQUIRE(objects(end, "function").size() == 1);
  CHECK(objects(end, "function")[0].at("accepted") == true);
}

TEST_CASE("explain: a refused function is shown, the others too, and the status says so") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("refused.c", refused_probe);
  const auto end = sonda_program({"explain", path});
  CHECK(end.status == 1);
  CHECK(contains(end.out, "good (kprobe)"));
  CHECK(contains(end.out, "the kernel refuses it:"));
  CHECK(contains(end.out, "refused.c:6"));
  CHECK(sonda_program({"explain", path, "good"}).status == 0);
}

TEST_CASE("explain: wrong input gets one clear error") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto broken = probes.write("broken.c", "int f(void *ctx) { return nothing; }\n");
  const auto compile = sonda_program({"explain", broken});
  CHECK(compile.status == 1);
  CHECK(contains(compile.err, "broken.c:1"));
  const auto missing = sonda_program({"explain", opens(), "no_such_function"});
  CHECK(missing.status == 1);
  CHECK(contains(missing.err, "tracepoint__syscalls__sys_exit_openat"));
  CHECK(sonda_program({"explain"}).status == 2);
  CHECK(sonda_program({"explain", opens(), "--json", "--plain"}).status == 2);
  const auto folder = sonda_program({"explain", opens(), "--html", probes.path().string()});
  CHECK(folder.status == 2);
  CHECK(contains(folder.err, "it is a folder"));
  const auto pipe = (probes.path() / "pipe").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(sonda_program({"explain", opens(), "--html", pipe}).status == 2);
  CHECK(std::filesystem::is_fifo(pipe));
  const auto itself = probes.write("itself.c", "int f(void *ctx) { return 0; }\n");
  CHECK(sonda_program({"explain", itself, "--html", itself}).status == 2);
  CHECK(contains(text_of(itself), "int f"));
}

TEST_CASE("explain fits the terminal's width") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_terminal(), "tmux");
  for (const auto& [columns, rows] : {std::pair(40, 10), std::pair(80, 24), std::pair(132, 40)}) {
    CAPTURE(columns);
    const Terminal terminal({built_program("sonda").string(), "explain", opens()},
                            {.columns = columns, .rows = rows, .environment = {"LC_ALL=C"}});
    CHECK(terminal.wait() == 0);
    const auto history = terminal.history();
    CHECK(contains(history, columns >= 96 ? "opens.perf_submit(args, &open, sizeof(open));" : "opens"));
    CHECK(contains(history, "call bpf_ktime_get_ns"));
  }
}

TEST_CASE("explain: the page opens in a browser, asks nobody for anything, and nothing fails in it") {
  SONDA_NEED_BPF();
  NEED_BROWSER();
  const Probes probes;
  const auto path =
      probes.write("refused.c", std::string("// </script><script>document.title='taken'</script>\n") + refused_probe);
  const auto page = (probes.path() / "page.html").string();
  REQUIRE(sonda_program({"explain", path, "--html", page}).status == 1);
  const auto seen = browse(probes.path(), page);
  CAPTURE(seen.messages);
  CHECK(contains(seen.dom, "<title>refused.c explained</title>"));
  CHECK(contains(seen.dom, "<body class=\"js\">"));
  CHECK(contains(seen.dom, "class=\"insn failed"));
  CHECK(contains(seen.dom, "aria-current=\"true\""));
  CHECK_FALSE(contains(seen.messages, "CONSOLE"));
  CHECK(seen.requests.empty());
}

TEST_CASE("explain: a page that asks somebody, or complains, would be noticed") {
  NEED_BROWSER();
  const Probes probes;
  const auto page = probes.write("page.html", "<img src=\"http://127.0.0.1:9/x\"><script>nothing()</script>\n");
  const auto seen = browse(probes.path(), page);
  CHECK(seen.requests == std::vector<std::string>{"http://127.0.0.1:9/x"});
  CHECK(contains(seen.messages, "CONSOLE"));
}

}  // namespace sonda::test
