"""Addresses and names: ksym, ksymname, sym, and the probes that a binary is marked with."""
import ctypes as ct
import os
import unittest

from bcc import BPF, USDT
from workload import PID, Target, as_numbers, libc, main

ABS = ct.cast(libc.abs, ct.c_void_p).value


def kernel_symbol(name):
    with open("/proc/kallsyms") as symbols:
        return next((int(line.split()[0], 16) for line in symbols if line.split()[2] == name), None)


class Kernel(unittest.TestCase):
    def test_addresses_and_names(self):
        address = kernel_symbol("schedule")
        if not address:
            self.skipTest("this kernel tells no addresses")
        self.assertEqual(BPF.ksymname(b"schedule"), address)
        self.assertEqual(BPF.ksymname(b"no_such_function_at_all"), -1 & (1 << 64) - 1
                         if BPF.ksymname(b"no_such_function_at_all") > 0 else -1)
        self.assertEqual(BPF.ksym(address), b"schedule")
        self.assertEqual(BPF.ksym(address + 1, show_offset=True), b"schedule+0x1")
        self.assertEqual(BPF.ksym(address, show_module=True), b"schedule [kernel]")
        self.assertEqual(BPF.sym(address, -1), b"schedule")
        self.assertEqual(BPF.ksym(0x1), b"[unknown]")

    def test_structs_and_features(self):
        self.assertEqual(BPF.kernel_struct_has_field(b"task_struct", b"pid"), 1)
        self.assertEqual(BPF.kernel_struct_has_field(b"task_struct", b"no_such_field"), 0)
        if hasattr(BPF, "kernel_enum_has_val"):  # since 0.35
            self.assertEqual(BPF.kernel_enum_has_val(b"bpf_map_type", b"BPF_MAP_TYPE_HASH"), 1)
            self.assertEqual(BPF.kernel_enum_has_val(b"bpf_map_type", b"BPF_MAP_TYPE_NONE_SUCH"), 0)


class Processes(unittest.TestCase):
    def test_functions_of_a_library(self):
        self.assertEqual(BPF.sym(ABS, PID), b"abs")
        self.assertEqual(BPF.sym(ABS + 1, PID, show_offset=True), b"abs+0x1")
        self.assertEqual(BPF.sym(ABS, PID, show_module=True, show_offset=True), b"abs+0x0 [libc.so.6]")

    def test_what_is_nowhere(self):
        self.assertEqual(BPF.sym(0x10, PID), b"[unknown]")

    def test_libraries_and_programs(self):
        self.assertRegex(BPF.find_library(b"c").decode(), r"/libc\.so\.6$")
        self.assertIsNone(BPF.find_library(b"no_such_library"))
        self.assertTrue(os.path.samefile(BPF.find_exe(b"sh"), "/bin/sh"))


class Marks(unittest.TestCase):
    """sys/sdt.h's, of a program whose rounds are counted: numbers(-5, 250, -3000 - round, 65000 + round, ...)."""

    TEXT = """
#include <uapi/linux/ptrace.h>
BPF_HASH(seen, u64, u64);
BPF_ARRAY(letters, u64, 1);
int on_numbers(struct pt_regs *ctx) {
    u64 key = 0;
    s8 tiny = 0;
    s16 small = 0;
    char text[8] = {};
    bpf_usdt_readarg(1, ctx, &tiny);
    bpf_usdt_readarg(3, ctx, &small);
    bpf_usdt_readarg_p(8, ctx, &text, sizeof(text));
    key = -small;
    seen.increment(key, -tiny);
    if (text[0] == 's' && text[4] == 'n') letters.increment(0);
    return 0;
}
"""

    def check(self, b, target):
        target.go()
        self.assertEqual(as_numbers(b["seen"]), {3000 + number: 5 for number in range(6)})
        self.assertEqual(b["letters"][0].value, 6)

    def test_of_a_process(self):
        with Target("marks", "--rounds", "6") as target:
            marks = USDT(pid=target.pid)
            marks.enable_probe(probe="numbers", fn_name="on_numbers")
            with BPF(text=self.TEXT, usdt_contexts=[marks]) as b:
                self.assertIn("_bpf_readarg_on_numbers_1", str(marks.get_text()))
                self.check(b, target)

    def test_of_a_file_that_a_process_runs(self):
        with Target("marks", "--rounds", "6") as target:
            marks = USDT(path=target.path, pid=target.pid)
            marks.enable_probe_or_bail("sonda_marks:numbers", "on_numbers")
            with BPF(text=self.TEXT, usdt_contexts=[marks]) as b:
                self.check(b, target)

    def test_which_there_are(self):
        with Target("marks") as target:
            probes = {probe.name: probe for probe in USDT(path=target.path).enumerate_probes()}
            self.assertLessEqual({b"numbers", b"operands", b"copied", b"listened"}, set(probes))
            self.assertEqual(probes[b"copied"].num_locations, 2)
            self.assertEqual((probes[b"numbers"].provider, probes[b"numbers"].num_arguments), (b"sonda_marks", 8))

    def test_one_that_is_not_there(self):
        from bcc import USDTException
        with Target("marks") as target, self.assertRaisesRegex(USDTException, "no_such_mark"):
            USDT(path=target.path).enable_probe(probe="no_such_mark", fn_name="on_numbers")


if __name__ == "__main__":
    main()
