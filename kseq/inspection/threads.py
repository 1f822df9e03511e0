"""The same work on several parts of the data, on as many threads as there are cores."""

import contextlib
import functools
import os
from concurrent.futures import ThreadPoolExecutor


def cores():
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(function, parts):
    """Calls `function` on each part; NumPy lets go of Python's lock in its large operations.

    Meanwhile matrix products stay on one thread each: two that share the cores wait for each other, on a busy
    machine several times as long as they compute.
    """
    workers = min(cores(), len(parts))
    if workers < 2:
        return [function(part) for part in parts]
    with _single_products(), ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, parts))


def _single_products():
    libraries = _libraries()
    return contextlib.nullcontext() if libraries is None else libraries.limit(limits=1, user_api="blas")


@functools.cache
def _libraries():
    try:  # comes with scikit-learn
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()
