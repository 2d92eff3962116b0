"""What tests of BCC's tools are made of: a tool that runs by `sonda bcc`, and a process that does what it is told."""
import contextlib
import ctypes
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(sys.argv[1])
LIBC = ctypes.CDLL(None)
PATIENCE = float(os.environ.get("PATIENCE", 120))  # an emulated machine compiles slowly


def end_with_parent():
    """A tool that outlives its test would be in the way of others: a place has one kind of uprobe."""
    pr_set_pdeathsig = 1
    LIBC.prctl(pr_set_pdeathsig, signal.SIGKILL)


class Tool:
    """A tool that runs; ready when it has printed `heading`."""

    def __init__(self, line, heading=None):
        words = [os.path.join(BUILD, "bin/sonda"), "bcc"] + (line.split() if isinstance(line, str) else line)
        self.errors = tempfile.TemporaryFile("w+", errors="replace")
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=self.errors, stdin=subprocess.DEVNULL,
                                        env=dict(os.environ, PYTHONUNBUFFERED="1"), start_new_session=True,
                                        preexec_fn=end_with_parent)
        self.text = ""
        if heading is not None:
            self.wait_for(heading)
            self.settle()

    def settle(self):
        """Some print their heading before they open their buffers: waits until it waits."""
        asleep = 0
        while asleep < 5 and self.process.poll() is None:
            time.sleep(0.03)
            with open("/proc/%d/stat" % self.process.pid) as stat:
                asleep = asleep + 1 if stat.read().rsplit(")", 1)[1].split()[0] == "S" else 0

    def said(self):
        self.errors.seek(0)
        return self.errors.read()

    def read_some(self, until):
        if not select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))[0]:
            return False
        data = os.read(self.process.stdout.fileno(), 65536)
        self.text += data.decode(errors="replace")
        return bool(data)

    def wait_for(self, pattern, seconds=PATIENCE):
        until = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            if not self.read_some(until):
                raise AssertionError("no %r; it printed:\n%s\n%s" % (pattern, self.text, self.said()))
        return re.search(pattern, self.text)

    def end(self, sign=signal.SIGINT):
        """All that it printed; ends it unless it ends by itself (sign None)."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            # Python drops one that comes while a callback runs.
            if sign is not None and self.process.poll() is None:
                self.process.send_signal(sign)
            again = min(until, time.monotonic() + 3) if sign is not None else until
            while self.read_some(again):
                pass
            if self.process.poll() is not None or time.monotonic() < again:
                break
        self.process.wait(PATIENCE)
        return self.text

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()


class Child:
    """A Python that does what it is told: it is there before a tool looks at it."""
    BODY = ("import ctypes, os, socket, subprocess, sys, threading, time\n"
            "libc = ctypes.CDLL(None)\n"
            "libc.malloc.restype = ctypes.c_void_p\n"
            "print('ready', flush=True)\n"
            "for line in sys.stdin:\n"
            "    exec(line.replace('\\\\n', '\\n'))\n"
            "    print('done', flush=True)\n")

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, "-c", self.BODY], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)
        self.process.stdout.readline()
        self.pid = self.process.pid

    def do(self, text):
        self.process.stdin.write(text.replace("\n", "\\n") + "\n")
        answer = self.process.stdout.readline()
        if answer != "done\n":
            raise AssertionError("the child said %r" % answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def output_of(line):
    """Of a tool that ends by itself."""
    with Tool(line) as tool:
        return tool.end(None)


def rows(text, pattern):
    return re.findall(pattern, text, re.MULTILINE)


@contextlib.contextmanager
def connected():
    """Two ends of a TCP connection over loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        try:
            yield client, accepted
        finally:
            client.close()
            accepted.close()
