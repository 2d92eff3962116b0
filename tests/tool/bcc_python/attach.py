"""BPF.attach_* and detach_* of BCC's Python: each kind counts what the test has happen, and nothing when it is detached."""
import mmap
import os
import resource
import unittest

from bcc import BPF, PerfSWConfig, PerfType
from workload import (COUNTER, KERNEL_HAS_KPROBES, PID, SYS_GETPPID, Target, as_numbers, call_abs, getppid, libc, main)

RETURNS = COUNTER.replace("PT_REGS_PARM1", "PT_REGS_RC")
OF_THIS_PROCESS = f"if (bpf_get_current_pid_tgid() >> 32 != {PID}) return 0;"


class Uprobes(unittest.TestCase):
    def test_calls_and_their_arguments(self):
        with BPF(text=COUNTER) as b:
            b.attach_uprobe(name="c", sym="abs", fn_name="on_call", pid=PID)
            self.assertEqual(b.num_open_uprobes(), 1)
            call_abs(*[7] * 100, *[8] * 50)
            self.assertEqual(as_numbers(b["count"]), {7: 100, 8: 50})
            b.detach_uprobe(name="c", sym="abs", pid=PID)
            self.assertEqual(b.num_open_uprobes(), 0)
            call_abs(7)
            self.assertEqual(as_numbers(b["count"]), {7: 100, 8: 50})

    def test_values_that_are_returned(self):
        with BPF(text=RETURNS) as b:
            b.attach_uretprobe(name="c", sym="abs", fn_name="on_call", pid=PID)
            call_abs(-7, 7, -9)
            self.assertEqual(as_numbers(b["count"]), {7: 2, 9: 1})
            b.detach_uretprobe(name="c", sym="abs", pid=PID)
            call_abs(-7)
            self.assertEqual(as_numbers(b["count"]), {7: 2, 9: 1})

    def test_functions_by_a_pattern(self):
        with Target("calls", "--first", "5", "--second", "7") as target, BPF(text="""
BPF_HASH(count, u64, u64);
int on_call(struct pt_regs *ctx) { count.increment(1); return 0; }
int on_return(struct pt_regs *ctx) { count.increment(2); return 0; }
""") as b:
            pattern = b"^target_(first|second)$"
            self.assertEqual(set(BPF.get_user_functions(target.path.encode(), pattern)), {b"target_first", b"target_second"})
            self.assertEqual(len(set(BPF.get_user_addresses(target.path.encode(), pattern))), 2)
            b.attach_uprobe(name=target.path, sym_re=pattern, fn_name="on_call")
            b.attach_uretprobe(name=target.path, sym_re=pattern, fn_name="on_return")
            self.assertEqual(b.num_open_uprobes(), 4)
            target.go()
            self.assertEqual(as_numbers(b["count"]), {1: 12, 2: 12})

    def test_an_address_and_an_offset(self):
        with Target("calls", "--first", "6") as target, BPF(text="""
BPF_HASH(count, u64, u64);
int on_call(struct pt_regs *ctx) { count.increment(1); return 0; }
""") as b:
            path = target.path.encode()
            ((name, address),) = set(BPF.get_user_functions_and_addresses(path, b"^target_first$"))
            self.assertEqual(name, b"target_first")
            b.attach_uprobe(name=path, addr=address, fn_name="on_call")
            b.attach_uprobe(name=path, sym=b"target_second", sym_off=0, fn_name="on_call", pid=target.pid)
            target.go()
            self.assertEqual(as_numbers(b["count"]), {1: 6})
            b.detach_uprobe(name=path, addr=address)
            self.assertEqual(b.num_open_uprobes(), 1)

    def test_a_function_that_is_not_there(self):
        with BPF(text=COUNTER) as b, self.assertRaisesRegex(Exception, "could not determine address of symbol"):
            b.attach_uprobe(name=b"c", sym=b"no_such_function", fn_name=b"on_call")


class Tracepoints(unittest.TestCase):
    def test_calls_of_this_process(self):
        with BPF(text="""
BPF_HASH(count, u64, u64);
struct any { u64 unused; int id; };
int on_enter(struct any *args) { %s count.increment(args->id); return 0; }
""" % OF_THIS_PROCESS) as b:
            self.assertTrue(BPF.tracepoint_exists("syscalls", "sys_enter_getppid"))
            self.assertFalse(BPF.tracepoint_exists("syscalls", "sys_enter_nonsense"))
            self.assertEqual(len(BPF.get_tracepoints(b"^syscalls:sys_enter_get(ppid|pgid)$")), 2)
            b.attach_tracepoint(tp="syscalls:sys_enter_getppid", fn_name="on_enter")
            self.assertEqual(b.num_open_tracepoints(), 1)
            getppid(100)
            b.detach_tracepoint(tp="syscalls:sys_enter_getppid")
            self.assertEqual(b.num_open_tracepoints(), 0)
            getppid(1)
            self.assertEqual(as_numbers(b["count"]), {SYS_GETPPID: 100})

    def test_several_by_a_pattern(self):
        with BPF(text="""
BPF_ARRAY(count, u64, 1);
int on_enter(void *args) { %s count.increment(0); return 0; }
""" % OF_THIS_PROCESS) as b:
            b.attach_tracepoint(tp_re="^syscalls:sys_enter_get(ppid|pgid)$", fn_name="on_enter")
            self.assertEqual(b.num_open_tracepoints(), 2)
            getppid(20)
            for _ in range(30):
                libc.getpgid(0)
            self.assertEqual(b["count"][0].value, 50)

    def test_fields_of_one_that_attaches_itself(self):
        with BPF(text="""
BPF_HASH(count, u64, u64);
TRACEPOINT_PROBE(syscalls, sys_enter_kill) { %s count.increment(args->pid); return 0; }
""" % OF_THIS_PROCESS) as b:
            for _ in range(9):
                os.kill(PID, 0)
            self.assertEqual(as_numbers(b["count"]), {PID: 9})

    def test_raw_tracepoints(self):
        text = """
BPF_HASH(count, u64, u64);
%s {
    %s
    if (ctx->args[1] == """ + str(SYS_GETPPID) + """) count.increment(ctx->args[1]);
    return 0;
}
"""
        with BPF(text=text % ("int on_enter(struct bpf_raw_tracepoint_args *ctx)", OF_THIS_PROCESS)) as b:
            self.assertTrue(BPF.support_raw_tracepoint())
            b.attach_raw_tracepoint(tp="sys_enter", fn_name="on_enter")
            getppid(40)
            b.detach_raw_tracepoint(tp="sys_enter")
            getppid(1)
            self.assertEqual(as_numbers(b["count"]), {SYS_GETPPID: 40})
        with BPF(text=text % ("RAW_TRACEPOINT_PROBE(sys_enter)", OF_THIS_PROCESS)) as b:
            getppid(41)
            self.assertEqual(as_numbers(b["count"]), {SYS_GETPPID: 41})


class PerfEvents(unittest.TestCase):
    TEXT = """
#include <uapi/linux/bpf_perf_event.h>
BPF_ARRAY(count, u64, 1);
int on_fault(struct bpf_perf_event_data *ctx) { count.increment(0); return 0; }
"""
    PAGES = 500

    def faults(self):
        """The kernel's own count of those that happened meanwhile; there were at least PAGES."""
        before = resource.getrusage(resource.RUSAGE_SELF)
        with mmap.mmap(-1, self.PAGES * mmap.PAGESIZE) as pages:
            if hasattr(pages, "madvise"):
                pages.madvise(mmap.MADV_NOHUGEPAGE)
            for page in range(self.PAGES):
                pages[page * mmap.PAGESIZE] = 1
        after = resource.getrusage(resource.RUSAGE_SELF)
        return after.ru_minflt + after.ru_majflt - before.ru_minflt - before.ru_majflt

    def check(self, b):
        faults = self.faults()
        self.assertGreaterEqual(b["count"][0].value, self.PAGES)
        self.assertLessEqual(abs(b["count"][0].value - faults), 20)  # those of this test's own Python lie between

    def test_a_sample_for_each_event(self):
        with BPF(text=self.TEXT) as b:
            b.attach_perf_event(ev_type=PerfType.SOFTWARE, ev_config=PerfSWConfig.PAGE_FAULTS, fn_name="on_fault",
                                sample_period=1, pid=PID)
            self.check(b)
            b.detach_perf_event(ev_type=PerfType.SOFTWARE, ev_config=PerfSWConfig.PAGE_FAULTS)
            counted = b["count"][0].value
            self.faults()
            self.assertEqual(b["count"][0].value, counted)

    def test_attributes_of_ones_own(self):
        from bcc import Perf
        attributes = Perf.perf_event_attr()
        attributes.type, attributes.config = PerfType.SOFTWARE, PerfSWConfig.PAGE_FAULTS
        attributes.sample_period = 1
        with BPF(text=self.TEXT) as b:
            b.attach_perf_event_raw(attr=attributes, fn_name=b"on_fault", pid=PID)
            self.check(b)


class KernelFunctions(unittest.TestCase):
    TEXT = "BPF_ARRAY(count, u64, 1);\nint on_call(struct pt_regs *ctx) { %s count.increment(0); return 0; }\n"

    @unittest.skipUnless(KERNEL_HAS_KPROBES, "this kernel has no kprobes")
    def test_kprobes(self):
        with BPF(text=self.TEXT % OF_THIS_PROCESS) as b:
            name = b.get_syscall_fnname("getppid")
            b.attach_kprobe(event=name, fn_name="on_call")
            b.attach_kretprobe(event=name, fn_name="on_call")
            self.assertEqual(b.num_open_kprobes(), 2)
            getppid(30)
            self.assertEqual(b["count"][0].value, 60)
            b.detach_kretprobe(event=name)
            b.detach_kprobe(event=name)
            self.assertEqual(b.num_open_kprobes(), 0)

    @unittest.skipIf(KERNEL_HAS_KPROBES, "this kernel has kprobes")
    def test_no_kprobes(self):
        with BPF(text=self.TEXT % "") as b:
            name = b.get_syscall_fnname("getppid")
            with self.assertRaisesRegex(Exception, "Failed to attach BPF program"):
                b.attach_kprobe(event=name, fn_name="on_call")
            self.assertEqual(b.num_open_kprobes(), 0)

    def test_functions_entered_and_left(self):
        """KFUNC_PROBE attaches itself. What it cannot do on this kernel, it says."""
        text = "BPF_ARRAY(count, u64, 2);\n"
        for kind, slot in ("KFUNC_PROBE", 0), ("KRETFUNC_PROBE", 1):
            text += f"{kind}(__x64_sys_getpgid) {{ {OF_THIS_PROCESS} count.increment({slot}); return 0; }}\n"
        self.assertIn(BPF.support_kfunc(), (True, False))
        try:
            b = BPF(text=text)
        except Exception as error:
            self.skipTest(f"this kernel takes no trampolines: {error}")
        with b:
            for _ in range(25):
                libc.getpgid(0)
            self.assertEqual([b["count"][slot].value for slot in range(2)], [25, 25])

    def test_names_of_system_calls(self):
        with BPF(text=self.TEXT % "") as b:
            name = b.get_syscall_fnname("getppid")
            self.assertIn(name, (b"__x64_sys_getppid", b"__arm64_sys_getppid", b"sys_getppid"))
            self.assertEqual(b.fix_syscall_fnname(b"sys_getppid"), name)
            with open("/proc/kallsyms", "rb") as symbols:
                self.assertTrue(any(line.split()[2] == name for line in symbols))


class Functions(unittest.TestCase):
    def test_all_at_once(self):
        with BPF(text="int one(void *ctx) { return 0; }\nint two(void *ctx) { return 0; }\n") as b:
            functions = b.load_funcs(BPF.KPROBE)
            self.assertEqual([function.name for function in functions], [b"one", b"two"])
            self.assertEqual(b.load_func("one", BPF.KPROBE), functions[0])
            for function in functions:
                self.assertIn("bpf-prog", os.readlink(f"/proc/self/fd/{function.fd}"))

    def test_one_that_is_not_there(self):
        with BPF(text="int one(void *ctx) { return 0; }") as b, self.assertRaisesRegex(Exception, "Unknown program"):
            b.load_func("two", BPF.KPROBE)


if __name__ == "__main__":
    main()
