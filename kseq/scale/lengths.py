"""What a longer sequence costs one layer: recurrence, attention and convolution (rows G6 and X9).

For T steps of width d, forward, 2 FLOPs for each multiplication with its addition:

    recurrent      4·T·d²              T steps one after another
    attention      4·T²·d              1
    convolution    2·K·T·d²            1

Where T is smaller than d, attention costs less than a simple recurrence; beyond, more, and ever more.
"""

import math
import numbers
from dataclasses import dataclass

from kseq.scale.errors import ScaleError, near
from kseq.scale.quantity import derive, given

TABLE_1 = "Vaswani et al. (2017), Attention is all you need, arXiv 1706.03762, table 1 (how it grows)"
PHASES = ("training", "forward", "decode")
STACKED = "One convolution reaches K steps: this is how many layers, ever more dilated, connect all of them."
BACKWARD = "three times the forward pass: products for the result, for the weights and for the inputs"


@dataclass(frozen=True)
class Layer:
    """One kind of layer of width d.

    Attributes:
        each: FLOPs of a step that do not depend on the length, in units of d²: a formula.
        pair: FLOPs for each pair of steps, in units of d; 0 where steps do not look at each other.
        chain: whether a step must wait for the one before.
        path: longest way between two steps: a formula in T.
        state: numbers that must be kept to go on to the next step, in units of d: a formula in T.
    """

    each: str
    pair: int = 0
    chain: bool = False
    path: str = "1"
    state: str = "2·T"


KINDS = {
    "recurrent": Layer("4", chain=True, path="T", state="1"),
    "gru": Layer("12", chain=True, path="T", state="1"),
    "lstm": Layer("16", chain=True, path="T", state="2"),
    "attention": Layer("0", pair=4),
    "attention_layer": Layer("8", pair=4),  # with its four projections
    "transformer": Layer("24", pair=4),  # and a feed-forward layer 4·d wide
    # as many layers as a dilated stack needs, log_K(T); the 1e-9 keeps exact powers exact
    "convolution": Layer("2·K", path="ceil(log(T)/log(K) − 1e-9)", state="K − 1"),
    "restricted_attention": Layer("4·r/d", path="ceil(T/r)", state="2·min(r, T)"),
}


def cost_against_length(
    width, lengths, kinds=("recurrent", "attention", "convolution"), phase="training", kernel_size=3, window=64
):
    """FLOPs, sequential steps and longest path of a layer for each length (rows G6 and X9).

    Args:
        width: d, of the sequence and of the layer's units.
        lengths: the lengths T, a list of integers.
        kinds: names: `"recurrent"` (a simple one), `"gru"`, `"lstm"`; `"attention"` (scores and weighted sums alone, as
            in table 1 of the paper), `"attention_layer"` (with its projections), `"transformer"` (with a feed-forward
            layer 4·d wide, too), `"restricted_attention"` (to `window` neighbours), `"convolution"`.
        phase: `"training"`: forward and backward on a sequence that is known; `"forward"`; `"decode"`: T steps written
            one by one, each after the one before, with a cache of keys and values.
        kernel_size: K, steps under the kernel of the convolution.
        window: r, neighbours that restricted attention looks at.

    Returns:
        A list of dictionaries, which `kseq.plot.cost_against_length(records, value="flops")` draws: `"model"` (the
        kind), `"length"`, `"flops"` (of one layer for one sequence), `"sequential_steps"` (how many products must wait
        for one another), `"path_length"` (steps between the two ends of the sequence; a convolution reaches only K of
        them, so there it is the layers of a dilated stack that does, each with these FLOPs), `"state"` (numbers kept
        from one step to the next in decoding). All but the first two are `Quantity`s.

    Raises:
        ScaleError: a name is unknown, or a number is not a positive integer.

    Example:

    >>> [(row["model"], row["flops"]) for row in cost_against_length(64, [64], phase="forward")]
    [('recurrent', 1048576), ('attention', 1048576), ('convolution', 1572864)]

    References:
        Vaswani et al. (2017), Attention is all you need, table 1.
    """
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    for kind in kinds:
        _check_name("kinds", kind, KINDS)
    lengths = [lengths] if isinstance(lengths, numbers.Integral) else list(lengths)
    _check_name("phase", phase, PHASES)
    for name, value in (("width", width), ("kernel_size", kernel_size), ("window", window)):
        _check_size(name, value)
    for length in lengths:
        _check_size("lengths", length)
    return [_row(kind, length, width, phase, kernel_size, window) for kind in kinds for length in lengths]


def crossing_length(width, attention="attention", other="recurrent", phase="training", kernel_size=3):
    """The length T from which on attention costs more FLOPs than another layer of the same width (rows G6 and X9).

    Args:
        width: d.
        attention: `"attention"`, `"attention_layer"` or `"transformer"`, as in `cost_against_length`.
        other: what it is compared with: `"recurrent"`, `"gru"`, `"lstm"` or `"convolution"`.
        phase: `"training"`, `"forward"` or `"decode"`.
        kernel_size: K of the convolution.

    Returns:
        A `Quantity` in `"tokens"`, where both cost the same; 0 where attention costs more at every length.

    Raises:
        ScaleError: as in `cost_against_length`.

    Example:

    >>> crossing_length(512), crossing_length(512, "attention_layer", "lstm")
    (512, 1024)
    """
    _check_name("attention", attention, [kind for kind, layer in KINDS.items() if layer.pair])
    _check_name("other", other, ["recurrent", "gru", "lstm", "convolution"])
    _check_name("phase", phase, PHASES)
    _check_size("width", width)
    _check_size("kernel_size", kernel_size)
    a = given(int(KINDS[attention].each), name=f"FLOPs of {attention} for a step, in units of d²")
    o = derive(
        f"FLOPs of {other} for a step, in units of d²", "", KINDS[other].each, **_used(KINDS[other].each, K=kernel_size)
    )
    p = given(KINDS[attention].pair, name="FLOPs for a pair of steps, in units of d")
    formula = "max(0, (o − a)·d/p)"
    if phase == "decode":  # step t looks at t steps, not at T: p·T·(T + 1)/2 pairs
        formula = "max(0, 2·(o − a)·d/p − 1)"
    note = f"{attention} costs more FLOPs than {other} at every length" if a >= o else ""
    return derive(
        f"length from which on {attention} costs more than {other}", "tokens", formula,
        source=TABLE_1, note=note, o=o, a=a, p=p, d=width,
    )  # fmt: skip


def _row(kind, length, width, phase, kernel_size, window):
    layer = KINDS[kind]
    sizes = {"T": length, "d": width, "K": kernel_size, "r": min(window, length)}
    each = "" if layer.each == "0" else "4·r·T·d" if kind == "restricted_attention" else f"{layer.each}·T·d²"
    pairs = "" if not layer.pair else f"{layer.pair // 2}·T·(T + 1)·d" if phase == "decode" else f"{layer.pair}·T²·d"
    formula = " + ".join(part for part in (each, pairs) if part)
    if phase == "training":
        formula = f"3·({formula})"
    waits = "T" if layer.chain or phase == "decode" else "1"
    path = layer.path if kernel_size > 1 or kind != "convolution" else "T"
    return {
        "model": kind,
        "length": length,
        "flops": derive(
            f"FLOPs of {kind}, {phase}", "FLOP", formula, source=TABLE_1,
            note=BACKWARD if phase == "training" else "", **_used(formula, **sizes),
        ),
        "sequential_steps": derive(
            "steps that wait for one another", "", waits, source=TABLE_1, **_used(waits, **sizes)
        ),
        "path_length": derive(
            "longest way between two steps", "", f"max(1, {path})", source=TABLE_1,
            note=STACKED if kind == "convolution" else "", **_used(path, **sizes),
        ),
        "state": derive(
            "numbers kept for the next step", "", f"({layer.state})·d", **_used(f"{layer.state} d", **sizes)
        ),
    }  # fmt: skip


def _used(formula, **sizes):
    """Those of the sizes that stand in a formula."""
    words = set("".join(letter if letter.isalpha() else " " for letter in formula).split())
    return {name: value for name, value in sizes.items() if name in words}


def _check_name(argument, name, known):
    if name not in known:
        raise ScaleError(
            f"`{argument}` must be one of {', '.join(map(repr, known))}. {near(str(name), list(known))}"
            f"Received: {argument}={name!r}"
        )


def _check_size(argument, value):
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1 or not math.isfinite(value):
        raise ScaleError(f"`{argument}` must be an integer from 1 on. Received: {argument}={value!r}")
