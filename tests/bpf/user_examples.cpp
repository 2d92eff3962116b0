// The examples of user-space tracing, as they are in examples/probes: compiled, attached as the file says, and seen to
// see something.
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <sstream>

#include "bpf/private_cache.h"
#include "sonda/sonda.h"
#include "support/catch.h"
#include "support/paths.h"
#include "support/skip.h"
#include "support/target_process.h"

namespace sonda::test {
namespace {

std::filesystem::path example(const std::string& name) { return test::example_probe(name); }

Probe attached(ProbeSource source) {
  static const auto cache = PrivateCache::or_shared();
  auto probe = Probe::open(std::move(source));
  probe.attach();
  return probe;
}

Probe attached(const std::string& name) { return attached(ProbeSource::open(example(name).string())); }

std::uint64_t sum(const Table& table) {
  std::uint64_t total = 0;
  const auto all = table.snapshot();
  for (std::size_t i = 0; i < all.size(); ++i) total += from_bytes<std::uint64_t>(all.value_bytes(i, 0));
  return total;
}

// A sanitizer brings allocators of its own, and libc's are never called.
#ifdef __SANITIZE_ADDRESS__
constexpr bool plain_allocator = false;
#else
constexpr bool plain_allocator = true;
#endif
constexpr auto allocator = "the plain allocators of libc and libstdc++, which a sanitizer replaces";

void shell(const std::string& commands) { CHECK(TargetProcess("/bin/bash", {"-c", commands}).wait() == 0); }

}  // namespace

TEST_CASE("example: the arguments of a function", "[user]") {
  SONDA_NEED_BPF();
  SONDA_NEED(plain_allocator, allocator);
  ::prctl(PR_SET_NAME, "asks_memory");
  auto probe = attached("user_arguments.c");
  constexpr std::size_t size = 12'345;
  for (int i = 0; i < 11; ++i) {
    void* volatile memory = std::malloc(size);  // NOLINT(cppcoreguidelines-no-malloc): it is what is probed
    std::free(memory);                          // NOLINT(cppcoreguidelines-no-malloc)
  }
  probe.detach_all();
  std::uint64_t asked = 0;
  const auto all = probe.table("asked").snapshot();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].key["comm"].text() == "asks_memory") asked = from_bytes<std::uint64_t>(all.value_bytes(i, 0));
  CHECK(asked >= 11 * size);
  CHECK(sum(probe.table("sizes")) >= 11);
}

TEST_CASE("example: how long a function takes", "[user]") {
  SONDA_NEED_BPF();
  auto probe = attached("user_latency.c");
  shell("cd /; cd /usr; cd -");
  probe.detach_all();
  CHECK(sum(probe.table("microseconds")) >= 3);
}

TEST_CASE("example: all functions of a pattern", "[user]") {
  SONDA_NEED_BPF();
  auto probe = attached("user_glob.c");
  REQUIRE(probe.links().size() == 1);
  CHECK(probe.links().front().places() > 20);
  shell("cd /; type cd; cd /usr");
  probe.detach_all();
  CHECK(sum(probe.table("calls")) >= 3);
}

TEST_CASE("example: a C++ function", "[user]") {
  SONDA_NEED_BPF();
  SONDA_NEED(plain_allocator, allocator);
  auto probe = attached("user_cxx.c");
  for (int i = 0; i < 13; ++i) ::operator delete(::operator new(100'000));
  probe.detach_all();
  CHECK(probe.table("sizes").find<std::uint64_t>(std::uint32_t{17}).value_or(0) >= 13);  // from 65536 on
}

TEST_CASE("example: a USDT probe of a library, with arguments", "[user]") {
  SONDA_NEED_BPF();
  auto probe = attached("user_usdt.c");
  for (int i = 0; i < 7; ++i) {
    try {
      throw std::bad_alloc();
    } catch (const std::bad_alloc&) {
    }
  }
  probe.detach_all();
  std::uint64_t thrown = 0;
  const auto all = probe.table("thrown").snapshot();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].key["type"].text() == "St9bad_alloc" &&
        all[i].key["pid"].u64() == static_cast<std::uint64_t>(::getpid()))
      thrown = from_bytes<std::uint64_t>(all.value_bytes(i, 0));
  CHECK(thrown == 7);
}

TEST_CASE("example: a watchpoint, with another address and $PID", "[user]") {
  SONDA_NEED_BPF();
  SONDA_NEED_WATCHPOINTS();
  TargetProcess process(target("marks_fixed"), {"--wait-for-newline", "--watched", "5003"});
  const auto line = process.line();
  REQUIRE(line.starts_with("watched=0x"));
  REQUIRE(process.line() == "ready");
  std::stringstream text;
  text << std::ifstream(example("user_watchpoint.c")).rdbuf();
  auto edited = text.str();
  const std::string_view address = "0x404060";
  REQUIRE(edited.find(address) != edited.npos);
  edited.replace(edited.find(address), address.size(), line.substr(8));
  auto source = ProbeSource::from_text("user_watchpoint.c", edited);
  CHECK(source.wants_process());
  source.set_process(process.pid());
  auto probe = attached(std::move(source));
  process.go_on();
  process.line();
  probe.detach_all();
  const auto writers = probe.table("writers");
  CHECK(writers.snapshot().size() == 1);  // one place in the code
  CHECK(sum(writers) == 5003);
}

}  // namespace sonda::test
