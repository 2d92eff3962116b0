#!/usr/bin/env python3
"""Each system call of a run fails once, with an error that it may have: the run says what went wrong, or is right.

For each program, the calls that a good run makes are counted; then it runs again for each of them, in which strace has
that call fail. A run must end within ten seconds, by itself, with a message of its own if its status is not 0; if it is
0, its output is that of the good run, or it says why not. No folder may be left. close(2) is not among them: the
kernel closes the descriptor, whatever it returns, and strace does not.
Arguments: the build folder."""

import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

ERRORS = {
    "access": ["EACCES"], "bpf": ["ENOMEM", "EMFILE", "EPERM", "EINVAL"], "clone": ["EAGAIN"], "clone3": ["EAGAIN"],
    "epoll_create1": ["EMFILE"], "epoll_ctl": ["ENOMEM"], "fchmod": ["EPERM"],
    "fcntl": ["EMFILE"], "flock": ["EAGAIN"], "fsconfig": ["EPERM"], "fsmount": ["EPERM"], "fsopen": ["ENOSYS"],
    "fstatfs": ["EIO"], "getcwd": ["ENOENT"], "getdents64": ["EIO"], "ioctl": ["EBUSY"], "lseek": ["EIO"],
    "membarrier": ["ENOSYS"], "memfd_create": ["EMFILE"], "mkdir": ["ENOSPC"], "mmap": ["ENOMEM"],
    "munmap": ["EINVAL"], "newfstatat": ["EIO", "EACCES"], "openat": ["EMFILE", "EIO", "EINTR", "EACCES"],
    "openat2": ["EMFILE", "ENOSYS", "EPERM"], "perf_event_open": ["EMFILE", "ENOMEM", "EPERM"], "pipe2": ["EMFILE"],
    "poll": ["EINTR"], "ppoll": ["EINTR", "ENOMEM"], "pread64": ["EIO"], "prlimit64": ["EPERM"],
    "read": ["EIO", "EINTR"], "readlink": ["EIO"], "rename": ["EIO"], "sched_setscheduler": ["EPERM"],
    "sendto": ["EPIPE"], "socketpair": ["EMFILE"], "unlink": ["EIO"], "unlinkat": ["EIO"], "utimensat": ["EACCES"],
    "wait4": ["EINTR"], "write": ["ENOSPC", "EINTR"],
}  # fmt: skip
PROBE = """
BPF_HASH(counts, u32, u64);
BPF_PERF_OUTPUT(events);
struct event { u32 pid; };
TRACEPOINT_PROBE(syscalls, sys_enter_swapoff) {  // which nobody calls
  u32 key = 1;
  counts.increment(key);
  struct event event = {.pid = key};
  events.perf_submit(args, &event, sizeof event);
  return 0;
}
"""


def skip(why):
    print("skipped:", why)
    sys.exit(1 if os.environ.get("SONDA_NO_SKIP") else 77)


def figures_aside(text):
    """What a machine did meanwhile differs from run to run, and so do the folders that its shells went to."""
    return re.sub(r"\d+", "N", re.sub(r"^\d\d:\d\d:\d\d .*\n", "", text, flags=re.MULTILINE))


def what_is_wrong(program, good, end):
    """With how a run of `program` ended; nothing if all is right. `good` is how it ends where no call fails."""
    said = end.stderr.strip()
    if end.returncode < 0 or end.returncode >= 128:
        return f"ended by a signal, or as if: {end.returncode}"
    if end.returncode != 0 and not said.startswith(os.path.basename(program) + ": "):
        return f"status {end.returncode}, and the message is not its own: {said[:200]!r}"
    if re.search(r"filesystem error|libbpf:|terminate called|std::", said):
        return f"a library's words: {said[:200]!r}"
    if end.returncode == 0 and figures_aside(end.stdout) != figures_aside(good.stdout) and not said and "they differ" not in end.stdout:
        return f"another output, and no word: {end.stdout[:200]!r}"
    return None


class Walk:
    def __init__(self, work, command):
        self.work, self.command, self.failures = work, command, []
        self.environment = dict(os.environ, XDG_CACHE_HOME=work + "/cache", LC_ALL="C")
        subprocess.run(command, env=self.environment, capture_output=True, timeout=60, check=True)  # fills the cache
        self.good = self.run([])

    def run(self, inject):
        return subprocess.run(["strace", "-qq", "-o", self.work + "/trace", *inject, *self.command], env=self.environment,
                              capture_output=True, text=True, errors="replace", timeout=10)

    def calls(self):
        """Those after the loader's, as (name, the how manieth of that name)."""
        with open(self.work + "/trace", errors="replace") as trace:
            names = [match[1] for line in trace if (match := re.match(r"(\w+)\(", line))]
        begun = names.index("prlimit64") if "prlimit64" in names else 0
        counts = collections.Counter()
        for i, name in enumerate(names):
            counts[name] += 1
            if i > begun and name in ERRORS:
                yield name, counts[name]

    def walk(self, nth):
        """Every `nth` of them; an error of each call's in turn."""
        done = 0
        for i, (name, count) in enumerate(list(self.calls())[::nth]):
            error = ERRORS[name][i % len(ERRORS[name])]
            where = f"{name} number {count}: {error}"
            try:
                end = self.run(["-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={count}"])
                wrong = what_is_wrong(self.command[0], self.good, end)
            except subprocess.TimeoutExpired:
                wrong = "has not ended after 10 s"
            done += 1
            if wrong:
                self.failures.append(f"{' '.join(self.command)}: {where}: {wrong}")
        print(f"{' '.join(self.command)}: {done} calls")


def left_in_run():
    return {name for name in os.listdir("/run") if re.fullmatch(r"sonda-\w{6}", name)}


def main():
    if os.geteuid() != 0:
        skip("needs CAP_BPF and CAP_PERFMON (run as root)")
    if not shutil.which("strace"):
        skip("needs strace")
    bin_folder = sys.argv[1] + "/bin/"
    before = left_in_run()
    failures = []
    with tempfile.TemporaryDirectory() as work:
        probe = work + "/probe.c"
        with open(probe, "w") as file:
            file.write(PROBE)
        for command, nth in [
            ([bin_folder + "sonda", "run", probe, "-d", "0.05"], 1),
            ([bin_folder + "sonda", "run", "--json", "--no-cache", probe, "-d", "0"], 3),
            ([bin_folder + "pagefaultcount", "-d", "0", "--pid", "1"], 2),
            ([bin_folder + "cdsnoop", "-d", "0"], 3),
        ]:
            walk = Walk(work, command)
            walk.walk(nth)
            failures += walk.failures
    left = left_in_run() - before
    # One that somebody else's compile holds is not ours.
    failures += [f"left behind: /run/{name}" for name in left if subprocess.run(["flock", "-n", "/run/" + name, "true"], check=False).returncode == 0]
    for failure in failures:
        print("FAILED:", failure)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
