// The tracing files without a mount.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "base/text.h"
#include "kernel/privilege.h"
#include "kernel/tracefs.h"
#include "sonda/error.h"
#include "support/catch.h"
#include "support/skip.h"

using namespace sonda;

TEST_CASE("tracefs is there whether or not it is mounted, and others see no more of it") {
  SONDA_NEED(has_capability(Capability::sys_admin), "CAP_SYS_ADMIN (run as root)");
  const auto mounts = read_file("/proc/self/mounts", Stage::kernel);
  const Tracefs tracefs;
  CHECK(tracefs.open("trace_pipe", O_RDONLY | O_NONBLOCK));
  const auto id = tracefs.try_read("events/sched/sched_switch/id");
  REQUIRE(id);
  CHECK(parse_u64(trim(*id)));
  CHECK(read_file("/proc/self/mounts", Stage::kernel) == mounts);
}

TEST_CASE("categories and tracepoints are listed, without the files between them") {
  SONDA_NEED(has_capability(Capability::sys_admin), "CAP_SYS_ADMIN (run as root)");
  const Tracefs tracefs;
  const auto categories = tracefs.list("events");
  CHECK(std::find(categories.begin(), categories.end(), "sched") != categories.end());
  CHECK(std::find(categories.begin(), categories.end(), "enable") == categories.end());
  CHECK(std::is_sorted(categories.begin(), categories.end()));
  CHECK(tracefs.list("events/no_such_category").empty());
}

TEST_CASE("no path leads out of tracefs") {
  SONDA_NEED(has_capability(Capability::sys_admin), "CAP_SYS_ADMIN (run as root)");
  const Tracefs tracefs;
  for (const char* path : {"../../../etc/passwd", "/etc/passwd", "events/../../etc/passwd", "no_such_file", ""}) {
    CAPTURE(path);
    CHECK(tracefs.try_read(path) == std::nullopt);
    CHECK_THROWS_AS(tracefs.open(path, O_RDONLY), Error);
  }
}

TEST_CASE("a private mount is seen by the process that made it, and by no other") {
  SONDA_NEED(has_capability(Capability::sys_admin), "CAP_SYS_ADMIN (run as root)");
  const auto mounts = read_file("/proc/self/mounts", Stage::kernel);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const bool seen = mount_tracefs_privately() && ::access("/sys/kernel/tracing/events/sched", F_OK) == 0;
    ::_exit(seen ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(read_file("/proc/self/mounts", Stage::kernel) == mounts);
}

TEST_CASE("who lacks the privilege is told which capability, in one line") {
  SONDA_NEED(::geteuid() == 0, "root");
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::string said = "nothing";
    int status = 0;
    try {
      if (::setuid(65534) == 0) require_bpf_privilege();
    } catch (const Error& error) {
      said = error.what();
      status = static_cast<int>(error.exit());
    }
    [[maybe_unused]] const auto written = ::write(writer.get(), said.data(), said.size());
    ::_exit(status);
  }
  writer.reset();
  const auto said = read_all(reader.get(), "the child's words", Stage::read);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == static_cast<int>(Exit::cannot_run));
  CHECK(said.find("CAP_BPF and CAP_PERFMON are missing") != std::string::npos);
  CHECK(said.find("setcap cap_bpf,cap_perfmon+ep /") != std::string::npos);
  CHECK(said.find('\n') == std::string::npos);
}
