// Headers that were made before, taken from the cache instead of being made from the kernel's BTF.
#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "headers/header_tree.h"
#include "kernel/kernel.h"
#include "support/catch.h"
#include "support/skip.h"

using namespace sonda;
namespace fs = std::filesystem;

namespace {

const std::string scheduler_probe = R"(#include <linux/sched.h>
#include <net/sock.h>
BPF_HASH(seen, u32, struct task_struct *);
TRACEPOINT_PROBE(sched, sched_switch) { return 0; }
int f(struct pt_regs *ctx) {
#ifdef CONFIG_SMP
  bpf_trace_printk("%d\n", TASK_RUNNING);
#endif
  return 0;
}
)";

struct Made {
  std::string header, description;
  std::vector<fs::path> stubs;
  std::vector<std::string> flags;
};

struct Fixture {
  TemporaryFolder home;
  std::vector<std::string> said;

  /// Always into the same folder, whose name is in the flags.
  Made make(const std::string& text, bool cached = true, const std::string& origin = "this machine") {
    const auto output = home.path() / "output";
    fs::remove_all(output);
    fs::create_directory(output);
    HeaderRequest request{.source = text, .output = output, .origin = origin};
    if (cached)
      request.cache =
          HeaderCache::open(home.path() / "cache", [this](std::string_view line) { said.emplace_back(line); });
    const auto tree = make_header_tree(request);
    Made made{read_file(output / "sonda/vmlinux.h", Stage::kernel), tree.description, {}, tree.flags};
    for (const auto& entry : fs::recursive_directory_iterator(output)) made.stubs.push_back(entry.path());
    std::sort(made.stubs.begin(), made.stubs.end());
    return made;
  }
  std::size_t kept() const {
    const auto folder = home.path() / "cache/headers";
    return fs::exists(folder)
               ? static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()))
               : 0;
  }
};

bool from_cache(const Made& made) { return made.description.ends_with(", cached"); }

}  // namespace

TEST_CASE_METHOD(Fixture, "headers from the cache are those that would be made") {
  SONDA_NEED_BTF();
  const auto plain = make(scheduler_probe, false);
  CHECK(kept() == 0);
  const auto first = make(scheduler_probe), second = make(scheduler_probe);
  CHECK_FALSE(from_cache(first));
  REQUIRE(from_cache(second));
  CHECK(kept() == 1);
  for (const auto* made : {&first, &second}) {
    CHECK(made->header == plain.header);
    CHECK(made->stubs == plain.stubs);
    CHECK(made->flags == plain.flags);
  }
  CHECK(first.description + ", cached" == second.description);
  CHECK(said.empty());
}

TEST_CASE_METHOD(Fixture, "an edit that names the same finds the headers, another name does not") {
  SONDA_NEED_BTF();
  make(scheduler_probe);
  CHECK(from_cache(make("// A comment, and a struct file in it.\n" + scheduler_probe +
                        "int f(struct pt_regs *ctx) { return 17; }\n")));
  const auto with_more = scheduler_probe + "int g(struct file *file) { return file->f_mode; }\n";
  const auto more = make(with_more);
  CHECK_FALSE(from_cache(more));
  CHECK(more.header == make(with_more, false).header);
  CHECK(more.header.find("struct file {") != std::string::npos);
  CHECK_FALSE(from_cache(make("#include <linux/fs.h>\n" + scheduler_probe)));
  CHECK_FALSE(from_cache(make("struct task_struct { int of_its_own; };\n" + scheduler_probe)));
  CHECK_FALSE(from_cache(make(scheduler_probe + "TRACEPOINT_PROBE(block, block_rq_issue) { return 0; }\n")));
  CHECK(from_cache(make(scheduler_probe)));
}

TEST_CASE_METHOD(Fixture, "headers of another kernel are not found") {
  SONDA_NEED_BTF();
  make(scheduler_probe);
  CHECK_FALSE(from_cache(make(scheduler_probe, true, "this machine after an upgrade")));
  CHECK(from_cache(make(scheduler_probe)));
  CHECK(kept() == 2);
}

TEST_CASE_METHOD(Fixture, "headers for which modules are asked are not kept") {
  SONDA_NEED_BTF();
  const auto text =
      scheduler_probe + "struct of_some_module_or_none;\nint g(struct of_some_module_or_none *x) { return 0; }\n";
  CHECK_FALSE(from_cache(make(text)));
  CHECK_FALSE(from_cache(make(text)));
  CHECK(kept() == 0);
}
