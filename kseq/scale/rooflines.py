"""`roofline`: whether reading a prompt or writing tokens waits for the arithmetic or for the memory (row L6).

A step needs C FLOPs and moves M bytes: all weights once, however many sequences share them, and the keys and values of
all tokens. It takes at least

    s = max(C/P, M/β)      P peak in FLOP/s, β bandwidth in bytes/s

so what counts is the intensity C/M. Below the ridge P/β the memory is what one waits for. A prompt (prefill) has
thousands of tokens for each weight that is read; writing (decode) has one for each sequence.

Only what cannot be spared counts, so that it is a bound: a token of a prompt looks at those before it, not at all (with
a sliding window at its tokens), and the output layer reads the last token of a prompt.
"""

from dataclasses import dataclass

from kseq.scale.caches import kv_cache
from kseq.scale.counting import is_table
from kseq.scale.errors import ScaleError
from kseq.scale.given_numbers import one_of
from kseq.scale.hardware import accelerator
from kseq.scale.matrix_products import context_of, forward_flops, layers, output
from kseq.scale.naming import architecture
from kseq.scale.notebooks import pretty
from kseq.scale.number_types import STORED, bytes_of, check_count
from kseq.scale.quantity import Quantity, derive, given
from kseq.scale.symbols import symbols
from kseq.scale.timing import devices

WILLIAMS = "Williams, Waterman, Patterson (2009), Roofline, doi 10.1145/1498765.1498785"
POPE = "Pope et al. (2022), arXiv 2211.05102, section 2"
CAUSAL = "A bound: a token looks at no later one, and of a prompt the output layer reads the last token only."
PHASES = ("prefill", "decode")


@dataclass(frozen=True)
class Roofline:
    """One step of a model on an accelerator; each number is a `Quantity` that explains itself."""

    name: str  # the architecture
    gpu: str
    phase: str  # "prefill": all tokens of the prompts at once; "decode": one more token for each sequence
    flops: Quantity  # of the step
    weights: Quantity  # bytes that are read once
    cache: Quantity  # bytes of keys and values: written by prefill, read by decode
    bytes: Quantity  # moved in the step
    intensity: Quantity  # FLOP/byte
    ridge: Quantity  # FLOP/byte from which on the arithmetic is what one waits for
    seconds: Quantity  # at least, at peak and full bandwidth, without talk between devices
    tokens_per_second: Quantity  # at most

    @property
    def bound(self):
        """`"compute"` or `"memory"`: what one waits for."""
        return "compute" if self.intensity >= self.ridge else "memory"

    _repr_pretty_ = pretty

    def __str__(self):
        return (
            f"{self.phase} of {self.name} on {self.gpu}: {self.flops}, {self.bytes} moved, "
            f"{self.intensity:,.1f} FLOP/byte (ridge {self.ridge:,.1f}): {self.bound} bound, "
            f"at least {self.seconds} a step, at most {self.tokens_per_second}"
        )

    def explain(self):
        """The derivation of the time of a step."""
        return self.seconds.explain()


def roofline(config, *, gpu, phase="prefill", batch_size=1, context=None, dtype="bfloat16", gpus=1):
    """What one step of inference costs, and what it waits for.

    Activations that move between memory and arithmetic are left out: with fused layers they are few. So is what several
    devices say to each other.

    Args:
        config: a name such as `"llama2-70b"`, an `Architecture`, a mapping of its fields, or a Hugging Face config: one
            stack of layers.
        gpu: name of an accelerator, or an `Accelerator`.
        phase: `"prefill"`, the prompts are read at once; or `"decode"`, each sequence gets one more token.
        batch_size: sequences that share the step.
        context: tokens of each prompt; in `"decode"` those that are there already. None: the architecture's context.
        dtype: type of weights, keys and values: `"float32"`, `"bfloat16"`, `"float16"`, `"float8"`, `"int8"`, `"int4"`.
        gpus: devices that share weights and work evenly (tensor parallelism).

    Returns:
        A `Roofline`.

    Raises:
        ScaleError: A name or word is unknown, a number is not positive, or the model has two stacks or writes nothing.

    Example:

    >>> one = roofline("llama2-70b", gpu="h100", gpus=2, phase="decode", context=4096)
    >>> one.bound, str(one.seconds), str(one.tokens_per_second)
    ('memory', '20.7 ms', '48.28 tokens/s')

    References:
        Williams et al. (2009), doi 10.1145/1498765.1498785; Pope et al. (2022), arXiv 2211.05102.
    """
    one_of("phase", phase, PHASES)
    check_count("batch_size", batch_size)
    if is_table(config):
        raise ScaleError(
            "`config` must be an architecture: a table of layers has no keys and values. Received: a LayerTable"
        )
    sizes, device, count = architecture(config), accelerator(gpu), devices(gpus)
    if sizes.num_encoder_layers:
        raise ScaleError(
            f"`config` must have one stack of layers, not an encoder and a decoder. Received: {sizes.name!r}"
        )
    if phase == "decode" and not sizes.causal:
        raise ScaleError(f"`phase` must be 'prefill' for {sizes.name!r}, which writes no tokens. Received: 'decode'")
    length, batch = context_of(sizes, context), given(batch_size, "sequences", name="sequences at once")
    check_count("context", length)
    prompt = {"T": length} if phase == "prefill" else {}
    tokens = derive("tokens of a step", "tokens", "B·T" if prompt else "B", B=batch, **prompt)
    if prompt and sizes.causal:
        flops = prompt_flops(sizes, length, batch)
    else:
        flops = derive("FLOPs of a step", "FLOP", "t·F", t=tokens, F=forward_flops(sizes, length))
    weights = derive(
        "bytes of the weights that are multiplied", "bytes", "b·(W + U)",
        b=given(bytes_of(dtype, STORED), "bytes", name=f"bytes of a {dtype}"), W=layers(sizes), U=output(sizes, length),
    )  # fmt: skip
    cache = (
        kv_cache(sizes, tokens=int(length), batch_size=batch_size, dtype=dtype)
        if sizes.causal
        else given(0, "bytes", name="an encoder keeps no keys and values")
    )
    moved = derive("bytes moved in a step", "bytes", "M_w + M_kv", source=POPE, M_w=weights, M_kv=cache)
    peak = device.peak(dtype)
    speed = given(device.bandwidth, "bytes/s", device.source, name=f"bandwidth of {device.name}")
    seconds = derive(
        "time of a step, at least", "seconds", "max(C/(n·P), M/(n·β))", source=WILLIAMS,
        C=flops, M=moved, n=count, P=peak, β=speed,
    )  # fmt: skip
    return Roofline(
        name=sizes.name,
        gpu=device.name if count == 1 else f"{count.exact} {device.name}",
        phase=phase,
        flops=flops,
        weights=weights,
        cache=cache,
        bytes=moved,
        intensity=derive("intensity", "FLOP/byte", "C/M", C=flops, M=moved),
        ridge=derive("ridge", "FLOP/byte", "P/β", source=WILLIAMS, P=peak, β=speed),
        seconds=seconds,
        tokens_per_second=derive("tokens a second, at most", "tokens/s", "t/s", t=tokens, s=seconds),
    )


def prompt_flops(sizes, length, batch):
    """The least FLOPs to read prompts: half of attention, and the output layer for the last token of each.

    Args:
        sizes: an `Architecture` whose tokens look back.
        length: T, as a `Quantity`.
        batch: B, as a `Quantity`.
    """
    of = symbols(sizes)
    known = {symbol: of[symbol] for symbol in ("L", "H", "k")} | {"n_2": pairs(sizes, length)}
    attention, note = "4·L·H·k·n_2", CAUSAL
    if sizes.attention_window and sizes.full_attention_layers:
        known |= {"L_f": of["L_f"], "n_f": pairs(sizes, length, window=False)}
        attention = "4·H·k·(L_f·n_f + (L − L_f)·n_2)"
    return derive(
        "FLOPs of a step", "FLOP", "B·(2·T·W + 2·U + C_T)", note=note, B=batch, T=length, W=layers(sizes),
        U=output(sizes, length), C_T=derive("FLOPs of a prompt's attention", "FLOP", attention, **known),
    )  # fmt: skip


def pairs(sizes, length, window=True):
    """How many pairs of tokens look at each other: each token at itself and at those before it, in the window."""
    if not (window and sizes.attention_window):
        return derive("pairs of tokens", "", "T·(T + 1)/2", T=length)
    near = derive("tokens that the last one sees", "tokens", "min(T, T_w)", T=length, T_w=symbols(sizes)["T_w"])
    return derive("pairs of tokens in the window", "", "v·(2·T − v + 1)/2", T=length, v=near)
