#!/usr/bin/env python3
"""The report's pagefaultcount for BCC's Python, as it was written; only what Python 3 and its misprints refuse is mended.

usage: pagefaultcount.py [SECONDS]    100 seconds without it
"""
import signal
import sys
from time import sleep

from bcc import BPF, PerfSWConfig, PerfType

bpf_text = r"""
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <uapi/linux/bpf_perf_event.h>

struct data_t {
    u32 pid;
    u64 cpu;
    char comm[TASK_COMM_LEN];
};

BPF_HASH(minflt_table, struct data_t);
BPF_HASH(majflt_table, struct data_t);

static inline __attribute__((always_inline)) void get_key(
    struct data_t* data) {
    data->cpu = bpf_get_smp_processor_id();
    data->pid = bpf_get_current_pid_tgid();
    bpf_get_current_comm(&(data->comm), sizeof(data->comm));
}

int page_minflt(struct bpf_perf_event_data *ctx) {
    struct data_t data = {};
    get_key(&data);
    u64 zero = 0, *val;
    val = minflt_table.lookup_or_init(&data, &zero);
    (*val) += ctx->sample_period;
    return 0;
}

int page_majflt(struct bpf_perf_event_data *ctx) {
    struct data_t data = {};
    get_key(&data);
    u64 zero = 0, *val;
    val = majflt_table.lookup_or_init(&data, &zero);
    (*val) += ctx->sample_period;
    return 0;
}
"""

seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 100


def signal_ignore(signum, frame):
    print()


b = BPF(text=bpf_text)
b.attach_perf_event(ev_type=PerfType.SOFTWARE, ev_config=PerfSWConfig.PAGE_FAULTS_MAJ,
                    fn_name="page_majflt", sample_period=0, sample_freq=49)
b.attach_perf_event(ev_type=PerfType.SOFTWARE, ev_config=PerfSWConfig.PAGE_FAULTS_MIN,
                    fn_name="page_minflt", sample_period=0, sample_freq=49)

print("Running for {} seconds or hit Ctrl-C to end.".format(seconds))

try:
    sleep(seconds)
except KeyboardInterrupt:
    signal.signal(signal.SIGINT, signal_ignore)
    print(" ")

minflt_count = {}
for (k, v) in b.get_table("minflt_table").items():
    minflt_count[(k.pid, k.cpu, k.comm)] = v.value

majflt_count = {}
for (k, v) in b.get_table("majflt_table").items():
    majflt_count[(k.pid, k.cpu, k.comm)] = v.value

print("{:<8s} {:<20s} {:<12s} {:<12s} {:<12s}".format("PID", "NAME", "CPU", "MIN_FLT", "MAX_FLT"))
for (k, v) in sorted(b.get_table("minflt_table").items(), key=lambda kv: kv[1].value, reverse=True):
    try:
        maj_miss = majflt_count[(k.pid, k.cpu, k.comm)]
    except KeyError:
        maj_miss = 0
    print("{:<8d} {:<20s} {:<12d} {:<12d} {:<12d}".format(
        k.pid, k.comm.decode(errors="replace"), k.cpu, v.value, maj_miss))

for (k, v) in sorted(b.get_table("majflt_table").items(), key=lambda kv: kv[1].value, reverse=True):
    repeat = 1
    try:
        min_miss = minflt_count[(k.pid, k.cpu, k.comm)]
    except KeyError:
        min_miss = 0
        repeat = 0
    if not repeat:
        print("{:<8d} {:<20s} {:<12d} {:<12d} {:<12d}".format(
            k.pid, k.comm.decode(errors="replace"), k.cpu, min_miss, v.value))
