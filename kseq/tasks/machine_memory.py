"""How much memory this machine has, and whether a model fits into it: asked before anything is allocated."""

import os
import sys
from pathlib import Path

import keras

from kseq.scale import in_gib, memory

CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def machine_memory():
    """The main memory that this process may use, in bytes: the machine's, or what its container allows."""
    physical = windows_memory() if sys.platform == "win32" else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [Path(path) for path in CGROUP_LIMITS if Path(path).is_file()]
    limits = [int(text) for text in (path.read_text().strip() for path in limits) if text.isdigit()]
    return min([physical, *limits])


def windows_memory():
    """Physical memory as Windows tells it, in bytes."""
    import ctypes

    kilobytes = ctypes.c_ulonglong()
    ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
    return kilobytes.value * 1024


def check_fits(sizes):
    """Refuses a model that could not be trained here.

    Args:
        sizes: a `kseq.scale.Architecture` with its `vocabulary_size`.

    Raises:
        ValueError: weights, gradients and Adam's moments need more than the machine has; the message names the GiB.
    """
    needed, there = memory(sizes, dtype=keras.config.dtype_policy().variable_dtype), machine_memory()
    if needed.training > there:
        raise ValueError(
            f"{sizes.name!r} with your vocabulary of {sizes.vocabulary_size:,} tokens has {needed.parameters:,} "
            f"parameters, too many for this machine: training needs {in_gib(needed.training)} "
            f"(weights {in_gib(needed.weights)}, gradients {in_gib(needed.gradients)}, Adam's moments "
            f"{in_gib(needed.optimizer)}; activations come on top), and this machine has {in_gib(there)}. "
            "Nothing was allocated."
        )
