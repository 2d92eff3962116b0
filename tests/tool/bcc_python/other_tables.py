"""Tables of BCC's Python that are neither hashes nor arrays of plain values."""
import ctypes as ct
import mmap
import os
import socket
import struct
import unittest

from bcc import BPF
from workload import COUNTER, PID, attached_to_abs, call_abs, libc, main, run_once


class OtherKinds(unittest.TestCase):
    def test_the_longest_prefix(self):
        with BPF(text="""
struct prefix { u32 length; u32 address; };
BPF_LPM_TRIE(routes, struct prefix, u64, 16);
""") as b:
            routes = b["routes"]
            def address(text):
                return struct.unpack("=I", socket.inet_aton(text))[0]
            routes[routes.Key(8, address("10.0.0.0"))] = ct.c_ulonglong(1)
            routes[routes.Key(24, address("10.1.2.0"))] = ct.c_ulonglong(2)
            self.assertEqual(routes[routes.Key(32, address("10.9.9.9"))].value, 1)
            self.assertEqual(routes[routes.Key(32, address("10.1.2.77"))].value, 2)
            with self.assertRaises(KeyError):
                routes[routes.Key(32, address("11.0.0.1"))]
            with self.assertRaises(NotImplementedError):
                len(routes)

    def test_queues_and_stacks(self):
        with BPF(text="""
#include <uapi/linux/ptrace.h>
BPF_QUEUE(first_in, u64, 10);
BPF_STACK(last_in, u64, 10);
int on_call(struct pt_regs *ctx) {
    u64 value = PT_REGS_PARM1(ctx);
    first_in.push(&value, 0);
    last_in.push(&value, 0);
    return 0;
}
""") as b:
            queue, stack = b["first_in"], b["last_in"]
            with attached_to_abs(b, b"on_call"):
                call_abs(1, 2)
            queue.push(ct.c_ulonglong(3))
            stack.push(ct.c_ulonglong(3), flags=0)
            self.assertEqual((queue.peek().value, stack.peek().value), (1, 3))
            self.assertEqual((queue.pop().value, stack.pop().value), (1, 3))
            self.assertEqual([value.value for value in queue.values()], [2, 3])
            self.assertEqual([value.value for value in stack.values()], [2, 1])
            for table in queue, stack:
                with self.assertRaises(KeyError):
                    table.pop()
                with self.assertRaises(KeyError):
                    table.peek()

    def test_tail_calls(self):
        with BPF(text="""
BPF_PROG_ARRAY(jumps, 4);
BPF_ARRAY(ran, u64, 3);
int to(void *ctx) { ran.increment(1); return 0; }
int from(void *ctx) { jumps.call(ctx, 2); ran.increment(0); return 0; }
""") as b:
            jumps = b["jumps"]
            run_once(b, b"from")
            jumps[ct.c_int(2)] = b.load_func("to", BPF.KPROBE)
            run_once(b, b"from")
            jumps[2] = ct.c_int(b.load_func("to", BPF.KPROBE).fd)
            run_once(b, b"from")
            del jumps[ct.c_int(2)]
            run_once(b, b"from")
            self.assertEqual([value.value for value in b["ran"].values()], [2, 2, 0])

    def test_maps_in_maps(self):
        with BPF(text="""
BPF_ARRAY(first, int, 1);
BPF_ARRAY(second, int, 1);
BPF_ARRAY_OF_MAPS(by_index, "first", 4);
BPF_HASH_OF_MAPS(by_key, int, "first", 4);
int on_call(void *ctx) {
    int index = 1, key = 77, zero = 0, *value;
    void *inner = by_index.lookup(&index);
    if (inner && (value = bpf_map_lookup_elem(inner, &zero))) *value += 1;
    inner = by_key.lookup(&key);
    if (inner && (value = bpf_map_lookup_elem(inner, &zero))) *value += 100;
    return 0;
}
""") as b:
            b["by_index"][1] = ct.c_int(b["first"].map_fd)
            b["by_key"][ct.c_int(77)] = ct.c_int(b["second"].get_fd())
            run_once(b, b"on_call")
            self.assertEqual((b["first"][0].value, b["second"][0].value), (1, 100))
            del b["by_key"][ct.c_int(77)]
            run_once(b, b"on_call")
            self.assertEqual((b["first"][0].value, b["second"][0].value), (2, 100))

    def test_the_stack_of_a_call(self):
        with BPF(text=COUNTER + """
BPF_STACK_TRACE(stacks, 64);
BPF_ARRAY(stack, int, 1);
int on_stack(struct pt_regs *ctx) {
    int zero = 0, id = stacks.get_stackid(ctx, BPF_F_USER_STACK);
    stack.update(&zero, &id);
    return 0;
}
""") as b:
            run_once(b, b"on_stack")
            stacks, stack_id = b["stacks"], b["stack"][0].value
            self.assertGreaterEqual(stack_id, 0)
            (first, *_) = stacks.walk(stack_id)
            self.assertEqual(first, ct.cast(libc.abs, ct.c_void_p).value)
            (name, *_) = stacks.walk(stack_id, lambda address: b.sym(address, PID))
            self.assertEqual(name, b"abs")
            self.assertEqual(len(stacks), 1)
            stacks.clear()

    def test_a_stack_by_the_ids_of_its_files(self):
        with BPF(text="""
#include <uapi/linux/ptrace.h>
BPF_STACK_TRACE_BUILDID(stacks, 64);
BPF_ARRAY(stack, int, 1);
int on_stack(struct pt_regs *ctx) {
    int zero = 0, id = stacks.get_stackid(ctx, BPF_F_USER_STACK);
    stack.update(&zero, &id);
    return 0;
}
""") as b:
            BPF.add_module(BPF.find_library(b"c").decode())
            run_once(b, b"on_stack")
            (name, *_) = b["stacks"].walk(b["stack"][0].value, lambda address: b.sym(address, PID))
            self.assertEqual(name, b"abs")

    def test_counters_that_programs_read(self):
        """Page faults of a CPU; others may have some, too."""
        from bcc import PerfSWConfig, PerfType
        with BPF(text="""
BPF_PERF_ARRAY(faults, NUM_CPUS);
BPF_ARRAY(seen, u64, 1);
int on_call(void *ctx) {
    int zero = 0;
    u64 count = faults.perf_read(CUR_CPU_IDENTIFIER);
    seen.update(&zero, &count);
    return 0;
}
""", cflags=[f"-DNUM_CPUS={os.cpu_count()}"]) as b:
            cpus = os.sched_getaffinity(0)
            os.sched_setaffinity(0, {min(cpus)})
            try:
                b["faults"].open_perf_event(PerfType.SOFTWARE, PerfSWConfig.PAGE_FAULTS)
                with attached_to_abs(b, b"on_call"):
                    call_abs(0)
                    before = b["seen"][0].value
                    with mmap.mmap(-1, 300 * mmap.PAGESIZE) as pages:
                        pages.madvise(mmap.MADV_NOHUGEPAGE)
                        for page in range(300):
                            pages[page * mmap.PAGESIZE] = 1
                    call_abs(0)
                self.assertGreaterEqual(b["seen"][0].value - before, 300)
            finally:
                os.sched_setaffinity(0, cpus)


if __name__ == "__main__":
    main()
