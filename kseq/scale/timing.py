"""How long FLOPs take on devices that reach a share of their peak, and how many tokens a second that makes (row L6).

    s = C/(n·P·u)    u, the utilisation: from a fifth to a half and a little more in published runs

A utilisation of C without recomputation is called MFU (of the model's FLOPs), with it HFU (of the hardware's).
"""

from kseq.scale.errors import ScaleError
from kseq.scale.given_numbers import positive
from kseq.scale.hardware import accelerator
from kseq.scale.operations import flops_per_token
from kseq.scale.published.utilisations import TYPICAL, UTILISATIONS
from kseq.scale.quantity import Quantity, derive, given


def training_time(flops, *, gpus, gpu, dtype="bfloat16", utilisation=None):
    """How long a training run takes.

    Args:
        flops: of the whole run, such as `training_flops` gives.
        gpus: number of devices.
        gpu: name of an accelerator, such as `"a100-80gb"`, or an `Accelerator`.
        dtype: type of the numbers that are multiplied.
        utilisation: share of the peak that is reached, from 0 to 1. None: the range of published runs.

    Returns:
        A `Quantity` in seconds.

    Raises:
        ScaleError: A number is not positive, the utilisation is above 1, or the accelerator is unknown.

    Example:

    >>> print(training_time(3.14e23, gpus=1024, gpu="a100-80gb", utilisation=0.45))
    25.3 days

    References:
        Narayanan et al. (2021), arXiv 2104.04473, equation 4, which has 8·N·D in place of C.
    """
    return derive(
        "time of training",
        "seconds",
        "C/(n·P·u)",
        C=positive("flops", flops, "FLOP", name="FLOPs"),
        n=devices(gpus),
        P=accelerator(gpu).peak(dtype),
        u=share(utilisation),
    )


def utilisation(flops, *, seconds, gpus, gpu, dtype="bfloat16"):
    """The share of the peak that a run reached: MFU, or HFU where the FLOPs count what is computed twice.

    Args:
        flops: of the run, or of one step.
        seconds: that it took.
        gpus: number of devices.
        gpu: name of an accelerator, or an `Accelerator`.
        dtype: type of the numbers that are multiplied.

    Returns:
        A `Quantity` without unit, from 0 to 1 (above 1 something is wrong with what was given).

    Raises:
        ScaleError: A number is not positive, or the accelerator is unknown.

    Example:

    >>> f"{utilisation(875062886400 * 100, seconds=0.755, gpus=1, gpu='a100-40gb'):.4f}"
    '0.3715'
    """
    return derive(
        "utilisation",
        "",
        "C/(n·P·s)",
        C=positive("flops", flops, "FLOP", name="FLOPs"),
        n=devices(gpus),
        P=accelerator(gpu).peak(dtype),
        s=positive("seconds", seconds, "seconds", name="time"),
    )


def throughput(config, *, gpus, gpu, context=None, dtype="bfloat16", utilisation=None, attention=True):
    """Tokens a second in training.

    Args:
        config: as in `flops_per_token`.
        gpus: number of devices.
        gpu: name of an accelerator, or an `Accelerator`.
        context: tokens of a sequence. None: the architecture's own.
        dtype: type of the numbers that are multiplied.
        utilisation: share of the peak, counted without recomputation (MFU). None: the range of published runs.
        attention: whether scores and weighted sums count.

    Returns:
        A `Quantity` in tokens/s, of all devices together.

    Raises:
        ScaleError: as in `training_time` and `flops_per_token`.

    Example:

    >>> round(throughput("gpt2", gpus=8, gpu="a100-40gb", utilisation=0.4), -3)
    1168000.0
    """
    return derive(
        "tokens a second in training",
        "tokens/s",
        "n·P·u/f",
        n=devices(gpus),
        P=accelerator(gpu).peak(dtype),
        u=share(utilisation),
        f=flops_per_token(config, context=context, attention=attention),
    )


def devices(gpus):
    """The number of devices, which is whole."""
    count = positive("gpus", gpus, name="devices")
    if not count.is_integer():
        raise ScaleError(f"`gpus` must be a whole number of devices. Received: gpus={gpus!r}")
    return count


def share(utilisation=None):
    """The utilisation that was given, or what published runs reached: a typical value and a range."""
    if utilisation is None:
        low, high = min(one.share for one in UTILISATIONS), max(one.share for one in UTILISATIONS)
        sources = tuple(dict.fromkeys(one.source for one in UTILISATIONS))
        return Quantity(
            TYPICAL,
            "utilisation",
            sources=sources,
            low=low,
            high=high,
            note="The range of utilisations is that of published runs; 0.4 is typical of those since 2022.",
        )
    value = positive("utilisation", utilisation, name="utilisation")
    if value > 1:
        raise ScaleError(
            f"`utilisation` must be a share of the peak, from 0 to 1. Received: utilisation={utilisation!r}"
        )
    return given(value)
