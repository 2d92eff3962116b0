#!/usr/bin/env python3
"""The probes beside this file, run by BCC's Python: peer.py events|map COMMAND ARG..."""
import pathlib
import subprocess
import sys

from bcc import BPF

what, command = sys.argv[1], sys.argv[2:]
gate = subprocess.Popen(["/bin/sh", "-c", 'read go && exec "$@"', "sh", *command], stdin=subprocess.PIPE)
text = pathlib.Path(__file__).with_name(what + ".c").read_text()
b = BPF(text=text)
b.attach_raw_tracepoint(tp="sys_enter", fn_name="on_call")
if what == "events":
    def show(ctx, data, size):
        e = b["events"].event(data)
        print("%-16d %-8d %-7d %-3d %s" % (e.time, e.number, e.pid, e.cpu, e.comm.decode()))

    b["events"].open_ring_buffer(show)
gate.stdin.write(b"go\n")
gate.stdin.close()
while gate.poll() is None:
    if what == "events":
        b.ring_buffer_poll(10)
    else:
        gate.wait()
if what == "events":
    b.ring_buffer_consume()
else:
    for key, value in sorted(b["big"].items(), key=lambda each: each[1].value):
        print("%-20d %d" % (key.value, value.value))
