"""How much memory there is, and how much of it an array may take."""

import os
import sys
from pathlib import Path

SHARE = 0.5  # of the free memory may be used without asking
UNKNOWN = 2 << 30  # taken for free where the system does not tell


def free_bytes():
    """Free memory in bytes, as far as the system tells; a container's own limit counts."""
    free = [value for value in (_linux(), _container(), _windows()) if value is not None]
    if not free and "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):  # macOS tells the total only
        free = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4]
    return min(free, default=UNKNOWN)


def readable(size):
    """`1.2 GB`: a number of bytes for a message."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"


def _read(path):
    try:
        return Path(path).read_text("utf-8")
    except OSError:
        return ""


def _linux():
    for line in _read("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _container():
    limit, used = _read("/sys/fs/cgroup/memory.max").strip(), _read("/sys/fs/cgroup/memory.current").strip()
    if not limit.isdigit() or not used.isdigit():
        return None
    # file caches count as used, but are given up when memory is wanted
    caches = [line.split()[1] for line in _read("/sys/fs/cgroup/memory.stat").splitlines() if "inactive_file" in line]
    return max(0, int(limit) - int(used) + sum(map(int, caches[:1])))


def _windows():
    if sys.platform != "win32":
        return None
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
            (name, ctypes.c_ulonglong)
            for name in ("total", "free", "page", "free_page", "virtual", "free_virtual", "extended")
        ]

    status = Status(length=ctypes.sizeof(Status))
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return status.free
