"""Histograms of BCC's Python, of values that are known."""
import json
import unittest

from bcc import BPF
from workload import attached_to_abs, call_abs, main, output_of

TEXT = """
#include <uapi/linux/ptrace.h>
struct key { u64 who; u64 slot; };
BPF_HISTOGRAM(sizes);
BPF_HISTOGRAM(values);
BPF_HISTOGRAM(by_who, struct key);
int on_call(struct pt_regs *ctx) {
    u64 value = PT_REGS_PARM1(ctx);
    struct key key = {.who = value % 2, .slot = bpf_log2l(value)};
    sizes.increment(bpf_log2l(value));
    values.atomic_increment(value, 2);
    by_who.increment(key);
    return 0;
}
"""
VALUES = [1] * 3 + [5] * 8 + [6] * 4  # slots 1 and 3 of powers of two


def rows(text):
    """{what stands before the colon: count} of a histogram's lines."""
    found = {}
    for line in text.splitlines():
        name, colon, rest = line.partition(" : ")
        if colon and rest.split()[0].isdigit():
            found[" ".join(name.split())] = int(rest.split()[0])
    return found


class Histograms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.b = BPF(text=TEXT)
        with attached_to_abs(cls.b, b"on_call"):
            call_abs(*VALUES)

    @classmethod
    def tearDownClass(cls):
        cls.b.cleanup()

    def printed(self, table, method, *arguments, **options):
        with output_of(1) as said:
            getattr(self.b[table], method)(*arguments, **options)
        return said[0]

    def test_powers_of_two(self):
        text = self.printed("sizes", "print_log2_hist", "bytes")
        self.assertRegex(text, r"^ +bytes +: count +distribution")
        self.assertEqual(rows(text), {"0 -> 1": 3, "2 -> 3": 0, "4 -> 7": 12})
        self.assertIn("|" + "*" * 40 + "|", text)
        self.assertIn("|" + "*" * 10 + " " * 30 + "|", text)

    def test_one_for_each_first_part_of_the_key(self):
        text = self.printed("by_who", "print_log2_hist", "bytes", section_header="who",
                            section_print_fn=lambda who: "even" if who == 0 else "odd", bucket_sort_fn=sorted)
        even, odd = text.split("who = odd")
        self.assertIn("who = even", even)
        self.assertEqual(rows(even), {"0 -> 1": 0, "2 -> 3": 0, "4 -> 7": 4})
        self.assertEqual(rows(odd), {"0 -> 1": 3, "2 -> 3": 0, "4 -> 7": 8})

    def test_without_empty_rows_before_the_first(self):
        text = self.printed("by_who", "print_log2_hist", "bytes", bucket_fn=lambda who: who + 10, strip_leading_zero=True)
        self.assertIn("Bucket ptr = 10", text)
        self.assertEqual(rows(text.split("Bucket ptr = 11")[0] if text.index("= 10") < text.index("= 11")
                              else text.split("Bucket ptr = 10")[1]), {"4 -> 7": 4})

    def test_a_row_for_each_value(self):
        text = self.printed("values", "print_linear_hist", "bytes")
        self.assertEqual(rows(text), {"0": 0, "1": 6, "2": 0, "3": 0, "4": 0, "5": 16, "6": 8})
        self.assertEqual(rows(self.printed("values", "print_linear_hist", strip_leading_zero=True))["1"], 6)

    def test_as_json(self):
        data = json.loads(self.printed("sizes", "print_json_hist", "bytes").replace("'", '"'))
        self.assertEqual(data["val_type"], "bytes")
        counts = {(each["interval-start"], each["interval-end"]): each["count"] for each in data["data"]}
        self.assertEqual(counts, {(0, 1): 3, (2, 3): 0, (4, 7): 12})


if __name__ == "__main__":
    main()
