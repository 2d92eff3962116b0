// Probes compiled against the headers that are made from the running kernel's BTF.
#include <bpf/btf.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <memory>

#include "base/files.h"
#include "headers/header_tree.h"
#include "kernel/kernel.h"
#include "sonda/error.h"
#include "support/catch.h"
#include "support/compile_with_bcc.h"
#include "support/skip.h"

using namespace sonda;

namespace {

bool compiles(const std::string& source) {
  const TemporaryFolder folder;
  const auto tree = make_header_tree({.source = source, .output = folder.path()});
  return test::compiles_with_bcc(source, tree.kernel_source, tree.flags);
}

/// Assertions on size and offsets of a struct of the running kernel, as its BTF tells them.
std::string layout_assertions(const btf& types, const std::string& tag) {
  const auto id = btf__find_by_name_kind(&types, tag.c_str(), BTF_KIND_STRUCT);
  REQUIRE(id > 0);
  const auto& type = *btf__type_by_id(&types, static_cast<std::uint32_t>(id));
  auto text = fmt::format("_Static_assert(sizeof(struct {}) == {}, \"size\");\n", tag, type.size);
  for (int i = 0; i < btf_vlen(&type); ++i) {
    const auto& member = btf_members(&type)[i];
    const std::string name = btf__name_by_offset(&types, member.name_off);
    if (name.empty() || btf_member_bitfield_size(&type, static_cast<std::uint32_t>(i)) != 0) continue;
    text += fmt::format("_Static_assert(__builtin_offsetof(struct {}, {}) == {}, \"{}\");\n", tag, name,
                        btf_member_bit_offset(&type, static_cast<std::uint32_t>(i)) / 8, name);
  }
  return text;
}

}  // namespace

TEST_CASE("the report's programs compile") {
  SONDA_NEED_BTF();
  CHECK(compiles(R"(
#include <uapi/linux/ptrace.h>
int printret(struct pt_regs *ctx) {
    if (!ctx->ax)
        return 0;
    char str[30] = {};
    bpf_probe_read(&str, sizeof(str), (void *)ctx->ax);
    bpf_trace_printk("%s\n", &str);
    return 0;
}
)"));
  CHECK(compiles(R"(
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <uapi/linux/bpf_perf_event.h>
struct data_t { u32 pid; u64 cpu; char comm[TASK_COMM_LEN]; };
BPF_HASH(minflt_table, struct data_t);
int page_min_flt(struct bpf_perf_event_data *ctx) {
    struct data_t data = {};
    u64 zero = 0, *val;
    bpf_get_current_comm(&(data.comm), sizeof(data.comm));
    val = minflt_table.lookup_or_init(&data, &zero);
    (*val) += ctx->sample_period;
    return 0;
}
)"));
}

TEST_CASE("structs lie as the running kernel has them") {
  SONDA_NEED_BTF();
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__load_vmlinux_btf(), &btf__free);
  REQUIRE(types != nullptr);
  std::string source = "#include <linux/sched.h>\n";
  for (const char* tag : {"task_struct", "mm_struct", "file", "inode", "sock", "tcp_sock", "sk_buff", "net_device",
                          "super_block", "signal_struct", "rq", "page", "pt_regs", "bpf_perf_event_data"})
    source += layout_assertions(*types, tag);
  CHECK(compiles(source));
  CHECK_FALSE(compiles(source + "_Static_assert(sizeof(struct task_struct) == 1, \"wrong\");\n"));
}

TEST_CASE("chains of pointers are followed by the names of their members") {
  SONDA_NEED_BTF();
  CHECK(compiles(R"(
#include <linux/sched.h>
#include <linux/fs.h>
int on_task(struct pt_regs *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task();
  return task->real_parent->mm->pgd != 0 && task->nsproxy->pid_ns_for_children->level;
}
int on_file(struct pt_regs *ctx, struct file *file) {
  char name[32];
  bpf_probe_read_kernel_str(name, sizeof name, file->f_path.dentry->d_name.name);
  return name[0] + (file->f_inode->i_mode & S_IFMT);
}
)"));
}

TEST_CASE("what a probe defines itself clashes with no type of the kernel") {
  SONDA_NEED_BTF();
  CHECK(compiles(R"(
#include <linux/sched.h>
#include <net/sock.h>
struct key { u32 mine; struct sock *sk; };
struct list_head { u64 also_mine; };
enum pid_type { PIDTYPE_PID = 3, MINE };
enum { TCP_CLOSE = 77 };
#define TASK_COMM_LEN 99
typedef struct { u8 bytes[3]; } pid_t;
BPF_HASH(seen, struct key, pid_t);
_Static_assert(sizeof(struct list_head) == 8 && sizeof(pid_t) == 3, "the probe's own");
_Static_assert(PIDTYPE_PID == 3 && TCP_CLOSE == 77 && TASK_COMM_LEN == 99, "the probe's own");
int f(struct pt_regs *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task();
  return task->tasks.next != 0;
}
)"));
}

TEST_CASE("macros, configuration and version are the running kernel's") {
  SONDA_NEED_BTF();
  const auto code = kernel_version_code();
  CHECK(compiles(R"(
#include <uapi/linux/if_ether.h>
#include <linux/kdev_t.h>
#if LINUX_VERSION_CODE != )" +
                 std::to_string(code) + R"( || LINUX_VERSION_CODE < KERNEL_VERSION(4, 9, 300)
#error version
#endif
_Static_assert(AF_INET6 == 10 && ETH_P_IP == 0x0800 && IPPROTO_TCP == 6 && SCM_RIGHTS == 1, "macros");
_Static_assert(IS_ENABLED(CONFIG_BPF_SYSCALL) && !IS_ENABLED(CONFIG_NO_SUCH_OPTION), "options");
_Static_assert(MINOR(MKDEV(8, 3)) == 3 && min(2, 1) == 1, "macros with arguments");
_Static_assert(BPF_MAP_TYPE_RINGBUF == 27, "libbcc's own");
int f(struct pt_regs *ctx, const char __user *name) { return ntohs(PT_REGS_PARM1(ctx)) + likely(name != NULL); }
)"));
}

TEST_CASE("the short names of a socket's members are there for probes of the network alone") {
  SONDA_NEED_BTF();
  CHECK(compiles("#include <net/sock.h>\nint f(struct pt_regs *ctx, struct sock *sk) { return sk->sk_family; }\n"));
  CHECK(compiles("struct event { int sk_family; };\nint f(void *ctx) { struct event e = {}; return e.sk_family; }\n"));
}

TEST_CASE("the types of a tracepoint's fields need not be named") {
  SONDA_NEED_BTF();
  const TemporaryFolder folder;
  make_header_tree({.source = "TRACEPOINT_PROBE(block, block_rq_issue) { return 0; }", .output = folder.path()});
  const auto text = read_file(folder.path() / "sonda/vmlinux.h", Stage::kernel);
  CHECK(text.find(" sector_t;") != std::string::npos);
  CHECK(text.find(" dev_t;") != std::string::npos);
}

TEST_CASE("only names of kernel headers are taken for such") {
  SONDA_NEED_BTF();
  CHECK(compiles("#include <linux/some_day.h>\nint f(void *ctx) { return 0; }\n"));
  for (const char* file : {"<stdlib.h>", "<kernel/own.h>", "\"linux/own.h\"", "<linux/../../escaped.h>",
                           "</linux/root.h>", "<linux/header.c>"}) {
    CAPTURE(file);
    CHECK_FALSE(compiles(fmt::format("#include {}\nint f(void *ctx) {{ return 0; }}\n", file)));
  }
}

TEST_CASE("nothing is written outside of the folder that was given") {
  SONDA_NEED_BTF();
  const TemporaryFolder folder;
  const auto output = folder.path() / "deep/output";
  std::filesystem::create_directories(output);
  make_header_tree({.source = "#include <linux/../../escaped.h>\n#include <linux/x.h>\n", .output = output});
  CHECK(std::filesystem::exists(output / "linux/x.h"));
  std::size_t beside = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++beside;
  CHECK(beside == 1);
}

TEST_CASE("a folder that cannot be written is an error that names it") {
  SONDA_NEED_BTF();
  try {
    make_header_tree({.source = "int x;", .output = "/proc/self/no_such_folder"});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::kernel);
    CHECK(error.subject().starts_with("/proc/self/no_such_folder"));
  }
}
