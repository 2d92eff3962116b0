#!/usr/bin/python3 -B
"""BCC's own tools, as Debian's package bpfcc-tools has them, run by `sonda bcc`: what they print is compared with what was
done while they ran.

    bcc_tools.py BUILD [TEST...]

Status 77 where the package is missing. Tools whose probes a kernel lacks (kprobes) are left out there and named.
"""
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from bcc_tool import BUILD, Child, Tool, connected, output_of, rows

HAS_KPROBES = os.path.exists("/sys/bus/event_source/devices/kprobe")
needs_kprobes = unittest.skipUnless(HAS_KPROBES, "this kernel has no kprobes")


class Functions(unittest.TestCase):
    """labs(3) of the C library, which nobody else calls: by uprobes."""
    CALLS = "for i in range(100): libc.labs(7)"

    def test_funccount(self):
        with Child() as child, Tool("funccount -p %d c:labs" % child.pid, "Tracing 1 functions") as tool:
            child.do(self.CALLS)
            self.assertEqual(rows(tool.end(), r"labs\W+(\d+)$"), ["100"], tool.text)

    def test_trace_prints_arguments(self):
        with Child() as child, Tool(["trace", "-p", str(child.pid), 'c:labs "n=%d", arg1'], "PID +TID") as tool:
            child.do("for i in range(5): libc.labs(i + 40)")
            tool.wait_for("n=44")
            found = rows(tool.end(), r"^(\d+) +\d+ +\S+ +labs +n=(\d+)$")
            self.assertEqual(found, [(str(child.pid), str(n)) for n in range(40, 45)])

    def test_argdist_counts_values(self):
        with Child() as child, Tool(["argdist", "-p", str(child.pid), "-i", "1", "-C", "p:c:labs(long n):long:n"],
                                    r"\[\d\d:\d\d:\d\d\]") as tool:
            child.do(self.CALLS + "\nfor i in range(3): libc.labs(9)")
            tool.wait_for(r"n = 9\s+.*n = 7")
            self.assertIn(("100", "7"), rows(tool.end(), r"^\s+(\d+) +n = (\d+)$"))
            self.assertIn(("3", "9"), rows(tool.text, r"^\s+(\d+) +n = (\d+)$"))

    def test_stackcount(self):
        with Child() as child, Tool("stackcount -p %d c:labs" % child.pid, "Tracing 1 functions") as tool:
            child.do(self.CALLS)
            text = tool.end()
            self.assertIn("labs", text)
            self.assertEqual(sum(map(int, rows(text, r"^ +(\d+)$"))), 100, text + tool.said())

    def test_funclatency(self):
        with Child() as child, Tool("funclatency -m -p %d c:usleep" % child.pid, "Tracing 1 functions") as tool:
            child.do("for i in range(10): libc.usleep(20000)")
            buckets = [(int(a), int(b), int(n)) for a, b, n in rows(tool.end(), r"(\d+) -> (\d+) +: (\d+)")]
            self.assertEqual(sum(n for *_, n in buckets), 10)
            self.assertTrue(all(n == 0 for _, high, n in buckets if high < 20), buckets)

    def test_funcslower(self):
        with Child() as child, Tool("funcslower -m 10 -p %d c:usleep" % child.pid, "Tracing") as tool:
            child.do("for i in range(4): libc.usleep(20000)\nlibc.usleep(10)")
            text = tool.end()
            latencies = [float(ms) for ms in rows(text, r"%d +(\d+\.\d+) .*usleep" % child.pid)]
            self.assertEqual(len(latencies), 4, text)
            self.assertTrue(all(20 <= ms < 200 for ms in latencies), latencies)


class Memory(unittest.TestCase):
    def test_memleak(self):
        with Child() as child, Tool("memleak -p %d 3" % child.pid, "Attaching to pid") as tool:
            child.do("kept = [libc.malloc(1234) for i in range(50)]")
            tool.wait_for(r"61700 bytes in 50 allocations from stack")
            tool.end()

    def test_uobjnew_counts_sizes(self):
        with Child() as child, Tool("uobjnew -l c %d" % child.pid, "Tracing allocations") as tool:
            child.do("kept = [libc.malloc(4321) for i in range(50)]")
            self.assertIn(("4321", "50", "216050"), rows(tool.end(), r"(\d+) +(\d+) +(\d+)"), tool.text)


class Processes(unittest.TestCase):
    def test_syscount_of_a_process(self):
        with Child() as child, Tool("syscount -p %d" % child.pid, "Tracing syscalls") as tool:
            child.do("for i in range(1000): libc.syscall(110)")  # getppid
            self.assertEqual(rows(tool.end(), r"^getppid +(\d+)"), ["1000"])

    def test_syscount_by_process(self):
        with Child() as child, Tool("syscount -P -T 1000", "Tracing syscalls") as tool:
            child.do("for i in range(5000): libc.syscall(110)")
            counts = rows(tool.end(), r"^%d +\S+ +(\d+)" % child.pid)
            self.assertEqual(len(counts), 1, tool.text)
            self.assertTrue(5000 <= int(counts[0]) <= 5020, counts)

    def test_exitsnoop(self):
        with Tool("exitsnoop", "PCOMM") as tool:
            ended = {}
            for command, how in (("exit 3", "code 3"), ("kill -9 $$", "signal 9 (KILL)"), ("exit 0", "0")):
                process = subprocess.Popen(["/bin/sh", "-c", command])
                process.wait()
                ended[process.pid] = how
            for pid, how in ended.items():
                tool.wait_for(r"(?m)^sh +%d +%d +%d +[\d.]+ +%s$" % (pid, os.getpid(), pid, re.escape(how)))
            tool.end()

    def test_profile_finds_who_spins(self):
        spinning = subprocess.Popen(["/bin/bash", "-c", "while :; do :; done"])
        try:
            with Tool("profile -f -F 99 -p %d 3" % spinning.pid) as tool:
                counts = [int(n) for n in rows(tool.end(None), r"^bash;.* (\d+)$")]
                # Samples are of CPU time, of which it may get less than all.
                self.assertTrue(0 < sum(counts) <= 330, tool.text + tool.said())
        finally:
            spinning.kill()
            spinning.wait()

    def test_threadsnoop(self):
        with Child() as child, Tool("threadsnoop", "TIME") as tool:
            child.do("for i in range(3):\n t = threading.Thread(target=lambda: 0); t.start(); t.join()")
            tool.wait_for(r"(?s)(\s%d +\S*python3.*){3}" % child.pid)
            self.assertEqual(len(rows(tool.end(), r"\d +%d +\S*python3" % child.pid)), 3)

    def test_wakeuptime(self):
        with Child() as child, Tool("wakeuptime -f -p %d 4" % child.pid) as tool:
            time.sleep(2)
            child.do("for i in range(10): time.sleep(0.02)")
            self.assertRegex(tool.end(None), r"(?m)^\S.*;.* \d+$", tool.said())

    def test_runqlat_counts_switches(self):
        with Child() as child, Tool("runqlat -p %d" % child.pid, "Tracing") as tool:
            child.do("for i in range(200): time.sleep(0.001)")
            waits = sum(int(n) for n in rows(tool.end(), r"-> \d+ +: (\d+)"))
            self.assertTrue(200 <= waits <= 230, tool.text)

    def test_bashreadline(self):
        master, slave = pty.openpty()
        with Tool("bashreadline", "TIME +PID +COMMAND") as tool:
            shell = subprocess.Popen(["/bin/bash", "--norc"], stdin=slave, stdout=slave, stderr=slave,
                                     start_new_session=True)
            os.write(master, b"echo 'a line of its own'\nexit\n")
            tool.wait_for(r"%d +echo 'a line of its own'" % shell.pid)
            shell.wait()
            tool.end()
        os.close(master)
        os.close(slave)

    def test_gethostlatency(self):
        with Child() as child, Tool("gethostlatency", "TIME +PID") as tool:
            child.do("socket.getaddrinfo('localhost', 80)")
            tool.wait_for(r"%d +python3 +[\d.]+ +localhost" % child.pid)
            tool.end()

    def test_bpflist(self):
        with Child() as child, Tool("syscount -p %d" % child.pid, "Tracing syscalls") as traced:
            text = output_of("bpflist")
            self.assertEqual(rows(text, r"^%d +\S+ +prog +(\d+)" % traced.process.pid), ["1"], text)


class Network(unittest.TestCase):
    def test_tcplife(self):
        with Tool("tcplife", "PID +COMM") as tool:
            with connected() as (client, accepted):
                port = client.getpeername()[1]
                client.sendall(b"x" * 5000)
                while client and len(accepted.recv(65536, socket.MSG_PEEK)) < 5000:
                    pass
                accepted.recv(65536)
                accepted.sendall(b"y" * 3000)
                while len(client.recv(65536, socket.MSG_PEEK)) < 3000:
                    pass
                client.recv(65536)
            tool.wait_for(r"127\.0\.0\.1 +%d +[\d.]+ +[\d.]+ +[\d.]+" % port)
            tool.wait_for(r"127\.0\.0\.1 +%d +127" % port)
            found = rows(tool.end(), r"(\d+) +127\.0\.0\.1 +(\d+) +(\d+) +(\d+) +[\d.]+$")
            # KiB sent and received, of either end: 4.88 and 2.93, whole.
            self.assertIn(str(port), [row[1] for row in found] + [row[0] for row in found], tool.text)
            self.assertEqual(sorted(row[2:] for row in found if str(port) in (row[1],))[0], ("4", "2"), tool.text)

    def test_tcpstates(self):
        with Tool("tcpstates", "SKADDR") as tool:
            with connected() as (client, _):
                port = client.getpeername()[1]
            tool.wait_for(r" %d +FIN_WAIT2 +-> CLOSE" % port)
            states = rows(tool.end(), r" %d +(\S+) +-> (\S+)" % port)
            for change in (("CLOSE", "SYN_SENT"), ("SYN_SENT", "ESTABLISHED"), ("ESTABLISHED", "FIN_WAIT1")):
                self.assertIn(change, states, tool.text)

    def test_netqtop_counts_packets(self):
        with Tool("netqtop -n lo -i 3") as tool, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            # At the end of an interval it reads and then clears: what comes between is lost to it.
            tool.wait_for(r"(?s)RX.*----")
            tool.settle()
            sender.bind(("127.0.0.1", 0))
            for _ in range(400):
                sender.sendto(b"z" * 100, sender.getsockname())
            # 100 bytes of data and 42 of headers; what others sent meanwhile is of another size.
            tool.wait_for(r"(?s)TX.*\n *0 +\d[\d.]* +\d+ +4\d\d +.*RX")
            tool.end()


class Disk(unittest.TestCase):
    def test_bitesize(self):
        with tempfile.NamedTemporaryFile(dir=BUILD) as file, Tool("bitesize", "Tracing") as tool:
            done = subprocess.run(["dd", "if=/dev/zero", "of=" + file.name, "bs=65536", "count=64", "oflag=direct"],
                                  stderr=subprocess.PIPE, text=True)
            text = tool.end()
            if done.returncode != 0:
                self.skipTest("this file system does no direct writes: " + done.stderr.strip())
            process = text.split("Process Name = dd\n")[-1].split("Process Name")[0]
            counts = {int(low): int(n) for low, n in rows(process, r"(\d+) -> \d+ +: (\d+)")}
            self.assertGreaterEqual(counts.get(64, 0), 64, text)


class Marks(unittest.TestCase):
    """USDT probes of a program of our own."""

    MARKS = "tests/targets/marks"

    def run_marks(self, rounds):
        marks = subprocess.Popen([os.path.join(BUILD, self.MARKS), "--rounds", str(rounds), "--wait-for-newline"],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        while marks.stdout.readline() not in ("ready\n", ""):
            pass
        return marks

    def test_trace_reads_arguments(self):
        marks = self.run_marks(2)
        with Tool(["trace", "-p", str(marks.pid), 'u:%s/%s:numbers "%%d %%d", arg1, arg5' % (BUILD, self.MARKS)],
                  "PID +TID") as tool:
            marks.communicate("\n")
            tool.wait_for(r"-5 -70001")
            self.assertEqual(rows(tool.end(), r"numbers +(-?\d+ -?\d+)$"), ["-5 -70000", "-5 -70001"])

    def test_argdist_counts_arguments(self):
        marks = self.run_marks(7)
        with Tool(["argdist", "-p", str(marks.pid), "-i", "1", "-C",
                   "u:%s/%s:numbers():int:arg1" % (BUILD, self.MARKS)], r"\[\d\d:\d\d:\d\d\]") as tool:
            marks.communicate("\n")
            tool.wait_for(r"7 +arg1 = -5")
            tool.end()

    def test_tplist(self):
        text = output_of("tplist -l %s/tests/targets/marks" % BUILD)
        self.assertIn("marks", text)

    def test_tplist_of_tracepoints(self):
        text = output_of("tplist -v sched:sched_process_exit")
        self.assertIn("sched:sched_process_exit", text)
        self.assertRegex(text, r"pid_t pid;")


class Kernel(unittest.TestCase):
    """Tools on functions of the kernel."""

    @needs_kprobes
    def test_opensnoop(self):
        with Child() as child, Tool("opensnoop -p %d" % child.pid, "PID +COMM") as tool:
            child.do("try: open('/nowhere/to/be found')\nexcept OSError: pass")
            child.do("open('/etc/hostname').close()")
            tool.wait_for(r"%d +python3 +-1 +2 +/nowhere/to/be found" % child.pid)
            tool.wait_for(r"%d +python3 +\d+ +0 +/etc/hostname" % child.pid)
            tool.end()

    @needs_kprobes
    def test_execsnoop(self):
        with Tool("execsnoop", "PCOMM") as tool:
            process = subprocess.Popen(["/bin/echo", "one", "two words"], stdout=subprocess.DEVNULL)
            process.wait()
            tool.wait_for(r"(?m)^echo +%d +%d +0 /bin/echo one two words" % (process.pid, os.getpid()))
            tool.end()

    @needs_kprobes
    def test_killsnoop(self):
        with Child() as child, Tool("killsnoop", "TIME") as tool:
            os.kill(child.pid, 0)
            os.kill(child.pid, signal.SIGCONT)
            tool.wait_for(r"%d +\S+ +18 +%d +0" % (os.getpid(), child.pid))
            tool.end()

    @needs_kprobes
    def test_syncsnoop(self):
        with Tool("syncsnoop", "TIME") as tool:
            os.sync()
            tool.wait_for(r"sync\(\)")
            tool.end()

    @needs_kprobes
    def test_vfscount(self):
        with Child() as child, Tool("vfscount 1000", "Tracing") as tool:
            child.do("f = os.open('/dev/zero', 0)\nfor i in range(3000): os.read(f, 1)")
            counts = rows(tool.end(), r"^[0-9a-f]+ +\S*vfs_read\S* +(\d+)")
            self.assertTrue(counts and int(counts[0]) >= 3000, tool.text)

    @needs_kprobes
    def test_vfsstat(self):
        with Child() as child, Tool("vfsstat 3 1", "TIME") as tool:
            time.sleep(0.5)
            child.do("f = os.open('/dev/zero', 0)\nfor i in range(3000): os.read(f, 1)")
            rates = rows(tool.end(None), r"^\d\d:\d\d:\d\d: +(\d+)")
            self.assertTrue(rates and int(rates[0]) >= 900, tool.text)

    @needs_kprobes
    def test_funccount_of_the_kernel(self):
        with Child() as child, Tool("funccount -p %d vfs_read" % child.pid, "Tracing 1 functions") as tool:
            child.do("f = os.open('/dev/zero', 0)\nfor i in range(1000): os.read(f, 1)")
            # Commands of ours are read by it, too.
            counts = rows(tool.end(), r"vfs_read +(\d+)$")
            self.assertTrue(counts and 1000 <= int(counts[0]) <= 1004, tool.text)

    @needs_kprobes
    def test_cpudist(self):
        with Child() as child, Tool("cpudist -p %d" % child.pid, "Tracing") as tool:
            child.do("for i in range(200): time.sleep(0.001)")
            runs = sum(int(n) for n in rows(tool.end(), r"-> \d+ +: (\d+)"))
            self.assertTrue(195 <= runs <= 240, tool.text)

    @needs_kprobes
    def test_tcpconnect(self):
        with Tool("tcpconnect", "PID +COMM") as tool:
            with connected() as (client, _):
                port = client.getpeername()[1]
                tool.wait_for(r"%d +\S+ +4 +127\.0\.0\.1 +127\.0\.0\.1 +%d" % (os.getpid(), port))
            tool.end()

    @needs_kprobes
    def test_solisten(self):
        with Tool("solisten", "PID +COMM") as tool:
            with socket.create_server(("127.0.0.1", 0), backlog=7) as server:
                tool.wait_for(r"%d +\S+ .*TCPv4 +7 +%d +127\.0\.0\.1" % (os.getpid(), server.getsockname()[1]))
            tool.end()


if __name__ == "__main__":
    del sys.argv[1]
    if not os.path.exists("/usr/sbin/syscount-bpfcc"):
        print("bcc_tools: the package bpfcc-tools is missing")
        sys.exit(77)
    unittest.main(verbosity=2)
