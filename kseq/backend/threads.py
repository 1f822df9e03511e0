"""How many threads NumPy's matrix products use."""

import contextlib
import functools


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
