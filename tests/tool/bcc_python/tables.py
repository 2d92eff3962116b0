"""Hashes and arrays of BCC's Python: what Python writes is what programs read, and the other way round."""
import ctypes as ct
import os
import unittest

from bcc import BPF
from workload import COUNTER, as_numbers, attached_to_abs, call_abs, main, numbers_of, run_once


class Hashes(unittest.TestCase):
    def test_entries_one_by_one(self):
        with BPF(text="BPF_HASH(pairs, u32, u64, 8);") as b:
            table = b.get_table("pairs")
            self.assertEqual(table.map_fd, b["pairs"].map_fd)
            for key in range(5):
                table[ct.c_uint(key)] = ct.c_ulonglong(key * key)
            self.assertEqual(len(table), 5)
            self.assertEqual(sorted(value.value for value in table.values()), [0, 1, 4, 9, 16])
            self.assertEqual(sorted(key.value for key in table.keys()), list(range(5)))
            self.assertEqual(sorted(value.value for value in table.itervalues()), [0, 1, 4, 9, 16])
            self.assertEqual(table[table.Key(3)].value, 9)
            self.assertIn(table.Key(3), table)
            del table[table.Key(3)]
            self.assertNotIn(table.Key(3), table)
            with self.assertRaises(KeyError):
                table[table.Key(3)]
            self.assertEqual(table.get(table.Key(3), "none"), "none")
            self.assertEqual(table.pop(table.Key(4)).value, 16)
            table.zero()
            self.assertEqual(as_numbers(table), {0: 0, 1: 0, 2: 0})
            table.clear()
            self.assertEqual(table.items(), [])

    def test_more_than_it_holds(self):
        with BPF(text="BPF_HASH(pairs, u32, u64, 2);") as b:
            for key in range(2):
                b["pairs"][ct.c_uint(key)] = ct.c_ulonglong(1)
            with self.assertRaisesRegex(Exception, "Could not update table"):
                b["pairs"][ct.c_uint(2)] = ct.c_ulonglong(1)

    def test_the_least_recently_used_goes(self):
        with BPF(text="""
BPF_TABLE("lru_hash", u32, u64, recent, 1);
BPF_TABLE("lru_percpu_hash", u32, u64, recent_by_cpu, 1);
int on_call(void *ctx) { u32 key = 2; u64 one = 1; recent.update(&key, &one); return 0; }
""") as b:
            b["recent"][ct.c_uint(1)] = ct.c_ulonglong(5)
            run_once(b, b"on_call")
            self.assertEqual(as_numbers(b["recent"]), {2: 1})
            by_cpu = b["recent_by_cpu"]
            for key in 1, 2:
                by_cpu[by_cpu.Key(key)] = by_cpu.Leaf(*[key] * len(by_cpu.Leaf()))
            self.assertEqual([key.value for key in by_cpu.keys()], [2])
            self.assertEqual(by_cpu.sum(by_cpu.Key(2)).value, 2 * len(by_cpu.Leaf()))

    def test_in_a_private_table_of_types_of_ones_own(self):
        class Key(ct.Structure):
            _fields_ = [("low", ct.c_uint), ("high", ct.c_uint)]

        with BPF(text="BPF_HASH(pairs, u64, u64);") as b:
            b["pairs"][ct.c_ulonglong(7 << 32 | 3)] = ct.c_ulonglong(1)
            ((key, value),) = b.get_table("pairs", Key, ct.c_ulonglong).items()
            self.assertEqual((key.low, key.high, value.value), (3, 7, 1))


class Batches(unittest.TestCase):
    def filled(self):
        b = BPF(text="BPF_HASH(pairs, int, u64, 1000);")
        table = b["pairs"]
        keys, values = (table.Key * 1000)(*range(1000)), (table.Leaf * 1000)(*[3 * n for n in range(1000)])
        table.items_update_batch(keys, values)
        return b, table

    def test_update_and_lookup(self):
        b, table = self.filled()
        with b:
            expected = {n: 3 * n for n in range(1000)}
            self.assertEqual(as_numbers(table), expected)
            self.assertEqual(numbers_of(table.items_lookup_batch()), expected)

    def test_delete_some_and_all(self):
        b, table = self.filled()
        with b:
            table.items_delete_batch((table.Key * 999)(*range(999)))
            self.assertEqual(as_numbers(table), {999: 2997})
            table.items_delete_batch()
            self.assertEqual(len(table), 0)

    def test_lookup_and_delete(self):
        b, table = self.filled()
        with b:
            taken = numbers_of(table.items_lookup_and_delete_batch())
            self.assertEqual(taken, {n: 3 * n for n in range(1000)})
            self.assertEqual(len(table), 0)

    def test_more_than_it_holds(self):
        b, table = self.filled()
        with b, self.assertRaises(Exception):
            table.items_update_batch((table.Key * 1001)(), (table.Leaf * 1001)())


class Arrays(unittest.TestCase):
    def test_entries(self):
        with BPF(text="""
BPF_ARRAY(numbers, u64, 4);
int on_call(void *ctx) { int key = 2; u64 *n = numbers.lookup(&key); if (n) *n *= 2; return 0; }
""") as b:
            table = b["numbers"]
            table[2] = ct.c_ulonglong(21)
            run_once(b, b"on_call")
            self.assertEqual([value.value for value in table.values()], [0, 0, 42, 0])
            self.assertEqual(table[-2].value, 42)
            self.assertEqual(len(table), 4)
            for index in 4, "2":
                with self.assertRaises(IndexError):
                    table[index]
            del table[2]
            self.assertEqual(table[2].value, 0)
            table[1] = ct.c_ulonglong(1)
            table.clear()
            self.assertEqual(table[1].value, 0)

    def test_a_value_for_each_cpu(self):
        cpus = sorted(os.sched_getaffinity(0))
        with BPF(text=COUNTER + """
BPF_PERCPU_ARRAY(numbers, u64, 2);
BPF_PERCPU_HASH(pairs, u32, u32);
int on_each(void *ctx) {
    u32 key = 1, one = 1, *there = pairs.lookup_or_try_init(&key, &one);
    if (there) *there += 10;
    numbers.increment(1);
    return 0;
}
""") as b, attached_to_abs(b, b"on_each"):
            try:
                for cpu in cpus:
                    os.sched_setaffinity(0, {cpu})
                    call_abs(*[0] * (cpu + 3))
            finally:
                os.sched_setaffinity(0, cpus)
            numbers, pairs = b["numbers"], b["pairs"]
            by_cpu = {cpu: cpu + 3 for cpu in cpus}
            self.assertEqual({cpu: n for cpu, n in enumerate(numbers.getvalue(numbers.Key(1))) if n}, by_cpu)
            self.assertEqual(numbers.sum(numbers.Key(1)).value, sum(by_cpu.values()))
            self.assertEqual(numbers.max(numbers.Key(1)).value, max(by_cpu.values()))
            self.assertEqual(numbers.average(numbers.Key(1)), sum(by_cpu.values()) / numbers.total_cpu)
            # The first value goes to every CPU that the kernel thinks of, not to those alone that ran.
            there = pairs.getvalue(pairs.Key(1))
            self.assertEqual([there[cpu] % 10 for cpu in cpus][0], 1)
            self.assertEqual(sum(there[cpu] // 10 for cpu in cpus), sum(by_cpu.values()))
            added = b.get_table("numbers", reducer=lambda x, y: x + y)
            self.assertEqual(added[added.Key(1)], sum(by_cpu.values()))


if __name__ == "__main__":
    main()
