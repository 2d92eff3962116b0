"""Runs a program written against BCC's Python until it waits: record.py [--no-fentry] PROGRAM [ARGUMENT...]

The library that it finds as libbcc.so.0 notes what is attached. What is here notices the ways to wait that do not lead
through the library, and lists the kernel's functions where the kernel has no list of those that cannot be probed.
"""
import builtins
import os
import re
import runpy
import signal
import sys
import time

import bcc
from bcc.libbcc import lib


def ends_recording(waiting):
    def wait(*arguments, **named):
        sys.stdout.flush()
        lib.bcc_recorder_waits()
        return waiting(*arguments, **named)
    return wait


def kernel_functions(pattern):
    try:
        return listed_functions(pattern)
    except OSError:
        pass
    with open("/proc/kallsyms", "rb") as symbols:
        lines = [line.split()[1:3] for line in symbols]
    return {name for kind, name in lines if kind in (b"t", b"T", b"w", b"W") and re.match(pattern, name)
            and not name.startswith((b"__SCT__", b"_kbl_addr_", b"__pfx_", b"__cfi_")) and b".cold" not in name}


listed_functions = bcc.BPF.get_kprobe_functions
bcc.BPF.get_kprobe_functions = staticmethod(kernel_functions)
bcc.BPF.trace_open = ends_recording(bcc.BPF.trace_open)
time.sleep = ends_recording(time.sleep)
signal.pause = ends_recording(signal.pause)
builtins.input = ends_recording(builtins.input)
sys.argv = sys.argv[1:]
if sys.argv[0] == "--no-fentry":
    bcc.BPF.support_kfunc = staticmethod(lambda: False)
    sys.argv = sys.argv[1:]
sys.path[0] = os.path.dirname(os.path.realpath(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
