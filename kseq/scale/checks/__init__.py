"""Published numbers beside computed ones: one module for each published table, with one function, `rows`.

>>> from kseq.scale import published_checks
>>> [check for check in published_checks() if not check.agrees and not check.cause]
[]
"""

from importlib import import_module

from kseq.scale.checks.check import Check

MODULES = (
    "gpt2",
    "gpt3",
    "llama",
    "other_architectures",
    "compute",
    "megatron",
    "kv_caches",
    "activations",
    "chinchilla",
    "carbon",
)


def published_checks():
    """All rows of all published tables, computed now.

    Returns:
        A list of `Check`.
    """
    return [check for module in MODULES for check in import_module(f"{__name__}.{module}").rows()]


__all__ = ["MODULES", "Check", "published_checks"]
