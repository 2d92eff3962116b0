// Changes are tried before they are told: in a copy of the probe, of which nothing stays.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bpf/private_cache.h"
#include "kernel/kernel.h"
#include "sonda/probe.h"
#include "support/catch.h"
#include "support/patience.h"
#include "support/skip.h"

using namespace sonda;

namespace {

constexpr std::string_view unchecked =
    "BPF_HASH(counts, u32, u64);\n"
    "int count(struct pt_regs *ctx) {\n"
    "  u32 key = 1;\n"
    "  u64 *n = counts.lookup(&key);\n"
    "  *n += 1;\n"
    "  return 0;\n"
    "}\n";

OpenOptions patient() { return {.compile = {.timeout = 2 * test::patience()}, .try_changes = 2 * test::patience()}; }

Probe open(std::string_view text, const OpenOptions& options) {
  return Probe::open(ProbeSource::from_text("tried.c", std::string(text)), options);
}

Error refusal_of(Probe& probe, const std::string& function = "count") {
  try {
    probe.program(function, BPF_PROG_TYPE_KPROBE);
  } catch (const Error& error) {
    return error;
  }
  FAIL("it loads");
  throw std::logic_error("unreachable");
}

std::size_t open_files() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

}  // namespace

TEST_CASE("a change that loads is the hint, and nothing of its trial stays") {
  SONDA_NEED_BTF();
  const auto cache = test::PrivateCache::or_shared();
  auto options = patient();
  std::vector<std::string> told;
  options.compile.trace = [&told](std::string_view line) { told.emplace_back(line); };
  options.maps = std::make_shared<MapPool>(std::filesystem::path());
  const std::string text = "// @map counts shared\n" + std::string(unchecked);
  auto probe = open(text, options);
  const auto shared = options.maps->specs().size();
  const auto files = open_files();
  const auto error = refusal_of(probe);
  CHECK(error.hint_tried());
  CHECK(error.hint() == "after line 5: if (!n) return 0;");
  CHECK(std::ranges::find(told, "verify: tried after line 5: if (!n) return 0;: it loads") != told.end());
  CHECK(open_files() == files);
  CHECK(options.maps->specs().size() == shared);
  CHECK(probe.loaded().programs().empty());
  CHECK(probe.image().key.source == text);
}

TEST_CASE("without time, nothing is tried and no change is told") {
  SONDA_NEED_BTF();
  const auto cache = test::PrivateCache::or_shared();
  auto options = patient();
  options.try_changes = {};
  auto probe = open(unchecked, options);
  const auto error = refusal_of(probe);
  CHECK_FALSE(error.hint_tried());
  CHECK(error.hint().find("if (") == std::string::npos);
  // The same is had later.
  CHECK(probe.with_tried_hint(error, "count", BPF_PROG_TYPE_KPROBE).hint() == error.hint());
}

TEST_CASE("a change is tried with the parameters that were set") {
  SONDA_NEED_BTF();
  const auto cache = test::PrivateCache::or_shared();
  auto options = patient();
  options.parameters = {{"SLOTS", "32"}};
  auto probe = open(
      "// @param SLOTS nothing \"how many\"\n"
      "static u64 hits[SLOTS];\n"
      "int count(struct pt_regs *ctx) {\n"
      "  u64 i = PT_REGS_PARM1(ctx);\n"
      "  hits[i]++;\n"
      "  return 0;\n"
      "}\n",
      options);
  CHECK(refusal_of(probe).hint() == "before line 5: if (i >= SLOTS) return 0;");
}

TEST_CASE("what no line mends has no change, and what is no refusal stays as it is") {
  SONDA_NEED_BTF();
  const auto cache = test::PrivateCache::or_shared();
  auto probe = open(
      "int count(struct pt_regs *ctx) {\n"
      "  char *name = (char *)PT_REGS_PARM2(ctx);\n"
      "  bpf_get_current_comm(name, 16);\n"
      "  return 0;\n"
      "}\n",
      patient());
  const auto error = refusal_of(probe);
  CHECK(error.stage() == Stage::verify);
  CHECK_FALSE(error.hint_tried());
  const Error other(Stage::load, "count", "no memory", "less of it");
  CHECK(probe.with_tried_hint(other, "count", BPF_PROG_TYPE_KPROBE).what() == std::string(other.what()));
  const Error unknown(Stage::verify, "count", "R0 !read_ok", "a value");
  CHECK(probe.with_tried_hint(unknown, "no_such_function", BPF_PROG_TYPE_KPROBE).hint() == "a value");
}

TEST_CASE("a program that was taken before is taken with the change, too") {
  SONDA_NEED_BTF();
  const auto cache = test::PrivateCache::or_shared();
  auto probe = open(std::string(unchecked) + "int other(struct pt_regs *ctx) {\n  return 0;\n}\n", patient());
  CHECK(probe.program("other", BPF_PROG_TYPE_KPROBE).fd() >= 0);
  CHECK(refusal_of(probe).hint() == "after line 4: if (!n) return 0;");
  CHECK(probe.loaded().programs().size() == 1);
}

TEST_CASE("an edit that is refused is told with a change that was tried") {
  SONDA_NEED_BTF();
  const auto cache = test::PrivateCache::or_shared();
  auto options = patient();
  options.live = true;
  const std::string head =
      "BPF_HASH(counts, u32, u64);\n// @attach software:cpu-clock:1000000000\nint count(struct bpf_perf_event_data "
      "*ctx) {\n";
  auto probe = open(head + "  return 0;\n}\n", options);
  probe.attach();
  const auto edited = head + "  u32 key = 1;\n  u64 *n = counts.lookup(&key);\n  *n += 1;\n  return 0;\n}\n";
  try {
    probe.reload(ProbeSource::from_text("tried.c", edited));
    FAIL("it loads");
  } catch (const Error& error) {
    CHECK(error.subject() == "tried.c:6");
    CHECK(error.hint_tried());
    CHECK(error.hint() == "after line 5: if (!n) return 0;");
  }
}
