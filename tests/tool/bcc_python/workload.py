"""What the tests have happen, so that they know what a program must have counted."""
import contextlib
import ctypes
import os
import subprocess
import sys
import tempfile
import unittest

PID = os.getpid()
BUILD = os.environ.get("SONDA_BUILD", "")
libc = ctypes.CDLL("libc.so.6", use_errno=True)
SYS_GETPPID = 110  # of x86-64
KERNEL_HAS_KPROBES = os.path.isdir("/sys/bus/event_source/devices/kprobe")

# Runs for a call of a function of this process; `count` is a number for each first argument.
COUNTER = """
#include <uapi/linux/ptrace.h>
BPF_HASH(count, u64, u64);
int on_call(struct pt_regs *ctx) {
    count.increment((u64)PT_REGS_PARM1(ctx));
    return 0;
}
"""


def call_abs(*values):
    """Calls abs() of the C library, which nothing else in this process does."""
    for value in values:
        libc.abs(ctypes.c_int(value))


def getppid(times):
    for _ in range(times):
        libc.getppid()


def numbers_of(items):
    """BCC's batches give numbers in some releases, and what holds them in others."""
    return {getattr(key, "value", key): getattr(value, "value", value) for key, value in items}


def as_numbers(table):
    return numbers_of(table.items())


@contextlib.contextmanager
def attached_to_abs(bpf, function):
    """`function` of the module runs for each call_abs()."""
    bpf.attach_uprobe(name=b"c", sym=b"abs", fn_name=function, pid=PID)
    try:
        yield
    finally:
        bpf.detach_uprobe(name=b"c", sym=b"abs", pid=PID)


def run_once(bpf, function, value=0):
    """Runs `function` once, with `value` as the first argument of its context."""
    with attached_to_abs(bpf, function):
        call_abs(value)


@contextlib.contextmanager
def output_of(descriptor):
    """A list that at the end has what went to the descriptor (1, 2), also what the library wrote."""
    (sys.stdout if descriptor == 1 else sys.stderr).flush()
    said = []
    kept = os.dup(descriptor)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), descriptor)
        try:
            yield said
        finally:
            (sys.stdout if descriptor == 1 else sys.stderr).flush()
            os.dup2(kept, descriptor)
            os.close(kept)
            file.seek(0)
            said.append(file.read().decode(errors="replace"))


def main():
    """Runs the tests of a file. BCC warns of each text that is not of bytes, and takes it."""
    unittest.main(warnings="ignore")


class Target:
    """A program of tests/targets that waits until the test is ready; see there for its options."""

    def __init__(self, name, *options):
        self.path = os.path.join(BUILD, "tests", "targets", name)
        if not os.path.exists(self.path):
            raise unittest.SkipTest(f"{self.path} is not built")
        self.process = subprocess.Popen([self.path, *options, "--wait-for-newline"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.pid = self.process.pid
        self.process.stdout.readline()

    def go(self):
        """Has it do its work, and waits until that is done."""
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
