"""Programs that are started, their answers in JSON, and what they hold."""
import json
import os
import pathlib
import signal
import subprocess
import threading
import time


class Started:
    """One of Sonda's programs, once it has said that it traces. Its output is kept in files."""

    def __init__(self, folder, words, output=None):
        self.out = pathlib.Path(folder, f"out{time.monotonic_ns()}")
        self.error = self.out.with_suffix(".error")
        ready, says = os.pipe()
        with open(self.out, "wb") as out, open(self.error, "wb") as error:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=output or out, stderr=error, pass_fds=[says],
                env=os.environ | {"SONDA_NOTIFY_READY": str(says)})
        os.close(says)
        with os.fdopen(ready) as lines:
            if lines.readline() != "ready\n":
                raise SystemExit(f"load: {words[0]} did not start:\n{self.error.read_text()}")

    def end(self):
        """Seconds until it had ended after a signal, and its greatest resident memory before that in MiB."""
        memory = peak(self.process.pid) // 1024
        begun = time.monotonic()
        os.kill(self.process.pid, signal.SIGINT)
        _, status = os.waitpid(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if self.process.returncode != 0:
            raise SystemExit(f"load: status {self.process.returncode}:\n{self.error.read_text()}")
        return time.monotonic() - begun, memory

    def objects(self):
        with open(self.out, encoding="utf8") as lines:
            return [json.loads(line) for line in lines]


class Shown(threading.Thread):
    """Reads what a run shows, and keeps sums alone: it is too much to keep."""

    def __init__(self, lines):
        super().__init__()
        self.lines, self.events, self.entries, self.lost = lines, 0, {}, {}

    def run(self):
        for line in self.lines:
            each = json.loads(line)
            if each["type"] == "event":
                self.events += 1
            elif each["type"] == "entry":
                self.entries[each["key"]] = each["value"]
            elif each["type"] == "lost":
                self.lost[each["map"]] = self.lost.get(each["map"], 0) + each["count"]


def of_type(objects, wanted):
    return [each for each in objects if each["type"] == wanted]


def faults_of(pid):
    """Waits for a process that was started; its page faults as the kernel accounts them."""
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise SystemExit(f"load: the work ended with {status}")
    return usage.ru_minflt + usage.ru_majflt


def memory_of(pid, line_name):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(line_name))


def peak(pid):
    """KiB, the most so far. Not that of wait4(), which may be what its parent had when it forked."""
    return memory_of(pid, "VmHWM:")


def held(pid):
    """What a process holds at this moment: KiB of memory, descriptors, BPF objects among them."""
    memory = memory_of(pid, "VmRSS:")
    descriptors = os.listdir(f"/proc/{pid}/fd")
    links = [os.readlink(f"/proc/{pid}/fd/{each}") for each in descriptors]
    return memory, len(links), sum("bpf" in link for link in links)
