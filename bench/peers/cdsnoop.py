#!/usr/bin/env python3
"""The report's cdsnoop for BCC's Python, as it was written; only what Python 3 and BCC 0.26 refuse is mended.

usage: cdsnoop.py [SECONDS]    without SECONDS it runs until Ctrl-C
"""
import sys
import time
from time import strftime

from bcc import BPF

bpf_text = r"""
#include <uapi/linux/ptrace.h>

int printret(struct pt_regs *ctx) {
    if (!ctx->ax)
        return 0;
    char str[30] = {};
    bpf_probe_read(&str, sizeof(str), (void *)ctx->ax);
    bpf_trace_printk("%s\n", &str);
    return 0;
}

int printret1(struct pt_regs *ctx) {
    if (!ctx->ax)
        return 0;
    char str[30] = {};
    bpf_probe_read(&str, sizeof(str), (void *)ctx->ax);
    bpf_trace_printk("%s\n", &str);
    return 0;
}

int printerr(struct pt_regs *ctx) {
    if (!ctx->ax)
        return 0;
    char str[30] = {};
    bpf_probe_read(&str, sizeof(str), (void *)ctx->ax);
    bpf_trace_printk("%s\n", &str);
    return 0;
};
"""

seconds = float(sys.argv[1]) if len(sys.argv) > 1 else None
b = BPF(text=bpf_text)
b.attach_uretprobe(name="/bin/bash", sym="get_name_for_error", fn_name="printerr")
b.attach_uretprobe(name="/bin/bash", sym="readline", fn_name="printret")
b.attach_uretprobe(name="/bin/bash", sym="get_string_value", fn_name="printret1")

print("%-12s %-10s %-15s %-10s %s" % ("TIME", "PID", "PREV_DIR", "CURR_DIR", "COMM"))
if seconds is not None:
    time.sleep(seconds)
    sys.exit()

directory = ""
while 1:
    try:
        (task, pid, cpu, flags, ts, msg) = b.trace_fields()
    except ValueError:
        continue
    except KeyboardInterrupt:
        sys.exit()
    msg = msg.decode(errors="replace")
    if msg == "":
        continue
    command = ""
    try:
        command, directory = msg.split(" ")
    except ValueError:
        directory = "~"
    if command != "cd":
        continue
    curr_pid = pid
    (task, pid, cpu, flags, ts, msg) = b.trace_fields()
    msg = msg.decode(errors="replace")
    if msg == "bash":
        print("%-12s %-5d %-1s %-1s %-1s %s" % (strftime("%H:%M:%S"), pid, msg, ": cd :", directory,
                                                "File o directory non esistente"))
        continue
    prec_path = msg
    (task, pid, cpu, flags, ts, msg) = b.trace_fields()
    msg = msg.decode(errors="replace")
    if msg == "bash":
        print("%-12s %-5d %-1s %-1s %-1s %s" % (strftime("%H:%M:%S"), pid, msg, ": cd :", directory,
                                                "File o directory non esistente"))
    else:
        print("%-12s %-10d %-15s %-10s %s" % (strftime("%H:%M:%S"), curr_pid, prec_path, msg,
                                              command + " " + directory))
