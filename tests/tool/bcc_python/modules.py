"""BPF() of BCC's Python: its arguments, several in one process, tables that they share, and what is left at the end."""
import ctypes as ct
import os
import tempfile
import unittest

from bcc import BPF
from workload import COUNTER, as_numbers, call_abs, libc, main, output_of, run_once


def objects_of_this_process():
    """(programs, maps) that it holds by descriptors, as the kernel names them."""
    names = []
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            names.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        except OSError:
            pass  # that of the listing
    return names.count("anon_inode:bpf-prog"), names.count("anon_inode:bpf-map")


class Arguments(unittest.TestCase):
    def test_a_file_and_flags(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "own.h"), "w") as header:
                header.write("#define VALUE 7\n")
            path = os.path.join(folder, "probe.c")
            with open(path, "w") as source:
                source.write('#include "own.h"\nBPF_ARRAY(seen, u64, 2);\nint on_call(void *ctx) {\n'
                             "seen.increment(0, VALUE); seen.increment(1, MORE); return 0; }\n")
            with BPF(src_file=path, cflags=[f"-I{folder}", "-DMORE=35"]) as b:
                run_once(b, b"on_call")
                self.assertEqual([value.value for value in b["seen"].values()], [7, 35])

    def test_what_there_is_none_of(self):
        with self.assertRaisesRegex(Exception, "Could not find file"):
            BPF(src_file="/nonexistent/probe.c")
        with BPF(text="BPF_HASH(there, u32);") as b:
            with self.assertRaises(KeyError):
                b["none"]
            self.assertEqual(b["there"].items(), [])

    def test_debug_output(self):
        text = "int on_call(void *ctx) { return 7; }\n"
        for flag, expected in ((0x1, "define"), (0x4, "on_call"), (0x8, "r0 = 7")):
            with output_of(2) as errors, output_of(1) as said, BPF(text=text, debug=flag) as b:
                b.load_func("on_call", BPF.KPROBE)
            self.assertIn(expected, said[0] + errors[0], f"flag {flag:#x}")
        with output_of(2) as errors, BPF(text=text, debug=0x2) as b:
            b.load_func("on_call", BPF.KPROBE)
        self.assertRegex(errors[0], r"b7\) r0 = 7")

    def test_a_limit_that_is_not_to_be_raised(self):
        """Since Linux 5.11 no limit is in the way, and it is left as it is."""
        import resource
        before = resource.getrlimit(resource.RLIMIT_MEMLOCK)
        with BPF(text="BPF_HASH(big, u64, u64, 100000);", allow_rlimit=False) as b:
            self.assertEqual(b["big"].max_entries, 100000)
        self.assertEqual(resource.getrlimit(resource.RLIMIT_MEMLOCK), before)

    def test_a_network_card(self):
        with output_of(2) as said, self.assertRaises(Exception):
            BPF(text="int on_packet(struct xdp_md *ctx) { return XDP_PASS; }", device=b"lo")
        self.assertIn("programs that run on a network card are not served", said[0])


class Several(unittest.TestCase):
    def test_two_at_once_and_one_behind_the_other(self):
        with BPF(text=COUNTER) as first, BPF(text=COUNTER.replace("PT_REGS_PARM1(ctx)", "1")) as second:
            run_once(first, b"on_call", 5)
            run_once(second, b"on_call", 5)
            self.assertEqual((as_numbers(first["count"]), as_numbers(second["count"])), ({5: 1}, {1: 1}))
        for value in range(3):
            with BPF(text=COUNTER) as again:
                run_once(again, b"on_call", value)
                self.assertEqual(as_numbers(again["count"]), {value: 1})

    def test_a_public_table(self):
        with BPF(text='BPF_TABLE_PUBLIC("hash", u32, u64, common_counts, 10);') as owner, BPF(text="""
BPF_TABLE("extern", u32, u64, common_counts, 10);
int on_call(void *ctx) { u32 key = 3; common_counts.increment(key); return 0; }
""") as user:
            run_once(user, b"on_call")
            run_once(user, b"on_call")
            self.assertEqual(as_numbers(owner["common_counts"]), {3: 2})
            owner["common_counts"][ct.c_uint(4)] = ct.c_ulonglong(9)
            self.assertEqual(as_numbers(user["common_counts"]), {3: 2, 4: 9})

    def test_a_public_table_of_structs(self):
        with BPF(text="""
struct pair { u32 low; u32 high; };
BPF_TABLE_PUBLIC("hash", struct pair, u64, common_pairs, 10);
""") as owner, BPF(text="""
struct pair { u32 low; u32 high; };
BPF_TABLE("extern", struct pair, u64, common_pairs, 10);
int on_call(void *ctx) { struct pair key = {1, 2}; common_pairs.increment(key); return 0; }
""") as user:
            run_once(user, b"on_call")
            for b in owner, user:
                ((key, value),) = b["common_pairs"].items()
                self.assertEqual((key.low, key.high, value.value), (1, 2, 1))

    def test_a_public_table_that_nobody_has(self):
        with output_of(2) as said, self.assertRaises(Exception):
            BPF(text='BPF_TABLE("extern", u32, u64, nobodys_table, 10);')
        self.assertIn("nobodys_table", said[0])

    def test_a_pinned_table(self):
        with tempfile.TemporaryDirectory() as folder:
            if libc.mount(b"bpf", folder.encode(), b"bpf", 0, None) != 0:
                self.skipTest("no BPF file system can be mounted")
            try:
                text = 'BPF_TABLE_PINNED("hash", u32, u64, kept, 10, "%s/kept");' % folder
                with BPF(text=text) as b:
                    b["kept"][ct.c_uint(1)] = ct.c_ulonglong(7)
                self.assertIn("kept", os.listdir(folder))
                with BPF(text=text) as b:
                    self.assertEqual(as_numbers(b["kept"]), {1: 7})
            finally:
                libc.umount(folder.encode())


class Ends(unittest.TestCase):
    TEXT = COUNTER + "BPF_PERF_OUTPUT(events);\nBPF_RINGBUF_OUTPUT(others, 1);\n"

    def test_nothing_is_left(self):
        before = objects_of_this_process()
        descriptors = len(os.listdir("/proc/self/fd"))
        b = BPF(text=self.TEXT)
        b["events"].open_perf_buffer(lambda cpu, data, size: None)
        b["others"].open_ring_buffer(lambda ctx, data, size: None)
        b.attach_uprobe(name=b"c", sym=b"abs", fn_name=b"on_call", pid=os.getpid())
        programs, maps = objects_of_this_process()
        self.assertGreaterEqual(programs - before[0], 1)
        self.assertGreaterEqual(maps - before[1], 3)
        b.cleanup()
        self.assertEqual(b.num_open_uprobes(), 0)
        self.assertEqual(objects_of_this_process(), before)
        self.assertEqual(len(os.listdir("/proc/self/fd")), descriptors)

    def test_close_leaves_what_is_attached(self):
        b = BPF(text=COUNTER)
        b.attach_uprobe(name=b"c", sym=b"abs", fn_name=b"on_call", pid=os.getpid())
        kept = os.dup(b["count"].map_fd)
        b.close()
        self.assertEqual(objects_of_this_process()[0], 0)
        call_abs(5)
        value, key = ct.c_ulonglong(), ct.c_ulonglong(5)
        from bcc import lib
        self.assertEqual(lib.bpf_lookup_elem(kept, ct.byref(key), ct.byref(value)), 0)
        self.assertEqual(value.value, 1)
        os.close(kept)
        b.cleanup()

    def test_the_compiler_is_not_in_this_process(self):
        with BPF(text=COUNTER) as b:
            self.assertEqual(b.free_bcc_memory(), 0)
        with open("/proc/self/maps") as mappings:
            self.assertEqual([line for line in mappings if "LLVM" in line or "libclang" in line], [])

    def test_no_process_is_left(self):
        with BPF(text=COUNTER + f"/* {os.getpid()}: never seen before */"):
            pass
        with open(f"/proc/self/task/{os.getpid()}/children") as children:
            self.assertEqual(children.read().split(), [])


if __name__ == "__main__":
    main()
