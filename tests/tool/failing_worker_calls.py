#!/usr/bin/env python3
"""As failing_calls.py, of the worker: system calls of a cold compile fail once each.

The worker that the client finds is a script, which starts the real one below strace. Every call of the confinement fails
in its turn, with a probe that wants to read a file that it must not: the compile must not begin. Of the others, of
which there are some thousands, a number is taken evenly from each kind, so that the walk takes about a minute.
Arguments: the build folder."""

import collections
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

from failing_calls import PROBE, left_in_run, skip, what_is_wrong

ERRORS = {
    "access": ["EACCES"], "bpf": ["EPERM"], "chdir": ["EACCES"], "fcntl": ["EMFILE"], "fsopen": ["EPERM"],
    "getcwd": ["ENOENT"], "getdents64": ["EIO"], "lseek": ["EIO"], "mkdir": ["ENOSPC"], "mmap": ["ENOMEM"],
    "mount": ["EPERM"], "mprotect": ["ENOMEM"], "newfstatat": ["EIO", "EACCES"], "openat": ["EMFILE", "EIO", "EACCES"],
    "pread64": ["EIO"], "read": ["EIO", "EINTR"], "readlink": ["EIO"], "rename": ["EIO"], "unshare": ["EPERM"],
    "write": ["ENOSPC", "EPIPE", "EINTR"],
}  # fmt: skip
OF_EACH = 3
# What takes something away from the worker; other calls of these names ask, and a refusal of them decides nothing.
CONFINING = re.compile(r"""(?x) landlock_\w+\( | capset\( | prctl\(PR_SET_NO_NEW_PRIVS | prlimit64\(0,\ RLIMIT_(?:DATA|CPU|FSIZE|NOFILE|CORE),\ \{
                           | seccomp\(SECCOMP_SET_MODE_FILTER,\ 0,\ \{len""")
SECRET = "#error THIS_WAS_READ\n"


class Walk:
    def __init__(self, build, work):
        self.work, self.failures, self.done = work, [], 0
        self.sonda, self.worker = build + "/bin/sonda", build + "/libexec/sonda/sonda-compile"
        os.mkdir(work + "/libexec")
        os.mkdir(work + "/elsewhere")
        self.write("elsewhere/secret.h", SECRET)
        self.write("probe.c", PROBE)
        self.write("asks.c", f'#include "{work}/elsewhere/secret.h"\n' + PROBE)
        self.good, self.calls = self.run("probe.c"), self.read_trace()

    def write(self, name, text):
        with open(f"{self.work}/{name}", "w") as file:
            file.write(text)

    def run(self, probe, inject=""):
        """A cold compile; `inject` is of strace."""
        script = self.work + "/libexec/sonda-compile"
        self.write("libexec/sonda-compile", f'#!/bin/sh\nexec strace -qq -o {self.work}/trace {inject} {self.worker} "$@"\n')
        os.chmod(script, stat.S_IRWXU)
        shutil.rmtree(self.work + "/cache", ignore_errors=True)
        environment = dict(os.environ, XDG_CACHE_HOME=self.work + "/cache", SONDA_LIBEXEC=self.work + "/libexec", LC_ALL="C")
        return subprocess.run([self.sonda, "run", f"{self.work}/{probe}", "-d", "0"], env=environment, capture_output=True,
                              text=True, errors="replace", timeout=10, check=False)

    def read_trace(self):
        """The calls from the request on, as (name, the how manieth of that name, the line)."""
        counts, calls, asked = collections.Counter(), [], False
        with open(self.work + "/trace", errors="replace") as trace:
            for line in trace:
                if not (match := re.match(r"(\w+)\(", line)):
                    continue
                counts[match[1]] += 1
                asked = asked or line.startswith("read(0, ")
                if asked:
                    calls.append((match[1], counts[match[1]], line))
        return calls

    def fail(self, probe, name, count, error, judge):
        self.done += 1
        try:
            wrong = judge(self.run(probe, f"-e trace={name} -e inject={name}:error={error}:when={count}"))
        except subprocess.TimeoutExpired:
            wrong = "has not ended after 10 s"
        litter = [file for _, _, files in os.walk(self.work + "/cache") for file in files if not file.endswith((".image", ".header"))]
        if litter:
            wrong = f"left in the cache: {litter}"
        if wrong:
            self.failures.append(f"{probe}: {name} number {count}: {error}: {wrong}")

    def look_at(self, end):
        return what_is_wrong(self.sonda, self.good, end)

    @staticmethod
    def look_at_confined(end):
        if end.returncode == 0 or "cannot be confined" not in end.stderr or "THIS_WAS_READ" in end.stderr:
            return f"the compile began: {end.returncode}, {end.stderr.strip()[:200]!r}"
        return None

    def walk(self):
        by_name = collections.defaultdict(list)
        for name, count, line in self.calls:
            if CONFINING.match(line):
                self.fail("asks.c", name, count, "ENOMEM", self.look_at_confined)
            elif name in ERRORS:
                by_name[name].append(count)
        for name, counts in sorted(by_name.items()):
            for i, count in enumerate(counts[:: max(1, len(counts) // OF_EACH)]):
                self.fail("probe.c", name, count, ERRORS[name][i % len(ERRORS[name])], self.look_at)


def main():
    if os.geteuid() != 0:
        skip("needs CAP_BPF and CAP_PERFMON (run as root)")
    if not shutil.which("strace"):
        skip("needs strace")
    before = left_in_run()
    with tempfile.TemporaryDirectory() as work:
        walk = Walk(os.path.abspath(sys.argv[1]), work)
        if walk.good.returncode != 0:
            sys.exit(f"FAILED: a good run ends with {walk.good.returncode}: {walk.good.stderr}")
        untouched = walk.run("asks.c")
        if untouched.returncode == 0 or "THIS_WAS_READ" in untouched.stderr:
            skip("this kernel does not hide files from the worker (no Landlock)")
        walk.walk()
    # One that somebody else's compile holds is not ours.
    left = [name for name in left_in_run() - before if subprocess.run(["flock", "-n", "/run/" + name, "true"], check=False).returncode == 0]
    walk.failures += [f"left behind: /run/{name}" for name in left]
    print(f"{walk.done} calls of the worker")
    for failure in walk.failures:
        print("FAILED:", failure)
    sys.exit(1 if walk.failures else 0)


main()
