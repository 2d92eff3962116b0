#!/usr/bin/python3
"""Tools of BCC's as probe files: what `sonda run` counts by them is what happened. Argument: the build folder."""
import contextlib
import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import time


def skip(what):
    print(f"skipped: needs {what}")
    sys.exit(1 if os.environ.get("SONDA_NO_SKIP") else 77)


build = pathlib.Path(sys.argv[1]).resolve()
sonda = build / "bin/sonda"
calls, marks = build / "tests/targets/calls", build / "tests/targets/marks"
patience = 60 * int(os.environ.get("SONDA_TEST_PATIENCE", "1"))
failures = []
if not pathlib.Path("/usr/sbin/exitsnoop-bpfcc").exists() or not pathlib.Path("/usr/lib/python3/dist-packages/bcc").exists():
    skip("bpfcc-tools")
if os.geteuid() != 0:
    skip("CAP_BPF and CAP_PERFMON (run as root)")
scratch = tempfile.TemporaryDirectory()
folder = pathlib.Path(scratch.name)
os.chmod(folder, 0o755)


def check(what, is_so, seen=""):
    print("ok  " if is_so else "FAIL", what, "" if is_so else seen)
    if not is_so:
        failures.append(what)


def sonda_import(tool, *arguments, **named):
    words = [str(sonda), "import", tool, *(["--", *map(str, arguments)] if arguments else [])]
    return subprocess.run(words, capture_output=True, text=True, timeout=2 * patience, stdin=subprocess.DEVNULL, **named)


def imported(tool, *arguments):
    """The file that came of a tool."""
    path = folder / f"{tool}.c"
    made = sonda_import(tool, *arguments)
    check(f"{tool} is imported", made.returncode == 0, made.stderr)
    path.write_text(made.stdout)
    return path


def objects(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def run_with(path, *command, status=0):
    """What the file gives while a command runs, which ends with that status."""
    done = subprocess.run([sonda, "run", path, "--json", "--", *command], capture_output=True, text=True, timeout=patience,
                          stdin=subprocess.DEVNULL)
    check(f"{path.name} runs", done.returncode == status, done.stderr)
    return objects(done.stdout)


@contextlib.contextmanager
def running(path):
    """While the file is attached; the list gets what it gave."""
    ready, its_end = os.pipe()
    process = subprocess.Popen([sonda, "run", path, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               stdin=subprocess.DEVNULL, pass_fds=[its_end],
                               env={**os.environ, "SONDA_NOTIFY_READY": str(its_end)})
    os.close(its_end)
    given = []
    is_ready = os.read(ready, 6)
    os.close(ready)
    yield given
    time.sleep(0.2)  # what is in buffers is read before the end in any case
    process.terminate()
    out, errors = process.communicate(timeout=patience)
    check(f"{path.name} runs", is_ready == b"ready\n" and process.returncode == 0, errors)
    given += objects(out)


def values(given, kind, name):
    return [one for one in given if one["type"] == kind and one["map"] == name]


def a_tracepoint():
    events = values(run_with(imported("exitsnoop"), "sh", "-c", "exit 42", status=42), "event", "events")
    shells = [one["data"] for one in events if one["data"]["task"] == "sh"]
    check("a shell ends with 42", any(one["exit_code"] == 42 for one in shells), shells)


def system_calls_of_a_process():
    worker = "import os,sys; sys.stdin.readline(); [os.getppid() for _ in range(1234)]; print('done', flush=True); sys.stdin.readline()"
    with subprocess.Popen([sys.executable, "-c", worker], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as target:
        with running(imported("syscount", "-p", target.pid)) as given:
            target.stdin.write("\n")
            target.stdin.flush()
            target.stdout.readline()
        target.stdin.close()
    numbers = {"x86_64": 110, "aarch64": 173}
    getppid = numbers[os.uname().machine]
    counts = [one["value"] for one in values(given, "entry", "data") if one["key"] == getppid]
    check("getppid is called 1234 times", counts == [1234], counts)


def a_function_of_a_program():
    path = imported("funccount", f"{calls}:target_first")
    check("the function is named", f"// @attach uprobe:{calls}:target_first\n" in path.read_text(), path.read_text())
    counts = [one["value"] for one in values(run_with(path, calls, "--first", "321"), "entry", "counts")]
    check("target_first is called 321 times", [321] in counts or 321 in counts, counts)


def marked_places():
    path = imported("trace", f'u:{marks}:numbers "%d", arg3')
    check("the place is named", f"// @attach usdt:{marks}:sonda_marks:numbers\n" in path.read_text(), path.read_text())
    given = run_with(path, marks, "--rounds", "3")
    seen = [[value for name, value in one["data"].items() if name.startswith("v")] for one in given if one["type"] == "event"]
    check("the third argument is -3000 and less", sorted(seen) == [[-3002], [-3001], [-3000]], seen)


def marked_places_of_a_process():
    with subprocess.Popen([marks, "--rounds", "2", "--wait-for-newline"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as target:
        target.stdout.readline()
        path = imported("trace", "-p", target.pid, f'u:{marks}:numbers "%d", arg3')
        place = f"// @attach usdt:{marks}:sonda_marks:numbers pid={target.pid}\n"
        check("the process is named", place in path.read_text(), path.read_text())
        with running(path) as given:
            subprocess.run([marks, "--rounds", "1"], stdout=subprocess.DEVNULL, check=True)  # another one
            target.stdin.write(b"\n")
            target.stdin.flush()
            target.stdout.readline()
    check("only its places are seen", len([one for one in given if one["type"] == "event"]) == 2, given)


def lines_of_bash():
    with running(imported("bashreadline")) as given:
        child, terminal = pty.fork()
        if child == 0:
            os.execv("/bin/bash", ["bash", "--norc", "-i"])
        for line in (b"echo $((4000 + 711))\n", b"exit\n"):
            os.write(terminal, line)
        with contextlib.suppress(OSError):
            while os.read(terminal, 4096):
                pass
        os.waitpid(child, 0)
    lines = [one["data"]["str"] for one in values(given, "event", "events") if one["data"]["pid"] == child]
    check("what was typed is read", lines == ["echo $((4000 + 711))", "exit"], lines)


def what_has_no_notation():
    text = sonda_import("netqtop", "-n", "lo").stdout
    check("an entry of a map is told", '//   not taken over: name_map[0x0] = { "lo" }\n' in text, text[:400])
    text = sonda_import("tcpsubnet", "10.0.0.0/8").stdout
    check("the package is named", "bpfcc-tools" in text.split("\n\n")[0], text[:400])


def errors_are_told():
    made = sonda_import("opensnop")
    check("a wrong name", made.returncode != 0 and "did you mean 'opensnoop'" in made.stderr, made.stderr)
    made = sonda_import("deadlock")
    check("a tool that wants more", made.returncode != 0 and "required: pid" in made.stderr and made.stdout == "", made.stderr)
    script = folder / "early.py"
    script.write_text("#!/usr/bin/python3\nimport bcc\nprint('\\x1b[31mred')\nraise SystemExit(3)\n")
    made = sonda_import(str(script))
    check("a tool that ends early", "status 3" in made.stderr and "\\x1b[31mred" in made.stderr, made.stderr)


def the_output_file():
    kept, link = folder / "kept", folder / "link.c"
    kept.write_text("kept\n")
    link.symlink_to(kept)
    made = subprocess.run([sonda, "import", "bashreadline", "-o", link], capture_output=True, text=True, timeout=patience)
    check("a link is not followed", made.returncode == 0 and kept.read_text() == "kept\n" and not link.is_symlink(), made.stderr)
    check("it is the same as on standard output", link.read_text() == sonda_import("bashreadline").stdout)


def without_privileges():
    made = sonda_import("bashreadline", user=65534, group=65534, extra_groups=[], env={"HOME": "/nonexistent", "PATH": os.environ["PATH"]})
    if "Permission denied" in made.stderr:
        return print("skipped: nobody may not read the build folder")
    check("nobody imports, too", made.returncode == 0 and made.stdout == sonda_import("bashreadline").stdout, made.stderr)


def own_scripts():
    """What the recorder is told of, in a script of ours: parameters, tail calls, perf events, another text before."""
    script = folder / "own.py"
    script.write_text('''#!/usr/bin/python3
from bcc import BPF, PerfType, PerfSWConfig
from time import sleep
BPF(text="int first(void *ctx) { return 0; }")
b = BPF(text="""
BPF_PROG_ARRAY(next, 4);
BPF_HASH(limits, u32, u64);
BPF_HASH(hits, u32, u64);
int last(struct bpf_perf_event_data *ctx) { hits.increment(LIMIT); return 0; }
int on_clock(struct bpf_perf_event_data *ctx) { next.call(ctx, 2); return 0; }
""", cflags=["-DLIMIT=7", "-Wall"])
b["next"][b["next"].Key(2)] = b["next"].Leaf(b.load_func("last", BPF.PERF_EVENT).fd)
b["limits"][b["limits"].Key(5)] = b["limits"].Leaf(6)
b.attach_perf_event(ev_type=PerfType.SOFTWARE, ev_config=PerfSWConfig.CPU_CLOCK, fn_name="on_clock", sample_freq=99)
sleep(1)
''')
    made = sonda_import(str(script))
    for line in ("// @param LIMIT 7 ", "// @tailcall next[2] = last\n", "// @attach profile:hz:99\nint on_clock(",
                 "//   not taken over: limits[0x5] = 0x6\n", "flag -Wall"):
        check(line.strip(), line in made.stdout, made.stdout + made.stderr)
    path = folder / "own.c"
    path.write_text(made.stdout)
    given = run_with(path, "sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done")
    counts = {one["key"]: one["value"] for one in values(given, "entry", "hits")}
    check("the tail call counts by the parameter", list(counts) == [7] and counts[7] > 5, counts)


for test in (a_tracepoint, system_calls_of_a_process, a_function_of_a_program, marked_places, marked_places_of_a_process, lines_of_bash, own_scripts,
             what_has_no_notation, errors_are_told, the_output_file, without_privileges):
    test()
sys.exit(1 if failures else 0)
