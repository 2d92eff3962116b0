// The same probes compiled with the running kernel's own headers and with its BTF alone.
#include <sys/prctl.h>
#include <unistd.h>

#include <filesystem>

#include "kernel/kernel.h"
#include "sonda/compile.h"
#include "sonda/sonda.h"
#include "support/catch.h"
#include "support/paths.h"
#include "support/patience.h"
#include "support/skip.h"

using namespace sonda;

namespace {

bool has_headers() { return std::filesystem::exists("/lib/modules/" + kernel_release() + "/build"); }

CompileOptions uncached(Headers headers) {
  return {.headers = headers, .use_cache = false, .timeout = 2 * test::patience()};
}

Image compile_with(Headers headers, const ProbeSource& source) { return compile(source, uncached(headers)); }

/// What the constants of a program's instructions are, in their order.
std::vector<std::int32_t> constants(const ProgramSpec& program) {
  std::vector<std::int32_t> all;
  for (const auto& instruction : program.instructions) all.push_back(instruction.imm);
  return all;
}

void check_same(const Image& with_headers, const Image& with_btf) {
  REQUIRE(with_headers.maps.size() == with_btf.maps.size());
  for (const auto& map : with_headers.maps) {
    const auto& same = with_btf.map(map.name);
    CHECK(describe(map.key) == describe(same.key));
    CHECK(describe(map.value) == describe(same.value));
  }
  REQUIRE(with_headers.programs.size() == with_btf.programs.size());
  for (const auto& program : with_headers.programs)
    CHECK(constants(program) == constants(with_btf.program(program.name)));
}

}  // namespace

#define NEED_BOTH()                           \
  SONDA_NEED_BPF();                           \
  SONDA_NEED(has_btf(), "a kernel with BTF"); \
  SONDA_NEED(has_headers(), "the headers of the running kernel")

TEST_CASE("a tool's probe, with its parameters, is the same with headers and with BTF alone") {
  NEED_BOTH();
  // The kernel's headers have enumerators called ENTRIES, as the probe's parameter is.
  const auto source = ProbeSource::open(sonda::test::in_source("probes/pagefaultcount.c"));
  check_same(compile_with(Headers::kernel, source), compile_with(Headers::btf, source));
}

TEST_CASE("a program that reads the kernel's structs is the same with headers and with BTF alone, and runs") {
  NEED_BOTH();
  const auto source = ProbeSource::from_text("renames.c", R"(#include <linux/sched.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
// @param pid 0 "a member of struct task_struct as well"
struct seen_t {
  int level;
  u32 of[2];
};
BPF_HASH(renames, u32, struct seen_t);

int on_rename(void *ctx) {
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  u32 key = task->tgid;
  struct seen_t seen = {.level = task->nsproxy->pid_ns_for_children->level};
  seen.of[0] = task->real_parent->tgid;
  seen.of[1] = sizeof(struct task_struct);
  renames.update(&key, &seen);
  return pid;
}
)");
  auto probe = Probe::open(source, {.compile = uncached(Headers::kernel)});
  check_same(probe.loaded().image(), compile_with(Headers::btf, source));
  probe.attach_raw_tracepoint("task_rename", "on_rename");
  ::prctl(PR_SET_NAME, "headers_test");
  int found = 0;
  for (const auto& entry : probe.table("renames").snapshot()) {
    if (entry.key.i64() != ::getpid()) continue;
    ++found;
    CHECK(entry.value["of"][0].i64() == ::getppid());
  }
  CHECK(found == 1);
}

TEST_CASE("a kernel without headers says so, and what can be had instead") {
  SONDA_NEED_BPF();
  SONDA_NEED(!has_headers(), "a kernel without its headers");
  try {
    compile_with(Headers::kernel, ProbeSource::from_text("any.c", "int f(void *ctx) { return 0; }\n"));
    FAIL("it compiled");
  } catch (const Error& error) {
    CHECK_THAT(error.what(), test::Contains("/lib/modules/" + kernel_release()));
    CHECK_THAT(error.hint(), test::Contains("linux-headers-" + kernel_release()));
  }
}
