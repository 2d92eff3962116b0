"""What a process sees of the kernel's file systems, changed for that process and its children alone."""
import ctypes
import os

CLONE_NEWNS, MS_PRIVATE, MS_REC = 0x20000, 1 << 18, 1 << 14


def own_mounts():
    """Leaves the mounts that other processes share. False where that is not allowed."""
    libc = ctypes.CDLL(None)
    return libc.unshare(CLONE_NEWNS) == 0 and libc.mount(b"none", b"/", None, MS_PRIVATE | MS_REC, None) == 0


def show_tracing():
    """Mounts debugfs and tracefs where BCC looks for tracepoints; after own_mounts()."""
    libc = ctypes.CDLL(None)
    if not os.path.isdir("/sys/kernel/debug/tracing/events"):
        libc.mount(b"debugfs", b"/sys/kernel/debug", b"debugfs", 0, None)
        libc.mount(b"tracefs", b"/sys/kernel/debug/tracing", b"tracefs", 0, None)
    if not os.path.isdir("/sys/kernel/tracing/events"):
        libc.mount(b"tracefs", b"/sys/kernel/tracing", b"tracefs", 0, None)


def lay_in_headers(build, source):
    """Makes `build` and `source` the headers of the running kernel; after own_mounts()."""
    libc = ctypes.CDLL(None)
    if libc.mount(b"tmpfs", b"/lib/modules", b"tmpfs", 0, None) != 0:
        raise OSError("a tmpfs cannot be mounted at /lib/modules")
    folder = os.path.join("/lib/modules", os.uname().release)
    os.mkdir(folder)
    os.symlink(build, os.path.join(folder, "build"))
    os.symlink(source, os.path.join(folder, "source"))
