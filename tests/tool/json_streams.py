#!/usr/bin/python3
"""Every line that every command prints with --json follows docs/sonda.schema.json. Arguments: the build folder, the
source folder."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time


def skip(capability):
    print(f"skipped: needs {capability}")
    sys.exit(1 if os.environ.get("SONDA_NO_SKIP") else 77)


sys.dont_write_bytecode = True
try:
    import json_schema
except ModuleNotFoundError as missing:
    skip(f"python3-{missing.name}")
if os.geteuid() != 0:
    skip("CAP_BPF and CAP_PERFMON (run as root)")

build, source = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
calls = build / "tests/targets/calls"
patience = 60 * int(os.environ.get("SONDA_TEST_PATIENCE", "1"))
schema = json_schema.Schema(source / "docs/sonda.schema.json")
seen = {}  # an object of each shape

# What takes luck: a map that changes while it is read, a signal at that moment.
hard_to_provoke = {"run.incomplete", "run.interrupted"}

shows_everything = """
struct call { u32 pid; int number; };
struct padded { u8 small; u64 large; };
static u64 seen;
static const u8 weights[8] = {3, 1, 4, 1, 5, 9, 2, 6};
BPF_PERF_OUTPUT(calls);
BPF_HASH(by_process, u32, u64);
BPF_HASH(small, u32, u64, 1);
BPF_HASH(padded, struct padded, u64);
BPF_PERCPU_ARRAY(on_cpu, u64, 1);
BPF_HISTOGRAM(sizes);
BPF_QUEUE(queue, u32, 16);
// @attach uprobe:CALLS:target_first
int on_call(struct pt_regs *ctx) {
  int zero = 0;
  struct call call = {.pid = bpf_get_current_pid_tgid() >> 32, .number = ++seen};
  struct padded key;
  __builtin_memset(&key, call.number, sizeof(key));
  key.small = 1; key.large = 2;
  padded.increment(key);
  calls.perf_submit(ctx, &call, sizeof(call));
  by_process.increment(call.pid);
  u32 number = call.number;
  u64 one = weights[seen & 7];
  small.update(&number, &one);
  on_cpu.increment(zero);
  sizes.increment(bpf_log2l(call.number));
  queue.push(&number, BPF_EXIST);
  bpf_trace_printk("call %d\\\\n", call.number);
  return 0;
}
""".replace("CALLS", str(calls)).replace("\\\\n", "\\n")
ticking = """
BPF_ARRAY(ticks, u64, 1);
// @param STEP 1 "what a tick counts"
// @attach interval:ms:5
int on_tick(void *ctx) { ticks.increment(0, STEP); return 0; }
"""
unchecked = """
BPF_HASH(seen, u32);
// @attach interval:s:1
int on_tick(void *ctx) { u32 key = 0; u64 *n = seen.lookup(&key); *n += 1; return 0; }
"""


def check(name, text):
    """The objects of a stream, after a look at each. The first one has the version, and no other. What the command `calls`
    says stands between them."""
    objects = [json.loads(line) for line in text.splitlines() if line != "done"]
    if not objects:
        raise ValueError(f"{name} printed nothing")
    for number, each in enumerate(objects):
        try:
            seen.setdefault(schema.shape_of(each), each)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        if each.get("version") != (1 if number == 0 else None):
            raise ValueError(f"{name}: line {number + 1} has the version {each.get('version')}")
    return objects


def run(program, *words, status=0, **how):
    """What a program prints until it ends."""
    command = [str(build / "bin" / program), *map(str, words)]
    end = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=patience, **how)
    if end.returncode not in (status if isinstance(status, tuple) else (status,)):
        raise ValueError(f"{command} ended with {end.returncode}: {end.stderr}")
    return check(" ".join([program, *map(str, words)]), end.stdout)


@contextlib.contextmanager
def started(program, *words):
    """A program that has begun. `said` has its objects when it was interrupted, at the end of the block."""
    reader, writer = os.pipe()
    said = []
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen([str(build / "bin" / program), *map(str, words)], stdin=subprocess.DEVNULL, stdout=out,
                                   pass_fds=[writer], env={**os.environ, "SONDA_NOTIFY_READY": str(writer)})
        os.close(writer)
        with os.fdopen(reader) as ready:
            ready.readline()

        def wait_for(text):
            for _ in range(patience * 20):
                out.seek(0)
                if text in out.read():
                    return
                time.sleep(0.05)
            raise ValueError(f"{program} never said {text}")

        try:
            yield said, wait_for
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(patience)
        out.seek(0)
        said += check(program, out.read())


def of_type(objects, kind, **keys):
    return [each for each in objects if each["type"] == kind and keys.items() <= each.items()]


def expect(what, found, wanted):
    if found != wanted:
        raise ValueError(f"{what}: {found} instead of {wanted}")


def try_run(probe, tick, refused):
    run("sonda", "run", "--json")
    said = run("sonda", "run", "--json", probe, "-i", 60, "--map", "calls", "--map", "by_process", "--map", "small",
               "--map", "padded", "--map", "on_cpu", "--map", "sizes", "--map", "queue", "--map", ".bss", "--map",
               ".rodata.cst8", "--", calls, "--first", 7)
    expect("events", [each["data"]["number"] for each in of_type(said, "event")], list(range(1, 8)))
    expect("calls", [each["value"] for each in of_type(said, "entry", map="by_process")], [7])
    expect("refused updates", sum(each["count"] for each in of_type(said, "lost", what="updates", map="small")), 6)
    expect("slots", sum(each["count"] for each in of_type(said, "histogram")), 7)
    run("sonda", "run", "--json", source / "examples/probes/iterator.c")
    with started("sonda", "run", "--json", "--watch", tick) as (said, wait_for):
        time.sleep(0.5)
        tick.write_text(ticking.replace("STEP)", "STEP + 1)"))
        wait_for('"type":"reload"')
        wait_for('"type":"reload_runs"')
        tick.write_text(ticking.replace("STEP)", "STEPS)"))
        wait_for('"type":"reload_error"')
    expect("reloads", [len(of_type(said, kind)) for kind in ("reload", "reload_error")], [1, 1])
    tick.write_text(ticking)
    expect("checked", [each["accepted"] for each in run("sonda", "check", "--json", tick, refused, status=1)], [True, False])
    run("sonda", "check", "--json", "--btf", "/sys/kernel/btf/vmlinux", tick)
    run("sonda", "explain", "--json", probe)
    run("sonda", "explain", "--json", refused, status=1)


def try_shell(probe, tick, folder):
    commands = ["attach", "list", "stats on", f"run {calls} --first 3", "events -d 0.1", "map by_process", "map sizes",
                "map on_cpu all", "map by_process hist", "map .bss", "map .bss clear", "map by_process clear", "list programs",
                "source on_call", "explain on_call", "no such command", "set STEP 2", "set", "edit ticking.c", "detach all",
                f"save {folder}/saved", "unload ticking.c", "help", "help map"]
    words = [word for command in commands for word in ("-e", command)]
    said = run("sonda", "shell", "--json", "--keep-going", probe, tick, *words, status=2,
               env={**os.environ, "EDITOR": "/bin/true"})
    expect("done", [each["ok"] for each in of_type(said, "done")], [True] + [command[:2] != "no" for command in commands])
    expect("calls", [each["value"] for each in of_type(said, "entry", map="by_process")], [3])
    expect("STEP", [each["value"] for each in of_type(said, "parameter", parameter="STEP")], ["2"])


def try_list():
    kinds = {each["kind"]: each for each in run("sonda", "list", "--json")}
    marks = build / "tests/targets/marks"
    said = run("sonda", "list", "--json", f"usdt:{marks}:numbers", "software:page-faults", f"uprobe:{calls}:target_first",
               "tracepoint:sched:sched_switch")
    expect("points", [each["point"] for each in said],
           [f"usdt:{marks}:sonda_marks:numbers", "software:page-faults:1", f"uprobe:{calls}:target_first",
            "tracepoint:sched:sched_switch"])
    expect("arguments", [[each["type"] for each in point["arguments"]] for point in said],
           [["s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64"], [], [],
            ["char[16]", "pid_t", "int", "long", "char[16]", "pid_t", "int"]])
    if kinds["tracepoint"]["points"] < 100 or kinds["tracepoint"]["missing"] is not None:
        raise ValueError(f"the tracepoints: {kinds['tracepoint']}")
    every_kind = run("sonda", "list", "--json", "sched_switch")
    expect("kinds", {"tracepoint", "rawtracepoint"} - {each["kind"] for each in every_kind}, set())


def try_others(tick, folder):
    with started("sonda", "run", "--json", tick):
        run("sonda", "top", "--json", "-n", 2, "-i", 0.2)
        run("sonda", "top", "--json", "-n", 2, "-i", 0.2, "--map", "ticks")
    run("sonda", "doctor", "--json", "--only", "user", "--only", "privilege", status=(0, 77))
    run("sonda", "doctor", "--json", "--list")
    learn = ("--json", "--folder", folder / "learn")
    run("sonda", "learn", *learn)
    for command, status in (((1,), 0), (("check", 1), 1), (("work", 1), 0), (("reset", 1), 0)):
        run("sonda", "learn", *command, *learn, status=status)
    [solution] = run("sonda", "learn", "solution", 1, *learn)
    (folder / "learn/01-first-uprobe.c").write_text(solution["text"])
    expect("passed", run("sonda", "learn", "check", 1, *learn)[0]["passed"], True)
    shell = subprocess.Popen(["/bin/bash", "-c", "read; cd /tmp; cd /nowhere; true"], stdin=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    with started("cdsnoop", "--json", "-p", shell.pid) as (said, wait_for):
        shell.communicate(b"\n")
        wait_for("/nowhere")
    expect("changes", [each["errno"] for each in of_type(said, "change")], [0, 2])
    if abs(said[0]["time"] - time.time()) > patience:
        raise ValueError(f"the time of a change: {said[0]['time']}")
    for words in (["-i", 0.1], ["--by", "cpu"], ["--freq", 49]):
        expect("totals", len(of_type(run("pagefaultcount", "--json", "-d", 0.3, *words), "total")), 1)


with tempfile.TemporaryDirectory() as name:
    work = pathlib.Path(name)
    os.environ.setdefault("XDG_CACHE_HOME", os.environ.get("SONDA_TEST_CACHE", f"{work}/cache"))
    probe, tick, refused = work / "everything.c", work / "ticking.c", work / "refused.c"
    for file, text in ((probe, shows_everything), (tick, ticking), (refused, unchecked)):
        file.write_text(text)
    json_schema.check_sources(schema, source / "src")
    try_run(probe, tick, refused)
    try_shell(probe, tick, work)
    try_others(tick, work)
    try_list()
    for each in seen.values():
        json_schema.check_wrong_objects_are_refused(schema, each)
    if unseen := schema.shapes.keys() - seen.keys() - hard_to_provoke:
        raise ValueError(f"never printed: {sorted(unseen)}")
    print(f"{len(seen)} of {len(schema.shapes)} shapes were printed")
