"""Keys and values that are more than a number: Python has the fields where the program has them."""
import ctypes as ct
import unittest

from bcc import BPF
from workload import main, run_once

# Fields that the compiler pads, packs, joins and cuts into bits, with values of which each byte tells where it is.
STRUCTS = """
enum colour { RED = 3, GREEN = 5, BLUE = -1 };
struct inner { char letter; u64 large; };
struct padded {
    u8 small;
    u32 middle;
    u8 tail;
    u64 large;
};
struct packed {
    u8 small;
    u32 middle;
    u16 tail;
} __attribute__((packed));
struct mixed {
    char name[8];
    union { u32 whole; u8 parts[4]; };
    struct { u16 first, second; };
    struct inner nested;
    struct inner several[2];
    int numbers[3];
    unsigned int low:3, high:5;
    enum colour colour;
    u8 bytes[4];
    s64 negative;
    void *address;
};
BPF_HASH(padded, struct padded, u64);
BPF_HASH(packed, struct packed, u64);
BPF_HASH(mixed, u32, struct mixed);
BPF_ARRAY(wide, unsigned __int128, 1);
int on_call(void *ctx) {
    u64 one = 1;
    u32 key = 1, zero = 0;
    struct padded padded_key = {.small = 1, .middle = 0x02030405, .tail = 6, .large = 0x0708090a0b0c0d0eull};
    struct packed packed_key = {.small = 1, .middle = 0x02030405, .tail = 0x0607};
    struct mixed value = {};
    padded.update(&padded_key, &one);
    packed.update(&packed_key, &one);
    __builtin_memcpy(value.name, "seven", 6);
    value.whole = 0x04030201;
    value.first = 11;
    value.second = 12;
    value.nested.letter = 'x';
    value.nested.large = 1ull << 40;
    value.several[1].letter = 'y';
    value.several[1].large = 99;
    value.numbers[0] = -1;
    value.numbers[2] = 3;
    value.low = 5;
    value.high = 17;
    value.colour = GREEN;
    value.bytes[0] = 200;
    value.bytes[3] = 201;
    value.negative = -5;
    value.address = (void *)0x1234;
    mixed.update(&key, &value);
    return 0;
}
"""


class Structs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.b = BPF(text=STRUCTS)
        run_once(cls.b, b"on_call")

    @classmethod
    def tearDownClass(cls):
        cls.b.cleanup()

    def test_padding(self):
        ((key, value),) = self.b["padded"].items()
        self.assertEqual((key.small, key.middle, key.tail, key.large), (1, 0x02030405, 6, 0x0708090A0B0C0D0E))
        self.assertEqual((ct.sizeof(key), value.value), (24, 1))

    def test_packed(self):
        ((key, _),) = self.b["packed"].items()
        self.assertEqual((key.small, key.middle, key.tail, ct.sizeof(key)), (1, 0x02030405, 0x0607, 7))
        key.middle = 1
        self.b["packed"][key] = ct.c_ulonglong(2)
        self.assertEqual(sorted(value.value for value in self.b["packed"].values()), [1, 2])
        del self.b["packed"][key]

    def test_all_that_a_struct_can_have(self):
        ((_, value),) = self.b["mixed"].items()
        self.assertEqual(value.name, b"seven")
        self.assertEqual((value.whole, list(value.parts)), (0x04030201, [1, 2, 3, 4]))
        self.assertEqual((value.first, value.second), (11, 12))
        self.assertEqual((value.nested.letter, value.nested.large), (b"x", 1 << 40))
        self.assertEqual([(each.letter, each.large) for each in value.several], [(b"\0", 0), (b"y", 99)])
        self.assertEqual(list(value.numbers), [-1, 0, 3])
        self.assertEqual((value.low, value.high), (5, 17))
        self.assertEqual(value.colour, 5)
        self.assertEqual(list(value.bytes), [200, 0, 0, 201])
        self.assertEqual(value.negative, -5)
        self.assertEqual(value.address, 0x1234)

    def test_what_python_writes_is_the_same(self):
        table = self.b["mixed"]
        ((_, seen),) = table.items()
        written = table.Leaf()
        for name in "name", "whole", "first", "second", "low", "high", "colour", "negative", "address":
            setattr(written, name, getattr(seen, name))
        written.nested.letter, written.nested.large = seen.nested.letter, seen.nested.large
        for name in "several", "numbers", "bytes":
            getattr(written, name)[:] = getattr(seen, name)[:]
        self.assertEqual(bytes(written), bytes(seen))

    def test_128_bits(self):
        table = self.b["wide"]
        table[0] = table.Leaf(7, 1 << 60)
        self.assertEqual(list(table[0]), [7, 1 << 60])


class Texts(unittest.TestCase):
    """key_sprintf and the others: "{ 0x1 [ 0x2 0x3 ] "name" }"."""

    TEXT = """
struct key { u32 pid; char name[8]; u16 pair[2]; };
struct value { u64 low:4, high:60; int number; };
BPF_HASH(both, struct key, struct value, 4);
BPF_ARRAY(numbers, u64, 4);
BPF_QUEUE(queue, u64, 4);
"""

    def test_to_text_and_back(self):
        with BPF(text=self.TEXT) as b:
            both = b["both"]
            key = both.Key(0x10, b"ab", (ct.c_ushort * 2)(1, 0xffff))
            self.assertEqual(both.key_sprintf(key), b'{ 0x10 "ab" [ 0x1 0xffff ] }')
            back = both.key_scanf(b'{ 16 "ab" [ 0x1 0177777 ] }')
            self.assertEqual(bytes(back), bytes(key))
            value = both.leaf_scanf(b"{ 0x5 0x7 -3 }")
            self.assertEqual((value.low, value.high, value.number), (5, 7, -3))
            self.assertEqual(both.leaf_sprintf(value), b"{ 0x5 0x7 0xfffffffd }")
            both[key] = value
            self.assertEqual(both[back].high, 7)

    def test_numbers(self):
        with BPF(text=self.TEXT) as b:
            self.assertEqual(b["numbers"].leaf_sprintf(ct.c_ulonglong(255)), b"0xff")
            self.assertEqual(b["numbers"].key_scanf(b"3").value, 3)
            self.assertEqual(b["queue"].leaf_sprintf(ct.c_ulonglong(16)), b"0x10")
            self.assertEqual(b["queue"].leaf_scanf(b"0x11").value, 17)
            for wrong in b"three", b"{ 3 }", b"":
                with self.assertRaisesRegex(Exception, "Could not scanf"):
                    b["numbers"].leaf_scanf(wrong)

    def test_how_python_sees_a_table(self):
        with BPF(text=self.TEXT) as b:
            shown = b.decode_table("both", sizeinfo=True)
            for word in "hash", "both", "pid", "name", "pair", "number":
                self.assertIn(word, shown.lower())


class Instructions(unittest.TestCase):
    def test_a_function_as_text_and_as_bytes(self):
        with BPF(text="int f(void *ctx) { return 7; }") as b:
            code = b.dump_func("f")
            self.assertEqual(code, bytes.fromhex("b700000007000000" "9500000000000000"))
            shown = b.disassemble_func("f")
            self.assertIn("r0 = 7", shown)
            self.assertIn("exit", shown)


if __name__ == "__main__":
    main()
