// Where functions might be attached of which nothing says so: what `sonda run` proposes.
#include "support/catch.h"
#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

/// What is told of a probe of these functions, and nothing else.
std::string told(const Probes& probes, const std::string& functions) {
  const auto end = sonda_program(
      {"run", probes.write("p.c", "#include <uapi/linux/ptrace.h>\n#include <linux/fs.h>\n" + functions)});
  CHECK(end.status == 1);
  CHECK(end.out.empty());
  return end.err;
}

std::string returning(const std::string& name) {
  return "int " + name + "(struct pt_regs *ctx) { return PT_REGS_RC(ctx) > 0; }\n";
}

std::string taking(const std::string& context, const std::string& name) {
  return "int " + name + "(" + context + " *ctx) { return 0; }\n";
}

}  // namespace

TEST_CASE("a function of the kernel is found by a function's name and arguments") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto text =
      told(probes,
           "int do_vfs_read(struct pt_regs *ctx) { return 0; }\n"
           "int trace_vfs_write(struct pt_regs *ctx, struct file *file, const char __user *buf, size_t count) {\n"
           "  return file->f_mode + count;\n}\n"
           // What it takes decides which of the functions with "filp" in their name it is.
           "int trace_filp(struct pt_regs *ctx, struct file *file, fl_owner_t owner) {\n"
           "  return file->f_mode;\n}\n" +
               returning("trace_vfs_read_return"));
  CHECK(contains(text,
                 "p.c: the file does not say where to attach its functions: do_vfs_read, trace_filp, "
                 "trace_vfs_read_return, trace_vfs_write\n"
                 "  --attach 'kprobe:vfs_read=do_vfs_read'\n"
                 "  --attach 'kprobe:filp_close=trace_filp'\n"));
  CHECK(contains(text,
                 "\n  --attach 'kretprobe:vfs_read=trace_vfs_read_return'\n"
                 "  --attach 'kprobe:vfs_write=trace_vfs_write'\n"));
  CHECK(contains(text, "hint: these points go by what the functions are called and take"));
}

TEST_CASE("a name that fits by its words alone is not proposed for other arguments") {
  SONDA_NEED_BPF();
  const Probes probes;
  // vfs_read takes a file first.
  CHECK(contains(told(probes, "int do_vfs_read(struct pt_regs *ctx, struct inode *inode) { return inode->i_ino; }\n"),
                 "\n  do_vfs_read: kprobe:FUNCTION or uprobe:BINARY:FUNCTION\n"));
}

TEST_CASE("a return goes with its entry, proposed or attached") {
  SONDA_NEED_BPF();
  const Probes probes;
  CHECK(contains(
      told(probes,
           "int trace_entry(struct pt_regs *ctx, struct file *file, char *buf, size_t count,\n"
           "                loff_t *pos) { return count; }\nint vfs_write_entry(struct pt_regs *ctx) { return 0; }\n" +
               returning("vfs_write_done")),
      "  --attach 'kretprobe:vfs_write=vfs_write_done'\n"));
  CHECK(
      contains(told(probes, returning("printret")), "\n  printret: kretprobe:FUNCTION or uretprobe:BINARY:FUNCTION\n"));

  const auto path = probes.write(
      "half.c", "#include <uapi/linux/ptrace.h>\nBPF_ARRAY(counts, u64, 2);\n" +
                    attached(first_of_calls(), "int on_first(struct pt_regs *ctx) { return 0; }\n") +
                    "int first_return(struct pt_regs *ctx) { counts.increment(PT_REGS_RC(ctx) > 0); return 0; }\n");
  const auto end = sonda_program(with_calls({"run", path}, 1));
  CHECK(end.status == 0);
  CHECK(contains(end.err, "not attached: first_return (no @attach stands above it)\n"));
  const auto point = "uretprobe:" + target("calls").string() + ":target_first=first_return";
  CHECK(contains(end.err, "  --attach '" + point + "'\n"));
  // Pasted, it counts: each call returns one more than it was given, from 1 on.
  CHECK(value_in(sonda_program(with_calls({"run", "--json", "--attach", point, path}, 9)), "counts", 1) == 9);
}

TEST_CASE("what could be many functions is no proposal, and a system call is one by its whole name") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto text =
      told(probes,
           // Most file systems have an open that takes these.
           "int trace_open_entry(struct pt_regs *ctx, struct inode *inode, struct file *file) { return 0; }\n"
           "int trace_openat(struct pt_regs *ctx) { return 0; }\n"
           "int do_exit(struct pt_regs *ctx) { return 0; }\n"
           "int trace_do_exit(struct pt_regs *ctx) { return 0; }\n" +
               returning("trace_connect_v4_return"));
  for (const auto* line : {"\n  trace_open_entry: kprobe:FUNCTION", "\n  --attach 'kprobe:sys_openat=trace_openat'\n",
                           "\n  do_exit: kretprobe:FUNCTION", "\n  --attach 'kprobe:do_exit=trace_do_exit'\n"})
    CHECK_THAT(text, Contains(line));
}

TEST_CASE("of a file that the command line does not speak of, what is left out is told, too") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto silent = probes.write("silent.c", taking("struct xdp_md", "packet"));
  const auto path =
      probes.write("p.c", "BPF_ARRAY(counts, u64, 1);\nint f(void *ctx) { counts.increment(0); return 0; }\n");
  const auto end = sonda_program(with_calls({"run", "--json", "--attach", first_of_calls() + "=f", path, silent}, 5));
  CHECK(value_in(end, "counts", 0) == 5);
  CHECK(contains(end.err,
                 "silent.c: not attached: packet (no @attach stands above it)\nsonda:   --attach 'xdp:lo=packet'\n"));
}

TEST_CASE("other contexts say what the point is") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto text =
      told(probes,
           taking("struct tracepoint__sched__sched_switch", "on_switch") +
               taking("struct bpf_raw_tracepoint_args", "raw_sched_wakeup") +
               taking("struct bpf_raw_tracepoint_args", "anything") + "#include <uapi/linux/bpf_perf_event.h>\n" +
               taking("struct bpf_perf_event_data", "on_page_fault") + taking("struct bpf_perf_event_data", "sample") +
               taking("struct xdp_md", "packet") + taking("struct __sk_buff", "outgoing_egress") +
               "int syscall__execve(struct pt_regs *ctx, const char __user *name) { return 0; }\n"
               "int syscall__no_such(struct pt_regs *ctx) { return 0; }\n" +
               returning("do_ret_sys_openat") + "int whatever(void *ctx) { return 0; }\n");
  for (const auto* line :
       {"\n  --attach 'tracepoint:sched:sched_switch=on_switch'\n",
        "\n  --attach 'rawtracepoint:sched_wakeup=raw_sched_wakeup'\n", "\n  anything: rawtracepoint:NAME\n",
        "\n  --attach 'software:page-faults:1=on_page_fault'\n", "\n  --attach 'profile:hz:49=sample'\n",
        "\n  --attach 'xdp:lo=packet'\n",
        "\n  --attach 'tc:lo:egress=outgoing_egress'\n  or --attach 'socket:lo=outgoing_egress'\n",
        "\n  --attach 'kprobe:sys_execve=syscall__execve'\n", "\n  syscall__no_such: kprobe:FUNCTION",
        "\n  --attach 'kretprobe:sys_openat=do_ret_sys_openat'\n", "\n  whatever: any point that its context fits\n"})
    CHECK_THAT(text, Contains(line));
}

TEST_CASE("a tracepoint that this kernel lacks is not proposed") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto text = told(probes, "struct tracepoint__sched__no_such { int a; };\n" +
                                     taking("struct tracepoint__sched__no_such", "on_none"));
  CHECK(contains(text, "\n  on_none: tracepoint:CATEGORY:NAME\n"));
}

}  // namespace sonda::test
