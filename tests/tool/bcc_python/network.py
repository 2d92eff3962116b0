"""Programs of BCC's Python that see packets and sockets, in a network of this process's own."""
import ctypes as ct
import fcntl
import os
import socket
import struct
import tempfile
import unittest

from bcc import BPF, BPFAttachType, lib
from workload import as_numbers, libc, main

CLONE_NEWNET, CLONE_NEWNS = 0x40000000, 0x20000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
PORT = 7777
# Counts what goes to PORT; the checks of bounds are the verifier's.
PACKETS = """
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <uapi/linux/bpf.h>
BPF_HASH(sizes, u64, u64);
static inline int is_ours(void *at, void *end) {
    struct iphdr *ip = at;
    struct udphdr *udp = (void *)(ip + 1);
    if ((void *)(udp + 1) > end || ip->protocol != 17) return 0;
    return udp->dest == __builtin_bswap16(7777) ? __builtin_bswap16(udp->len) - 8 : 0;
}
int on_frame(struct xdp_md *ctx) {
    int size = is_ours((void *)(long)ctx->data + 14, (void *)(long)ctx->data_end);
    if (!size) return XDP_PASS;
    sizes.increment(size);
    return size == 13 ? XDP_DROP : XDP_PASS;
}
int on_skb(struct __sk_buff *skb) {
    int size = is_ours((void *)(long)skb->data, (void *)(long)skb->data_end);
    if (size) sizes.increment(size);
    return size != 13;
}
"""


def network_of_our_own():
    if libc.unshare(CLONE_NEWNET | CLONE_NEWNS) != 0:
        raise unittest.SkipTest("no network namespace can be made")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def setUpModule():
    network_of_our_own()


def exchange(sizes):
    """Sends datagrams of so many bytes to PORT over lo; the sizes of those that arrive."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        to.bind(("127.0.0.1", PORT))
        to.settimeout(0.2)
        arrived = []
        for size in sizes:
            try:
                sender.sendto(b"x" * size, ("127.0.0.1", PORT))
            except PermissionError:
                pass  # a program at the cgroup said no
        try:
            while True:
                arrived.append(len(to.recv(2000)))
        except TimeoutError:
            return arrived


class Cgroup:
    """One of our own, in which this process is meanwhile. The hierarchy is mounted where only we see it."""

    def __enter__(self):
        libc.mount(b"none", b"/", None, 1 << 18 | 1 << 14, None)
        self.mounted = tempfile.mkdtemp()
        if libc.mount(b"cgroup2", self.mounted.encode(), b"cgroup2", 0, None) != 0:
            os.rmdir(self.mounted)
            raise unittest.SkipTest("the cgroup2 hierarchy cannot be mounted")
        with open("/proc/self/cgroup") as groups:
            before = next(line.rstrip().partition("::")[2] for line in groups if line.startswith("0::"))
        self.before = self.mounted + (before if os.path.isdir(self.mounted + before) else "")
        self.path = os.path.join(self.mounted, f"sonda_bcc_python_{os.getpid()}")
        try:
            os.mkdir(self.path)
            self.move(self.path)
        except OSError as error:
            self.__exit__()
            raise unittest.SkipTest(f"no cgroup can be made: {error}")
        self.descriptor = os.open(self.path, os.O_RDONLY)
        return self

    def move(self, path):
        with open(os.path.join(path, "cgroup.procs"), "w") as processes:
            processes.write(str(os.getpid()))

    def __exit__(self, *_):
        if hasattr(self, "descriptor"):
            os.close(self.descriptor)
        if os.path.isdir(self.path):
            self.move(self.before)
            os.rmdir(self.path)
        libc.umount2(self.mounted.encode(), 2)
        os.rmdir(self.mounted)


class Interfaces(unittest.TestCase):
    def test_xdp(self):
        with BPF(text=PACKETS) as b:
            function = b.load_func("on_frame", BPF.XDP)
            b.attach_xdp("lo", function, BPF.XDP_FLAGS_SKB_MODE)
            try:
                self.assertEqual(exchange([10, 13, 10, 20]), [10, 10, 20])
                self.assertEqual(as_numbers(b["sizes"]), {10: 2, 13: 1, 20: 1})
                with self.assertRaisesRegex(Exception, "Failed to attach BPF to device"):
                    b.attach_xdp("lo", function, BPF.XDP_FLAGS_SKB_MODE | BPF.XDP_FLAGS_UPDATE_IF_NOEXIST)
            finally:
                b.remove_xdp("lo", BPF.XDP_FLAGS_SKB_MODE)
            self.assertEqual(exchange([13]), [13])
            self.assertEqual(b["sizes"][ct.c_ulonglong(13)].value, 1)

    def test_frames_that_go_on_at_another_cpu(self):
        with BPF(text="""
BPF_CPUMAP(cpus, 4);
BPF_DEVMAP(devices, 4);
BPF_XSKMAP(sockets, 4);
int on_frame(struct xdp_md *ctx) { return cpus.redirect_map(1, 0); }
""") as b:
            b["cpus"][1] = ct.c_int(192)  # so many may wait
            b["devices"][2] = ct.c_int(socket.if_nametoindex("lo"))
            self.assertEqual(b["devices"][2].value, socket.if_nametoindex("lo"))
            self.assertEqual((b["cpus"][1].value, len(b["sockets"])), (192, 4))
            b.attach_xdp("lo", b.load_func("on_frame", BPF.XDP), BPF.XDP_FLAGS_SKB_MODE)
            try:
                self.assertEqual(exchange([10, 20]), [10, 20])
                del b["cpus"][ct.c_int(1)]
                self.assertEqual(exchange([10]), [])
            finally:
                b.remove_xdp("lo", BPF.XDP_FLAGS_SKB_MODE)

    def test_a_raw_socket(self):
        with BPF(text="""
#include <bcc/proto.h>
int filter(struct __sk_buff *skb) {
    u8 *cursor = 0;
    struct ethernet_t *ethernet = cursor_advance(cursor, sizeof(*ethernet));
    if (ethernet->type != 0x0800) return 0;
    struct ip_t *ip = cursor_advance(cursor, sizeof(*ip));
    if (ip->nextp != 17) return 0;
    struct udp_t *udp = cursor_advance(cursor, sizeof(*udp));
    return udp->dport == 7777 ? -1 : 0;
}
""") as b:
            function = b.load_func("filter", BPF.SOCKET_FILTER)
            BPF.attach_raw_socket(function, "lo")
            with socket.socket(fileno=function.sock) as captured:
                captured.setblocking(False)
                exchange([11, 22])
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                    other.sendto(b"y", ("127.0.0.1", PORT + 1))
                lengths = set()
                try:
                    while True:
                        lengths.add(len(captured.recv(2000)) - 14 - 20 - 8)
                except BlockingIOError:
                    pass
            self.assertEqual(lengths, {11, 22})
            with self.assertRaisesRegex(Exception, "Failed to open raw device"):
                BPF.attach_raw_socket(function, "nosuch0")

    def test_a_packet_that_is_made_up(self):
        """bpf_prog_test_run, which the Python of today declares."""
        if not hasattr(lib, "bpf_prog_test_run_opts"):
            self.skipTest("libbpf is too old")

        class Options(ct.Structure):
            _fields_ = [("sz", ct.c_size_t), ("data_in", ct.c_void_p), ("data_out", ct.c_void_p),
                        ("data_size_in", ct.c_uint), ("data_size_out", ct.c_uint), ("ctx_in", ct.c_void_p),
                        ("ctx_out", ct.c_void_p), ("ctx_size_in", ct.c_uint), ("ctx_size_out", ct.c_uint),
                        ("retval", ct.c_uint), ("repeat", ct.c_int), ("duration", ct.c_uint), ("flags", ct.c_uint),
                        ("cpu", ct.c_uint), ("batch_size", ct.c_uint)]

        def udp(size):
            ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + size, 0, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1")
            return b"\0" * 12 + b"\x08\0" + ip + struct.pack("!HHHH", 1, PORT, 8 + size, 0) + b"x" * size

        lib.bpf_prog_test_run_opts.argtypes = [ct.c_int, ct.c_void_p]
        with BPF(text=PACKETS) as b:
            function = b.load_func("on_frame", BPF.XDP)
            answers = []
            for size in 10, 13:
                data = ct.create_string_buffer(udp(size), len(udp(size)))
                options = Options(sz=ct.sizeof(Options), data_in=ct.addressof(data), data_size_in=len(data), repeat=5)
                self.assertEqual(lib.bpf_prog_test_run_opts(function.fd, ct.byref(options)), 0)
                answers.append(options.retval)
            self.assertEqual(answers, [2, 1])  # XDP_PASS, XDP_DROP
            self.assertEqual(as_numbers(b["sizes"]), {10: 5, 13: 5})


class Cgroups(unittest.TestCase):
    def test_packets_of_a_group(self):
        with Cgroup() as group, BPF(text=PACKETS) as b:
            function = b.load_func("on_skb", BPF.CGROUP_SKB)
            BPF.attach_func(function, group.descriptor, BPFAttachType.CGROUP_INET_EGRESS)
            self.assertEqual(exchange([10, 13, 20]), [10, 20])
            BPF.detach_func(function, group.descriptor, BPFAttachType.CGROUP_INET_EGRESS)
            self.assertEqual(exchange([13]), [13])
            self.assertEqual(as_numbers(b["sizes"]), {10: 1, 13: 1, 20: 1})
            with self.assertRaisesRegex(Exception, "Failed to detach BPF function"):
                BPF.detach_func(function, group.descriptor, BPFAttachType.CGROUP_INET_EGRESS)

    def test_sockets_of_a_group(self):
        with Cgroup() as group, BPF(text="""
BPF_ARRAY(connected, u64, 1);
int on_socket(struct bpf_sock_ops *ctx) {
    if (ctx->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB) connected.increment(0);
    return 0;
}
""") as b, socket.create_server(("127.0.0.1", 0)) as server:
            function = b.load_func("on_socket", BPF.SOCK_OPS)
            BPF.attach_func(function, group.descriptor, BPFAttachType.CGROUP_SOCK_OPS)
            for _ in range(4):
                socket.create_connection(server.getsockname()).close()
            BPF.detach_func(function, group.descriptor, BPFAttachType.CGROUP_SOCK_OPS)
            socket.create_connection(server.getsockname()).close()
            self.assertEqual(b["connected"][0].value, 4)

    def test_whether_a_process_is_in_one(self):
        with Cgroup() as group, BPF(text="""
#include <uapi/linux/ptrace.h>
BPF_CGROUP_ARRAY(groups, 1);
BPF_HASH(seen, u64, u64);
int on_call(struct pt_regs *ctx) { seen.increment(groups.check_current_task(0)); return 0; }
""") as b:
            b["groups"][0] = group.path
            b.attach_uprobe(name=b"c", sym=b"abs", fn_name=b"on_call", pid=os.getpid())
            for _ in range(3):
                libc.abs(1)
            group.move(group.before)
            libc.abs(1)
            group.move(group.path)
            self.assertEqual(as_numbers(b["seen"]), {1: 3, 0: 1})

    def test_messages_of_sockets_in_a_map(self):
        """What one socket sends arrives at another, by a program at the map that holds them."""
        with Cgroup() as group, BPF(text="""
struct key { u32 port; };
BPF_SOCKHASH(sockets, struct key, 16);
int on_socket(struct bpf_sock_ops *ctx) {
    struct key key = {.port = ctx->local_port};
    if (ctx->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB) { key.port = 1; sockets.sock_hash_update(ctx, &key, BPF_ANY); }
    if (ctx->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB) { key.port = 2; sockets.sock_hash_update(ctx, &key, BPF_ANY); }
    return 0;
}
BPF_ARRAY(messages, u64, 1);
int on_message(struct sk_msg_md *msg) { messages.increment(0); return SK_PASS; }
""") as b, socket.create_server(("127.0.0.1", 0)) as server:
            on_socket = b.load_func("on_socket", BPF.SOCK_OPS)
            on_message = b.load_func("on_message", BPF.SK_MSG)
            table = lib.bpf_table_fd(b.module, b"sockets")
            BPF.attach_func(on_message, table, BPFAttachType.SK_MSG_VERDICT)
            BPF.attach_func(on_socket, group.descriptor, BPFAttachType.CGROUP_SOCK_OPS)
            with socket.create_connection(server.getsockname()) as client:
                accepted, _ = server.accept()
                with accepted:
                    for _ in range(3):
                        client.sendall(b"hello")
                        self.assertEqual(accepted.recv(5), b"hello")
            self.assertEqual(b["messages"][0].value, 3)
            BPF.detach_func(on_socket, group.descriptor, BPFAttachType.CGROUP_SOCK_OPS)
            BPF.detach_func(on_message, table, BPFAttachType.SK_MSG_VERDICT)


if __name__ == "__main__":
    main()
