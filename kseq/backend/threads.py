"""How many threads NumPy's work uses: one for small products, all cores for separate parts of the data."""

import contextlib
import functools
import os
from concurrent.futures import ThreadPoolExecutor


@functools.cache
def _controller():
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextlib.contextmanager
def one_thread():
    """A context (and decorator) in which NumPy's products stay on one thread.

    A loop over time makes many small products. Threads bring them little, and while they wait for the next product
    they take the processor away from whatever else runs: on a busy machine such a loop becomes ten times slower.
    """
    with _controller().limit(limits=1, user_api="blas"):
        yield


def cores():
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(function, parts):
    """Calls `function` on each part, on as many threads as there are cores; NumPy lets go of Python's lock meanwhile.

    Each product stays on one thread: two that share the cores wait for each other, on a busy machine several times
    as long as they compute.
    """
    workers = min(cores(), len(parts))
    if workers < 2:
        return [function(part) for part in parts]
    with one_thread(), ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, parts))
