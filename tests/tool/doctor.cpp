// sonda doctor on this machine: what is known of it is found, and nothing is left behind.
#include <bpf/bpf.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "sonda/fd.h"
#include "support/catch.h"
#include "support/private_mounts.h"
#include "support/scratch.h"
#include "support/skip.h"
#include "support/terminal.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

using Json = nlohmann::json;

/// Findings by id.
using Report = std::map<std::string, Json>;

Report parsed(const std::string& text) {
  Report report;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    auto object = Json::parse(line);
    auto id = object.at("id").get<std::string>();
    REQUIRE(report.emplace(id, std::move(object)).second);
  }
  return report;
}

ToolEnd doctor(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
  arguments.insert(arguments.begin(), "doctor");
  StartedTool tool("sonda", arguments, {.environment = std::move(environment)});
  return tool.wait();
}

std::string status_of(const Report& report, const std::string& id) { return report.at(id).at("status"); }
std::string found_in(const Report& report, const std::string& id) { return report.at(id).at("found"); }

/// The ids of the programs and maps that the doctor makes, by the names that it gives them.
std::size_t left_behind() {
  std::size_t count = 0;
  for (std::uint32_t id = 0; ::bpf_prog_get_next_id(id, &id) == 0;) {
    const UniqueFd program(::bpf_prog_get_fd_by_id(id));
    bpf_prog_info info{};
    std::uint32_t size = sizeof info;
    if (program && ::bpf_obj_get_info_by_fd(program.get(), &info, &size) == 0 &&
        std::string_view(info.name) == "sonda_doctor")
      ++count;
  }
  for (std::uint32_t id = 0; ::bpf_map_get_next_id(id, &id) == 0;) {
    const UniqueFd map(::bpf_map_get_fd_by_id(id));
    bpf_map_info info{};
    std::uint32_t size = sizeof info;
    if (map && ::bpf_obj_get_info_by_fd(map.get(), &info, &size) == 0 && std::string_view(info.name) == "sonda_doctor")
      ++count;
  }
  return count;
}

/// The program as a user without any privilege runs it: copied to where everybody can read it, since a checkout may be
/// private.
ToolEnd as_nobody(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{"--reuid=65534", "--regid=65534", "--clear-groups", built_program("sonda").string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  StartedTool tool("/usr/bin/setpriv", words, {.environment = {"HOME=/nonexistent", "XDG_CACHE_HOME="}});
  return tool.wait();
}

bool everybody_can_run(std::filesystem::path path) {
  for (; path.has_relative_path(); path = path.parent_path()) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0 || (info.st_mode & S_IXOTH) == 0) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("the doctor's whole report, as JSON") {
  SONDA_NEED_BPF();
  const auto end = doctor({"--json"});
  CAPTURE(end.err, end.out);
  CHECK(end.err.empty());
  const auto report = parsed(end.out);

  std::set<std::string> words;
  for (const auto& [id, object] : report) {
    CAPTURE(id, object.dump());
    CHECK(object.at("type") == "finding");
    CHECK(object.size() == (object.contains("version") ? 10 : 9));
    const std::string status = object.at("status");
    CHECK((status == "ok" || status == "limited" || status == "missing" || status == "unknown"));  // nothing is broken
    CHECK(object.at("remedy").get<std::string>().empty() == (status == "ok"));
    CHECK(object.at("section").is_string());
    CHECK(object.at("needed").is_boolean());
    CHECK(object.at("ms").get<double>() >= 0);
    CHECK(object.at("details").is_array());
    if (status != "ok") CHECK_FALSE(object.at("found").get<std::string>().empty());
  }
  // What the tests of this project know by other ways.
  for (const char* id : {"release", "loading", "uprobe", "uretprobe", "raw-tracepoint", "software-events", "hash",
                         "ring-buffer", "batch", "xdp", "worker", "libbcc", "llvm", "compile", "bash", "probe.cdsnoop",
                         "probe.pagefaultcount", "probe.cdsnoop_classic", "probe.pagefaultcount_classic"}) {
    CAPTURE(id);
    CHECK(status_of(report, id) == "ok");
  }
  CHECK(found_in(report, "libbcc").starts_with("0."));
  CHECK(contains(found_in(report, "probe.pagefaultcount"), "2 attach points"));
  CHECK((status_of(report, "kprobe") == "ok") == can_kprobe());
  CHECK((status_of(report, "watchpoint") == "ok") == can_watch());
  CHECK(end.status == 0);
  CHECK(left_behind() == 0);
}

TEST_CASE("a kernel without kprobes is told which option it lacks") {
  SONDA_NEED_BPF();
  SONDA_NEED(!can_kprobe(), "a kernel without kprobes");
  const auto end = doctor({"--json", "--only", "kprobe", "--only", "kretprobe"});
  const auto report = parsed(end.out);
  REQUIRE(report.size() == 2);
  for (const auto& [id, object] : report) {
    CHECK(object.at("status") == "missing");
    CHECK(contains(object.at("remedy"), "CONFIG_KPROBES=y"));
    CHECK(contains(object.at("remedy"), "tracepoint"));
    CHECK(object.at("needed") == true);
  }
  CHECK(end.status == 77);
}

TEST_CASE("the doctor tells a user without privilege what he cannot see, and how he could") {
  SONDA_NEED(::geteuid() == 0, "root, to become nobody");
  SONDA_NEED(everybody_can_run(built_program("sonda")), "a build that other users can run");
  const auto end = as_nobody({"doctor", "--json"});
  CAPTURE(end.err, end.out);
  const auto report = parsed(end.out);
  CHECK(end.status == 77);
  CHECK(status_of(report, "capabilities") == "missing");
  CHECK(contains(report.at("capabilities").at("remedy"), "setcap cap_bpf,cap_perfmon+ep"));
  for (const char* id : {"loading", "uprobe", "hash", "xdp", "jit"}) {
    CAPTURE(id);
    CHECK(status_of(report, id) == "unknown");
    CHECK(contains(report.at(id).at("remedy"), "sudo"));
  }
  CHECK(status_of(report, "btf") == "ok");
  CHECK(status_of(report, "compile") == "ok");
  CHECK(status_of(report, "bash") == "ok");
  CHECK(status_of(report, "cache") == "limited");
  CHECK(status_of(report, "probe.pagefaultcount") == "unknown");
  CHECK(contains(report.at("probe.pagefaultcount").at("remedy"), "sudo"));
}

TEST_CASE("in a user namespace, capabilities are told to be worth nothing") {
  SONDA_NEED(::geteuid() == 0, "root, for a user namespace whatever the machine's settings are");
  StartedTool tool("/usr/bin/unshare",
                   {"--user", "--map-root-user", built_program("sonda").string(), "doctor", "--json", "--only",
                    "kernel", "--only", "privilege", "--only", "hash"},
                   {});
  const auto end = tool.wait();
  CAPTURE(end.out, end.err);
  const auto report = parsed(end.out);
  CHECK(end.status == 77);
  CHECK(status_of(report, "user-namespace") == "missing");
  CHECK(status_of(report, "hash") == "unknown");
  CHECK(contains(found_in(report, "capabilities"), "only for this user namespace"));
  CHECK(contains(report.at("jit").at("remedy"), "outside"));
}

TEST_CASE("a worker that is not there, or is something else, is found") {
  const ScratchFolder folder;
  const auto absent =
      doctor({"--json", "--only", "worker", "--only", "compile"}, {"SONDA_LIBEXEC=" + folder.path().string()});
  CHECK(absent.status == 1);
  for (const auto& [id, object] : parsed(absent.out)) {
    CHECK(object.at("status") == "broken");
    CHECK(contains(object.at("remedy"), "SONDA_LIBEXEC"));
  }
  std::filesystem::permissions(folder.write("sonda-compile", "#!/bin/sh\necho oh; exit 3\n"),
                               std::filesystem::perms::owner_all);
  const auto other = doctor({"--json", "--only", "compile"}, {"SONDA_LIBEXEC=" + folder.path().string()});
  CHECK(other.status == 1);
  const auto report = parsed(other.out);
  CHECK(status_of(report, "compile") == "broken");
  CHECK(contains(found_in(report, "compile"), "status 3"));
}

TEST_CASE("a cache that cannot be used is found, and not touched") {
  const ScratchFolder folder;
  const auto look = [&] { return doctor({"--json", "--only", "cache"}, {"XDG_CACHE_HOME=" + folder.path().string()}); };
  SECTION("none yet") {
    const auto end = look();
    CHECK(status_of(parsed(end.out), "cache") == "ok");
    CHECK(end.status == 0);
    CHECK(std::filesystem::is_empty(folder.path()));
  }
  SECTION("a file in its place") {
    folder.write("sonda", "");
    const auto end = look();
    CHECK(status_of(parsed(end.out), "cache") == "broken");
    CHECK(parsed(end.out).at("cache").at("remedy") == "rm " + (folder.path() / "sonda").string());
    CHECK(end.status == 1);
  }
  SECTION("another user's") {
    SONDA_NEED(::geteuid() == 0, "root, to give a folder away");
    std::filesystem::create_directory(folder.path() / "sonda");
    REQUIRE(::chown((folder.path() / "sonda").c_str(), 65534, 65534) == 0);
    const auto end = look();
    CHECK(status_of(parsed(end.out), "cache") == "broken");
    CHECK(contains(parsed(end.out).at("cache").at("remedy"), "chown"));
  }
}

TEST_CASE("a home that cannot be written is a limit, and a disk that is full is one") {
  SONDA_NEED(PrivateMounts::possible(), "CAP_SYS_ADMIN, to mount");
  const ScratchFolder folder;
  const PrivateMounts mounts;
  mounts.mount_tmpfs(folder.path(), {.bytes = 64 << 10, .inodes = 0});
  StartedTool tool("sonda", {"doctor", "--json", "--only", "cache"},
                   {.environment = {"XDG_CACHE_HOME=" + folder.path().string()}, .mounts = &mounts});
  const auto end = tool.wait();
  const auto report = parsed(end.out);
  CHECK(status_of(report, "cache") == "limited");
  CHECK(contains(found_in(report, "cache"), "full"));
}

TEST_CASE("the doctor needs no PATH and no home") {
  SONDA_NEED_BPF();
  const auto end = doctor({"--json", "--only", "user", "--only", "compiler", "--only", "privilege"},
                          {"PATH=", "HOME=", "XDG_CACHE_HOME="});
  CAPTURE(end.out, end.err);
  CHECK(end.status == 0);
  CHECK(end.err.empty());
  CHECK(status_of(parsed(end.out), "bash") == "ok");
}

TEST_CASE("the doctor's text names what is missing, and sums up") {
  const auto end = doctor({"--only", "release", "--only", "compiler"});
  CAPTURE(end.out, end.err);
  CHECK(end.status == 0);
  CHECK(end.out.starts_with("Kernel\n  ok      release Linux "));
  CHECK(contains(end.out, "\nCompiler\n"));
  CHECK(contains(end.out, "\nall that is needed is there\n"));
  CHECK(end.out.find('\x1b') == std::string::npos);
}

TEST_CASE("the doctor's list needs no privilege, and its mistakes are the command line's") {
  const auto list = doctor({"--list", "--json"});
  CHECK(list.status == 0);
  CHECK(parsed(list.out).at("kprobe").at("section") == "attach");
  CHECK(parsed(doctor({"--list", "--json", "--examples"}).out).contains("example.opens"));
  const auto wrong = doctor({"--only", "kprobess"});
  CHECK(wrong.status == 2);
  CHECK(contains(wrong.err, "did you mean 'kprobe'"));
}

TEST_CASE("the report fits a narrow terminal") {
  SONDA_NEED(can_open_terminal(), "tmux");
  const Terminal terminal({built_program("sonda").string(), "doctor", "--only", "kernel", "--only", "maps"},
                          {.columns = 50, .rows = 100, .environment = {}, .folder = "/"});
  const auto screen = terminal.wait_for("checks:");
  CHECK(contains(screen, "Kernel\n"));
  CHECK(contains(screen, "  ok      release"));
  CHECK(contains(terminal.screen(true), "\x1b["));
}

}  // namespace sonda::test
