// The whole path on the real kernel: source text, the real compiler, functions of this very program, records.
#include <unistd.h>

#include <string>

#include "bpf/hand_made.h"
#include "bpf/private_cache.h"
#include "image/cache.h"
#include "sonda/sonda.h"
#include "support/catch.h"
#include "support/error_of.h"
#include "support/paths.h"
#include "support/patience.h"
#include "support/skip.h"
#include "support/touch.h"

extern "C" {
// What the probes here attach to.
[[gnu::noinline]] int sonda_test_double(int number) {
  asm volatile("" : "+r"(number));
  return 2 * number;
}
}

namespace {

using namespace sonda;
using sonda::test::Contains;
using sonda::test::error_of;
using sonda::test::this_program;

const char* const returns = R"(#include <uapi/linux/ptrace.h>
// @param ADDEND 0 "added to each result"
BPF_HASH(results, u64, u64);

int on_return(struct pt_regs *ctx) {
  u64 key = PT_REGS_RC(ctx) + ADDEND;
  results.increment(key);
  return 0;
}
)";

const char* const faults = R"(#include <uapi/linux/bpf_perf_event.h>
#include <uapi/linux/ptrace.h>
BPF_HASH(faults, u32, u64);

int on_fault(struct bpf_perf_event_data *ctx) {
  u32 pid = bpf_get_current_pid_tgid() >> 32;
  faults.increment(pid);
  return 0;
}
)";

Probe open_text(const char* text, OpenOptions options = {}, const char* name = "test.c") {
  static const auto cache = test::PrivateCache::or_shared();
  return Probe::open(ProbeSource::from_text(name, text), options);
}

}  // namespace

TEST_CASE("a uretprobe on a function of this program sees its results") {
  SONDA_NEED_BPF();
  auto probe = open_text(returns);
  auto& link = probe.attach_uretprobe(this_program, "sonda_test_double", "on_return", {.pid = ::getpid()});
  CHECK(link.attached());
  for (int i = 0; i < 5; ++i) sonda_test_double(21);
  sonda_test_double(50);
  const auto table = probe.table("results");
  CHECK(table.find<std::uint64_t>(std::uint64_t{42}) == 5);
  CHECK(table.find<std::uint64_t>(std::uint64_t{100}) == 1);
  CHECK(table.snapshot().size() == 2);
  CHECK(probe.ledger().lossless());

  probe.detach_all();
  CHECK(probe.links().empty());
  sonda_test_double(21);
  CHECK(table.find<std::uint64_t>(std::uint64_t{42}) == 5);
}

TEST_CASE("a parameter reaches the program") {
  SONDA_NEED_BPF();
  auto probe = open_text(returns, {.parameters = {{"ADDEND", "1000"}}});
  probe.attach_uretprobe(this_program, "sonda_test_double", "on_return", {.pid = ::getpid()});
  sonda_test_double(21);
  CHECK(probe.table("results").find<std::uint64_t>(std::uint64_t{1042}) == 1);
  const auto error = error_of([] { open_text(returns, {.parameters = {{"ADDENT", "1"}}}); });
  CHECK_THAT(error.what(), Contains("ADDEND"));
}

TEST_CASE("a perf event of this process is counted in a hash, every one") {
  SONDA_NEED_BPF();
  SONDA_NEED(test::can_open_perf(), "CAP_PERFMON and software perf events");
  auto probe = open_text(faults);
  probe.attach_perf_event(software::page_faults_min, "on_fault", every(1));
  test::touch(500);
  const auto counted = probe.table("faults").find<std::uint64_t>(static_cast<std::uint32_t>(::getpid()));
  REQUIRE(counted);
  CHECK(*counted >= 500);
  CHECK(*counted < 1000);
}

TEST_CASE("what stands in @attach comments is attached") {
  SONDA_NEED_BPF();
  auto text = std::string(returns);
  text.replace(text.find("int on_return"), 0, "// @attach uretprobe:/proc/self/exe:sonda_test_double\n");
  auto probe = open_text(text.c_str());
  probe.attach();
  REQUIRE(probe.links().size() == 1);
  CHECK(probe.links().front().function() == "on_return");
  sonda_test_double(1004);  // nobody else: it is attached to all processes, other tests of this program too
  CHECK(probe.table("results").find<std::uint64_t>(std::uint64_t{2008}).value_or(0) == 1);
}

TEST_CASE("all @attach comments are attached or none") {
  SONDA_NEED_BPF();
  auto text = std::string(returns);
  text.replace(
      text.find("int on_return"), 0,
      "// @attach uretprobe:/proc/self/exe:sonda_test_double\n// @attach uretprobe:/proc/self/exe:sonda_test_dubble\n");
  auto probe = open_text(text.c_str());
  const auto error = error_of([&] { probe.attach(); });
  CHECK(error.stage() == Stage::attach);
  CHECK_THAT(error.what(), Contains("sonda_test_double"));
  CHECK(probe.links().empty());
  sonda_test_double(1005);  // others may have run it while the first was attached
  CHECK_FALSE(probe.table("results").find<std::uint64_t>(std::uint64_t{2010}));
}

TEST_CASE("a probe without @attach comments says so when it is to attach itself") {
  SONDA_NEED_BPF();
  auto probe = open_text(returns);
  CHECK_THAT(error_of([&] { probe.attach(); }).what(), Contains("test.c") && Contains("@attach"));
}

TEST_CASE("a probe can be moved, attached and with events open") {
  SONDA_NEED_BPF();
  auto first = open_text(returns);
  first.attach_uretprobe(this_program, "sonda_test_double", "on_return", {.pid = ::getpid()});
  const auto table = first.table("results");
  auto second = std::move(first);
  sonda_test_double(3);
  CHECK(second.links().size() == 1);
  CHECK(table.find<std::uint64_t>(std::uint64_t{6}) == 1);
  CHECK(second.table("results").snapshot().size() == 1);

  auto third = open_text(returns);
  third = std::move(second);
  sonda_test_double(3);
  CHECK(third.table("results").find<std::uint64_t>(std::uint64_t{6}) == 2);
}

TEST_CASE("a verifier rejection shows the user's line") {
  SONDA_NEED_BPF();
  const char* text = R"(#include <uapi/linux/ptrace.h>
BPF_HASH(counts, u32, u64);

int count(struct pt_regs *ctx) {
  u32 key = bpf_get_current_pid_tgid();
  u64 *n = counts.lookup(&key);
  *n += 1;
  return 0;
}
)";
  auto probe = open_text(text, {.try_changes = test::patience()}, "careless.c");
  const auto error = error_of([&] { probe.attach_uprobe(this_program, "sonda_test_double", "count"); });
  CHECK(error.stage() == Stage::verify);
  CHECK(error.subject() == "careless.c:7");
  CHECK_THAT(error.cause(), Contains("map_value_or_null"));
  CHECK_THAT(error.excerpt(), Contains("    7 |   *n += 1;\n"));
  CHECK(error.hint() == "after line 6: if (!n) return 0;");
  CHECK(error.hint_tried());
  CHECK_THAT(error.what(), Contains("\nhint (tried: it loads): after line 6: if (!n) return 0;"));
  CHECK_THAT(error.details(), Contains("processed "));
  CHECK(error.exit() == Exit::failure);
  CHECK(probe.links().empty());
  // The probe is still whole: its maps can be read.
  CHECK(probe.table("counts").snapshot().empty());
}

TEST_CASE("an image from the cache that the kernel refuses is made anew") {
  SONDA_NEED_BPF();
  const auto source = ProbeSource::from_text("stale.c", returns);
  const test::PrivateCache own;
  // Whole and well-formed, but with a program that the verifier cannot take: the first instruction reads nothing's
  // value.
  auto stale = compile(source, {.use_cache = false});
  stale.programs.at(0).instructions.at(0) = {
      .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 0, .src_reg = 9, .off = 0, .imm = 0};
  const auto cache = ImageCache::open({});
  REQUIRE(cache);
  cache->store(stale);

  auto probe = Probe::open(source);
  REQUIRE(serialize(probe.loaded().image()) == serialize(stale));
  const auto table = probe.table("results");
  probe.attach_uretprobe(this_program, "sonda_test_double", "on_return", {.pid = ::getpid()});
  sonda_test_double(21);
  CHECK(table.find<std::uint64_t>(std::uint64_t{42}) == 1);
}

TEST_CASE("a function or map that the probe does not have is refused with those it has") {
  SONDA_NEED_BPF();
  auto probe = open_text(returns);
  CHECK_THAT(error_of([&] { probe.attach_uprobe(this_program, "sonda_test_double", "on_retrun"); }).what(),
             Contains("on_return"));
  CHECK_THAT(error_of([&] { probe.table("result"); }).what(), Contains("results"));
  CHECK_THAT(error_of([&] { probe.attach_uretprobe(this_program, "sonda_test_doubel", "on_return"); }).what(),
             Contains("sonda_test_double"));
  CHECK_THAT(error_of([&] { probe.attach_uprobe("/no/such/file", "f", "on_return"); }).what(),
             Contains("/no/such/file"));
}

TEST_CASE("without privilege nothing is compiled and one line says what is missing") {
  SONDA_NEED_BPF();
  CHECK(test::refused_without_privilege([] { Probe::open(ProbeSource::from_text("test.c", "this is not even C")); }));
}
