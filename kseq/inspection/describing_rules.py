"""What one call of a layer costs: its matrix products as a formula, and the values that the backward pass reads again.

Symbols: T steps (or places) of the result, S steps that are looked at, m inputs, n outputs, h units, d width of a
sequence, H heads, G heads of keys and values, k and v widths of a head, K numbers under a kernel, c channels. Every
multiplication with its addition is 2 FLOPs; causal attention is counted in full, for that is what is computed.
"""

import dataclasses
import math

import keras
from keras import layers as kl

from kseq.inspection.describing_attention import ATTENTION
from kseq.inspection.describing_costs import Cost
from kseq.layers import TruncatedBPTT
from kseq.layers.spelling import SpellingEmbedding

SAVE_THEIR_INPUT = ("gelu", "silu", "swish", "softplus", "mish", "log_softmax")  # the result alone is not enough
GATES = {kl.SimpleRNNCell: (1, 1), kl.LSTMCell: (4, 6), kl.GRUCell: (3, 5)}  # matrices; values kept per unit and step
SAME_VALUES = (
    "InputLayer", "Reshape", "Flatten", "Permute", "RepeatVector", "Masking", "Identity", "TokenIds", "LastStep",
    "Cropping1D", "UpSampling1D", "Functional", "Sequential",
)  # fmt: skip


def dense(layer, call):
    """y = f(x·W + b)."""
    x, data = call.first
    m, n = layer.kernel.shape if len(layer.kernel.shape) == 2 else (x[-1], layer.units)
    steps = call.values(x) // m
    kept = steps * n * (2 if _name(layer.activation) in SAVE_THEIR_INPUT else 1)
    return Cost("2·T·m·n", {"T": steps, "m": m, "n": n}, kept, "2·T·m·n" if data else "")


def einsum_dense(layer, call):
    """Each number of the result is a sum over the axes of W that it does not have."""
    _, data = call.first
    _, weight, result = layer.equation.replace("->", ",").split(",")
    summed = [size for letter, size in zip(weight, layer.kernel.shape, strict=True) if letter not in result]
    written = call.written
    formula = "2·n·m"
    return Cost(formula, {"n": written, "m": math.prod(summed)}, written, formula if data else "")


def embedding(layer, call):
    """A row of the table for each id: nothing is multiplied. Turned round, the table is a matrix."""
    if not call.given.get("reverse"):
        return Cost(kept=call.written)
    x, _ = call.first
    width = x[-1]
    sizes = {"T": call.values(x) // width, "d": width, "V": call.written * width // call.values(x)}
    return Cost("2·T·d·V", sizes, call.written)


def convolution(layer, call):
    """Each number of the result is a sum over the kernel and the channels of its group."""
    x, data = call.first
    channels = x[-1] if layer.data_format == "channels_last" else x[1]
    sizes = {"n": call.written, "K": math.prod(layer.kernel_size), "c": channels // getattr(layer, "groups", 1)}
    return Cost("2·n·K·c", sizes, call.written, "2·n·K·c" if data else "")


def transposed(layer, call):
    """As a convolution from the result to the input."""
    x, data = call.first
    sizes = {"n": call.values(x), "K": math.prod(layer.kernel_size), "f": layer.filters}
    return Cost("2·n·K·f", sizes, call.written, "2·n·K·f" if data else "")


def depthwise(layer, call):
    """A kernel for each channel."""
    _, data = call.first
    sizes = {"n": call.written, "K": math.prod(layer.kernel_size)}
    return Cost("2·n·K", sizes, call.written, "2·n·K" if data else "")


def separable(layer, call):
    """A kernel for each channel, and a matrix between the channels."""
    x, data = call.first
    channels = x[-1] if layer.data_format == "channels_last" else x[1]
    places = call.written // layer.filters
    inner = channels * layer.depth_multiplier
    sizes = {"T": places, "c": inner, "K": math.prod(layer.kernel_size), "f": layer.filters}
    return Cost("2·T·c·K + 2·T·c·f", sizes, call.written + places * inner, "2·T·c·K" if data else "")


def recurrent(layer, call):
    """x_t·W + h_{t−1}·U for each gate and step; `None` for a cell whose equations are not known."""
    x, data = call.first
    steps, width = x[1], x[-1]
    cells = _cells(layer.cell)
    terms, first, sizes, kept = [], "", {"T": steps, "m": width}, 0
    m = "m"
    for number, cell in enumerate(cells):
        gates = next((found for known, found in GATES.items() if isinstance(cell, known)), None)
        if gates is None:
            return None
        h = "h" if len(cells) == 1 else f"h{number + 1}"
        sizes[h] = cell.units
        terms.append(f"{2 * gates[0]}·T·{h}·({m} + {h})")
        first = first or f"{2 * gates[0]}·T·{h}·{m}"
        kept += steps * cell.units * gates[1]
        m = h
    return Cost(" + ".join(terms), sizes, kept, first if data else "")


def time_distributed(layer, call):
    """What is inside, at each step."""
    x, _ = call.first
    batch, steps = x[0], x[1]
    if rule_of(layer.layer) is None and layer.layer.weights:  # a model, or a layer made of layers
        from kseq.inspection.describing import describe

        inner = describe(layer.layer)
        return Cost("T_d·F", {"T_d": steps, "F": inner.flops}, steps * inner.activations.exact)
    step = type(x)((batch, *x[2:]))
    outputs = [type(x)((batch, *shape[2:])) for shape in call.outputs]
    inner = cost_of(layer.layer, dataclasses.replace(call, given={"inputs": step}, outputs=outputs, data=frozenset()))
    if inner is None:
        return None
    formula = f"T_d·({inner.formula})" if inner.formula else ""
    return Cost(formula, {"T_d": steps, **inner.sizes} if formula else {}, steps * inner.kept)


def wrapping(layer, call):
    """What is inside: chunks of a sequence cost what the sequence costs."""
    return cost_of(layer.layer, call)


def spelling(layer, call):
    """The vectors of a word's characters side by side, times a matrix."""
    m, n = layer.kernel.shape
    steps = call.written // n
    return Cost("2·T·m·n", {"T": steps, "m": m, "n": n}, steps * (m + n))


def dot(layer, call):
    """Products of two tensors along an axis of each."""
    shapes = keras.tree.flatten(call.given["inputs"])
    axis = layer.axes if isinstance(layer.axes, int) else layer.axes[0]
    return Cost("2·n·m", {"n": call.written, "m": shapes[0][axis]}, call.written)


def dropout(layer, call):
    """What is left, and which numbers those are."""
    return Cost(kept=2 * call.written if layer.rate else 0)


def looked_up(layer, call):
    """Texts become numbers: no gradient goes through that."""
    return Cost()


RULES = (
    ((kl.TextVectorization, kl.StringLookup, kl.IntegerLookup), looked_up),
    (kl.Dense, dense),
    (kl.EinsumDense, einsum_dense),
    (kl.Embedding, embedding),
    (SpellingEmbedding, spelling),
    ((kl.SeparableConv1D, kl.SeparableConv2D), separable),
    ((kl.DepthwiseConv1D, kl.DepthwiseConv2D), depthwise),
    ((kl.Conv1DTranspose, kl.Conv2DTranspose, kl.Conv3DTranspose), transposed),
    ((kl.Conv1D, kl.Conv2D, kl.Conv3D), convolution),
    (kl.RNN, recurrent),
    (TruncatedBPTT, wrapping),
    (kl.TimeDistributed, time_distributed),
    (kl.Dot, dot),
    ((kl.Dropout, kl.SpatialDropout1D, kl.GaussianDropout), dropout),
    *ATTENTION,
)


def cost_of(layer, call):
    """The `Cost` of a call, or `None` where the layer's equations are not known here."""
    rule = rule_of(layer)
    if rule is not None:
        return rule(layer, call)
    if type(layer).__name__ in SAME_VALUES:
        return Cost()
    return Cost(kept=call.written)


def rule_of(layer):
    """The function that knows what this layer costs, or `None`."""
    return next((rule for known, rule in RULES if isinstance(layer, known)), None)


def is_whole(layer):
    """Whether a layer is one row, with all that is inside it."""
    return rule_of(layer) is not None


def _cells(cell):
    return [one for inner in cell.cells for one in _cells(inner)] if isinstance(cell, kl.StackedRNNCells) else [cell]


def _name(activation):
    return getattr(activation, "__name__", "")
