// What the programs still hold while they trace, as the kernel tells it.
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/files.h"
#include "base/text.h"
#include "kernel/privilege.h"
#include "support/catch.h"
#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

struct Held {
  bool filtered = false, no_new_privileges = false;
  std::uint64_t capabilities = 0;
  bool operator()(Capability one) const { return missing_capabilities(capabilities, {one}).empty(); }
};

Held held_by(pid_t pid) {
  const auto status = read_file("/proc/" + std::to_string(pid) + "/status", Stage::kernel);
  return {.filtered = contains(status, "\nSeccomp:\t2"),
          .no_new_privileges = contains(status, "\nNoNewPrivs:\t1"),
          .capabilities = parse_effective_capabilities(status).value_or(0)};
}

/// Once it is filtered, or after a second without.
Held held_at_work(const std::string& tool, const std::vector<std::string>& arguments) {
  StartedTool started(tool, arguments, {});
  REQUIRE(started.ready());
  Held held = held_by(started.pid());
  for (int i = 0; i < 100 && !held.filtered; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    held = held_by(started.pid());
  }
  started.signal(SIGINT, false);
  const auto end = started.wait();
  CAPTURE(end.err);
  CHECK(end.status == 0);
  return held;
}

constexpr const char* ticks =
    "BPF_ARRAY(counts, u64, 1);\n// @attach interval:ms:5\nint tick(void *ctx) { counts.increment(0); return 0; }\n";
constexpr const char* stacks =
    "BPF_STACK_TRACE(stacks, 64);\nBPF_HASH(counts, int, u64);\n// @attach interval:ms:5\n"
    "int tick(void *ctx) { int id = stacks.get_stackid(ctx, 0); counts.increment(id); return 0; }\n";

}  // namespace

TEST_CASE("a program that traces has dropped what it has no use for") {
  SONDA_NEED(has_capability(Capability::sys_admin), "CAP_SYS_ADMIN (run as root)");
  const Probes probes;
  for (const auto& [tool, arguments] :
       std::vector<std::pair<std::string, std::vector<std::string>>>{{"sonda", {"run", probes.write("ticks.c", ticks)}},
                                                                     {"pagefaultcount", {}},
                                                                     {"cdsnoop", {"--shell", "/bin/bash"}}}) {
    INFO(tool);
    const auto held = held_at_work(tool, arguments);
    CHECK(held.filtered);
    CHECK(held.no_new_privileges);
    CHECK(held(Capability::bpf));
    for (const auto gone : {Capability::sys_admin, Capability::sys_ptrace, Capability::net_admin,
                            Capability::dac_override, Capability::dac_read_search, Capability::chown})
      CHECK_FALSE(held(gone));
  }
}

TEST_CASE("what is still needed is kept") {
  SONDA_NEED(has_capability(Capability::sys_admin), "CAP_SYS_ADMIN (run as root)");
  const Probes probes;
  const auto naming = held_at_work("sonda", {"run", probes.write("stacks.c", stacks)});
  CHECK(naming.filtered);
  CHECK(naming(Capability::sys_ptrace));
  CHECK_FALSE(naming(Capability::sys_admin));
  const auto waiting = held_at_work("cdsnoop", {});
  CHECK(waiting.filtered);
  CHECK(waiting(Capability::sys_ptrace));
  CHECK_FALSE(waiting(Capability::net_admin));
}

TEST_CASE("with --keep-privileges, and where edits go live, nothing is dropped") {
  SONDA_NEED(has_capability(Capability::sys_admin), "CAP_SYS_ADMIN (run as root)");
  const Probes probes;
  const auto path = probes.write("ticks.c", ticks);
  for (const auto* option : {"--keep-privileges", "--watch"}) {
    INFO(option);
    const auto held = held_at_work("sonda", {"run", option, path});
    CHECK_FALSE(held.filtered);
    CHECK(held(Capability::sys_admin));
    CHECK_FALSE(held_at_work("pagefaultcount", {option}).filtered);
  }
}

}  // namespace sonda::test
