"""FLOPs: the multiplications and additions of a Transformer, per token, per step and per training run (rows L1, L6).

Only matrix products are counted, two FLOPs for each multiply-add; the rest (softmax, normalization, activations) is
below one per cent. A token meets each weight of a layer once, and T others in each attention layer:

    forward     F = 2·(W + U) + a_T    W weights of the layers, U = V·d of the output layer, a_T = 4·L·H·k·T
    training    3·F                    backward is twice the forward pass: one product for inputs, one for weights

Attention counts all T tokens of the context for each token, as Megatron, PaLM and nanoGPT do, although a causal mask
leaves half of them; a kernel that skips the masked half does less. Of a sliding window its tokens count.
"""

import numbers

from kseq.scale.counting import is_table, parameter_parts, parameters
from kseq.scale.errors import ScaleError
from kseq.scale.given_numbers import one_of, positive
from kseq.scale.matrix_products import HALVES, context_of, forward_flops, training_flops_of_token
from kseq.scale.naming import architecture
from kseq.scale.quantity import derive, given
from kseq.scale.symbols import symbols

GPT3 = "Brown et al. (2020), arXiv 2005.14165, table D.1 and appendix D"
PALM = "Chowdhery et al. (2022), arXiv 2204.02311, appendix B"
MEGATRON = "Narayanan et al. (2021), arXiv 2104.04473, equation 3"

DIRECTIONS = ("both", "forward")
RECOMPUTE = ("none", "selective", "flash", "full")
STEPS = "steps of an example"
CONVENTIONS = ("6ND", "palm", "megatron", "exact")


def flops_per_token(config, *, context=None, attention=True, direction="both", embedding=False):
    """The FLOPs of one token in a sequence of `context` tokens: all matrix products, from the sizes as they are.

    Gated feed-forward layers, grouped heads and heads of their own width are counted as the architecture has them. In
    an encoder–decoder a token is one of either side, so it meets half of the layers.

    Args:
        config: a name such as `"gpt3-175b"`, an `Architecture`, a mapping of its fields, a Hugging Face
            config, or a `LayerTable`, whose own sums count (attention always, and each first layer without a gradient).
        context: tokens of a sequence (on each side of an encoder–decoder). None: the architecture's own.
        attention: whether scores and weighted sums count, the part that grows with the context.
        direction: `"forward"` for inference, or `"both"` for training, which is three times as much.
        embedding: whether looking up the embedding counts as a product with a one-hot vector, as in Chinchilla's
            appendix F. No program computes it so.

    Returns:
        A `Quantity` in FLOP/token.

    Raises:
        ScaleError: The name is unknown, `context` is not positive, or `direction` is neither word.

    Example:

    >>> flops_per_token("gpt2", context=1024, direction="forward") * 1024
    291648307200.0

    References:
        Kaplan et al. (2020), arXiv 2001.08361, table 1; Karpathy, nanoGPT's transformer_sizing.ipynb.
    """
    one_of("direction", direction, DIRECTIONS)
    if is_table(config):
        return _of_table(config, "none", context, direction)
    forward = forward_flops(architecture(config), context, attention, embedding)
    return forward if direction == "forward" else training_flops_of_token(forward, "none")


def step_flops(config, *, batch_size, context=None, attention=True, recompute="none"):
    """The FLOPs of one optimiser step: forward and backward for a batch, with what is computed a second time.

    Args:
        config: as in `flops_per_token`.
        batch_size: sequences of one step, on all devices together.
        context: tokens of a sequence. None: the architecture's own.
        attention: whether scores and weighted sums count.
        recompute: what the backward pass computes anew instead of keeping it: `"none"`; `"selective"`, only scores and
            weighted sums; `"flash"`, only scores (as FlashAttention does); `"full"`, each layer (not the output layer).
            Published FLOPs and shares of the peak (MFU) count nothing twice, so `"none"` is the default.

    Returns:
        A `Quantity` in FLOP.

    Raises:
        ScaleError: as in `flops_per_token`; `batch_size` is not positive; `recompute` is no such word.

    Example:

    >>> print(step_flops("gpt3-175b", batch_size=1536, recompute="full"))
    4.511e18 FLOP

    References:
        Narayanan et al. (2021), arXiv 2104.04473, equation 3; Korthikanti et al. (2022), arXiv 2205.05198;
        Dao et al. (2022), arXiv 2205.14135.
    """
    one_of("recompute", recompute, RECOMPUTE)
    batch = positive("batch_size", batch_size, "sequences", name="sequences of a step")
    if is_table(config):
        token, steps = _of_table(config, recompute, context), given(config.length or 1, "tokens", name=STEPS)
        return derive("FLOPs of a step", "FLOP", "B·T·f", B=batch, T=steps, f=token)
    sizes = architecture(config)
    token = training_flops_of_token(forward_flops(sizes, context, attention), recompute)
    sides = "2·" if sizes.num_encoder_layers else ""
    return derive("FLOPs of a step", "FLOP", f"B·{sides}T·f", B=batch, T=context_of(sizes, context), f=token)


def training_flops(config, *, tokens, attention=False, recompute="none", convention="6ND", context=None):
    """The FLOPs of a training run, by the formula that a paper used.

    `"6ND"`: six FLOPs for each parameter and token, three in an encoder–decoder, whose tokens meet half of the
    parameters; with `attention` 12·L·H·k·T more for each token. `"palm"`: the same with attention always, and
    without the table of positions, which multiplies nothing. `"megatron"`: from layers and width alone, for
    Transformers with 4·d wide feed-forward layers. `"exact"`: `flops_per_token` for each token, attention included
    where `attention` says so: tokens times `flops_per_token`, which differs from 6·N·D since no embedding, bias or
    normalization is a matrix product. Recomputing does a forward pass of the layers once more: 8·N·D.

    Args:
        config: as in `flops_per_token`; or just a number of parameters, for 6·N·D.
        tokens: D, those of the whole run.
        attention: whether scores and weighted sums count. (`"palm"` and `"megatron"` always count them.)
        recompute: `"none"`, `"selective"`, `"flash"` or `"full"`, as in `step_flops`.
        convention: `"6ND"`, `"palm"`, `"megatron"` or `"exact"`.
        context: tokens of a sequence, where attention counts. None: the architecture's own.

    Returns:
        A `Quantity` in FLOP.

    Raises:
        ScaleError: `tokens` is not positive, a word is unknown, or a convention does not describe the architecture.

    Example:

    >>> print(training_flops("gpt3-175b", tokens=300e9))
    3.143e23 FLOP

    References:
        Kaplan et al. (2020), arXiv 2001.08361; Brown et al. (2020), table D.1; Chowdhery et al. (2022), appendix B;
        Narayanan et al. (2021), equation 3.
    """
    one_of("convention", convention, CONVENTIONS)
    one_of("recompute", recompute, RECOMPUTE)
    data = positive("tokens", tokens, "tokens", name="tokens of training")
    if isinstance(config, numbers.Real):
        return _of_a_number(config, data, attention, recompute, convention)
    if is_table(config):
        return derive("FLOPs of training", "FLOP", "f·D", f=_of_table(config, recompute, context), D=data)
    sizes = architecture(config)
    if convention == "exact":
        token = training_flops_of_token(forward_flops(sizes, context, attention), recompute)
        return derive("FLOPs of training", "FLOP", "f·D", f=token, D=data)
    if convention == "6ND":
        return _six_n_d(sizes, data, attention, recompute, context)
    if sizes.num_encoder_layers:
        raise ScaleError(
            "`convention` must be '6ND' or 'exact' for an encoder–decoder: the other formulas have one stack. "
            f"Received: convention={convention!r}"
        )
    return (_palm if convention == "palm" else _megatron)(sizes, data, recompute, context)


def pf_days(flops):
    """FLOPs in petaFLOP/s-days, the unit of GPT-3's table D.1: 1e15 FLOP/s for a day, 8.64e19 FLOPs.

    Args:
        flops: a number of FLOPs, such as `training_flops` gives.

    Returns:
        A `Quantity` in PF-days.

    Raises:
        ScaleError: `flops` is not a positive number.

    Example:

    >>> round(pf_days(3.14e23))
    3634
    """
    return derive("petaFLOP/s-days", "PF-days", "C/(1e15·86400)", C=positive("flops", flops, "FLOP", name="FLOPs"))


def _of_a_number(count, data, attention, recompute, convention):
    """6·N·D, where nothing is known of a model but its size."""
    if attention or convention != "6ND":
        raise ScaleError(
            "`config` must be an architecture for what depends on layers and context (attention, other conventions "
            f"than '6ND'). Received: config={count!r}"
        )
    size = positive("config", count, "parameters", name="parameters")
    return derive("FLOPs of training", "FLOP", f"{8 if recompute == 'full' else 6}·N·D", source=GPT3, N=size, D=data)


def _six_n_d(sizes, data, attention, recompute, context):
    """Two FLOPs for each parameter that a token meets, in three passes, or four."""
    passes = 4 if recompute == "full" else 3
    met, note = (1, HALVES) if sizes.num_encoder_layers else (2, "")
    formula, inputs = f"{passes * met}·N·D", {"N": parameters(sizes), "D": data}
    if attention:
        formula += f" + {_times(recompute)}·a_T·D"
        inputs["a_T"] = _attention(sizes, context)
    return derive("FLOPs of training", "FLOP", formula, source=GPT3, note=note, **inputs)


def _palm(sizes, data, recompute, context):
    passes = 8 if recompute == "full" else 6
    positions = parameter_parts(sizes)["position_embedding"]
    count = derive("parameters that multiply", "parameters", "N_all − N_pos", N_all=parameters(sizes), N_pos=positions)
    inputs = {"N": count, "D": data, "a_T": _attention(sizes, context)}
    return derive("FLOPs of training", "FLOP", f"({passes}·N + {_times(recompute)}·a_T)·D", source=PALM, **inputs)


def _megatron(sizes, data, recompute, context):
    """96·B·s·l·h²·(1 + s/6h + V/16lh) with recomputation, where B·s·(steps) = D; 72 and 12 without."""
    plain = sizes.num_key_value_heads == sizes.num_heads and sizes.key_dim * sizes.num_heads == sizes.embedding_dim
    if not plain or sizes.gated or sizes.intermediate_dim != 4 * sizes.embedding_dim:
        raise ScaleError(
            "`convention='megatron'` counts 12·d² weights a layer (heads that fill the width, none grouped, 4·d wide "
            f"and not gated), which {sizes.name!r} has not: use 'exact'. Received: convention='megatron'"
        )
    if recompute not in ("none", "full"):
        raise ScaleError(
            f"`recompute` must be 'none' or 'full' with convention='megatron'. Received: recompute={recompute!r}"
        )
    times, output = (96, 16) if recompute == "full" else (72, 12)
    return derive(
        "FLOPs of training",
        "FLOP",
        f"{times}·D·L·d²·(1 + T/(6·d) + V/({output}·L·d))",
        source=MEGATRON,
        D=data,
        T=context_of(sizes, context),
        **{symbol: symbols(sizes)[symbol] for symbol in ("L", "d", "V")},
    )


def _attention(sizes, context):
    """a_T: scores and weighted sums of a token, forward; the second term of `flops_per_token`."""
    forward = forward_flops(sizes, context)
    if not sizes.num_encoder_layers:
        return forward.inputs["a_T"]
    both = forward.inputs["a_T"]
    return derive("FLOPs of a token's attention on its side", "FLOP/token", "a_T/2", note=HALVES, a_T=both)


def _times(recompute):
    return {"none": "3", "flash": "3.5"}.get(recompute, "4")


def _of_table(table, recompute, context, direction="both"):
    """A token of a model whose layers were listed one by one, for sequences of the length that it was listed with."""
    if context not in (None, table.length):
        raise ScaleError(
            f"`context` must be the length with which {table.name!r} was described, {table.length}: describe it anew. "
            f"Received: context={context!r}"
        )
    if recompute not in ("none", "full"):
        raise ScaleError(
            "`recompute` must be 'none' or 'full' for a table of layers, which does not say what in a layer is "
            f"attention. Received: recompute={recompute!r}"
        )
    if direction == "forward":
        return table.flops_per_token
    steps = given(table.length or 1, "tokens", name=STEPS)
    inputs = {"C": table.training_flops, "T": steps} | ({"F": table.flops} if recompute == "full" else {})
    formula = "(C + F)/T" if recompute == "full" else "C/T"
    return derive("FLOPs of a token in training", "FLOP/token", formula, **inputs)
