"""Rows of the tables of `kseq scale`: sizes, memory, time, money, carbon, optimum, roofline."""

from kseq.cli.answers import Row, people
from kseq.scale import in_gib, memory, pf_days, show
from kseq.scale.advising import RESERVED
from kseq.scale.units import in_letters

HALF = "bfloat16"
STEPS = "A token is a step of the sequence, or an example where there is no sequence."
SMALL = 1e8  # parameters below which no published run stands for the utilisation
SLOWER = "So small a model reaches less of the peak than published runs, which are of large ones: say --utilisation."
WAITS = {"compute": "it waits for the arithmetic", "memory": "it waits for the memory"}
STAGES = {0: "nothing is shared", 1: "optimizer shared", 2: "optimizer, gradients shared", 3: "all shared"}


def shape(asked):
    """The sizes of an architecture, as far as they are not the usual ones."""
    if not asked.is_architecture:
        return []
    one = asked.config
    heads = f"of width {one.key_dim}"
    if one.head_groups > 1:
        heads += f", {one.num_key_value_heads} of keys and values"
    rows = [
        Row("layers", f"{one.num_layers}", f"and {one.num_encoder_layers} of an encoder" * bool(one.num_encoder_layers))
    ]
    rows += [
        Row("width", f"{one.embedding_dim:,}"),
        Row("heads", f"{one.num_heads}", heads),
        Row("feed-forward width", f"{one.intermediate_dim:,}", "gated" * one.gated),
        Row("vocabulary", f"{one.vocabulary_size:,}", "not tied to the output" * (not one.tied_embeddings))
        if one.vocabulary_size
        else Row("image", f"{one.image_size} × {one.image_size}", f"in patches of {one.patch_size} × {one.patch_size}"),
        Row("context", f"{one.context_length:,}", f"{one.position} positions"),
    ]
    return rows


def published(asked):
    """What the paper says, where there is one."""
    if not asked.is_architecture or not asked.config.published_parameters:
        return ""
    return f"published: {in_letters(asked.config.published_parameters)}"


def notes_of(asked):
    """What is to be known about the model, and where its sizes come from."""
    if not asked.is_architecture:
        return [STEPS, *asked.config.notes]
    made_for = asked.config.context_length
    longer = f"The model was made for {made_for:,} tokens, not {asked.length:,}." if asked.length > made_for else ""
    return [asked.config.note, longer, f"Sizes from {asked.config.source}." if asked.config.source else ""]


def states(asked):
    """Weights, gradients and optimizer of the whole model in mixed precision."""
    return memory(asked.config, precision="mixed", optimizer=asked.optimizer or "adamw").training


def activation_options(asked, kind):
    """Arguments of `activation_memory` as asked for."""
    dtype = "float32" if asked.precision == "float32" else HALF
    return {
        "batch_size": asked.batch or 1,
        "context": asked.context,
        "recompute": kind,
        "dropout": asked.dropout,
        "tensor": asked.tensor or 1,
        "dtype": dtype,
    }


def run_notes(asked):
    """What is to be known about the numbers of a training run."""
    small = asked.utilisation is None and asked.plan.parameters < SMALL
    return [SLOWER if small else "", *notes_of(asked)]


def fits_rows(asked):
    """The memory of each device in short."""
    plan, used = asked.plan, asked.plan.memory
    layout = f"ZeRO stage {plan.zero}: {STAGES[plan.zero]}" if plan.gpus > 1 else "one device"
    return [
        Row("weights, gradients, optimizer", f"{in_gib(used.training - used.activations)}", layout),
        Row("activations", used.activations, f"{asked.batch or 1} × {asked.length:,} tokens at once on each device"),
        Row("together", used.training, f"of {in_gib(plan.gpu.memory)} on each {plan.gpu.name}"),
        Row("fits", "yes" if plan.fits else "no", f"{RESERVED:.0%} of the device are left to the framework"),
    ]


def time_rows(asked):
    """From tokens to hours."""
    plan = asked.plan
    reached = f"at {share(plan.time.inputs['u'])} of the peak"
    days = show(pf_days(plan.flops), "PF-days")
    return [
        Row("tokens", plan.tokens, "20 for each parameter" if asked.tokens is None else "as given"),
        Row("FLOPs of the run", plan.flops, days),
        Row("time", plan.time, f"{ranged(plan.time)} {reached}".strip()),
        Row("device hours", plan.gpu_hours, plan.machines),
    ]


def price_rows(asked):
    """The money."""
    plan = asked.plan
    return [Row("price", plan.price, ranged(plan.price))]


def carbon_rows(asked):
    """Electricity and what it emits."""
    plan = asked.plan
    return [
        Row("electricity", plan.energy, ranged(plan.energy)),
        Row("emissions", plan.carbon, ranged(plan.carbon)),
    ]


def optimum_rows(found):
    """Size, data, compute and loss of an `Optimum`."""
    return [
        Row("parameters", found.parameters, text=in_letters(found.parameters)),
        Row("tokens", found.tokens, f"{found.tokens_per_parameter:.3g} for each parameter", in_letters(found.tokens)),
        Row("FLOPs", found.flops),
        *([] if found.loss is None else [Row("expected loss", found.loss)]),
    ]


def roofline_rows(found):
    """What bounds a step, and how fast it can be."""
    return [
        Row("FLOPs of a step", found.flops),
        Row("bytes moved", found.bytes, "weights once, keys and values of all tokens"),
        Row("FLOPs for each byte", found.intensity, f"{WAITS[found.bound]}: the ridge is at {found.ridge:.0f}"),
        Row("time of a step, at least", found.seconds),
        Row("tokens a second, at most", found.tokens_per_second),
    ]


def misfit(plan):
    """What is added to a sentence about a training that would not fit."""
    return "" if plan.fits else f" {plan.verdict}"


def remedies(plan):
    """What would help where it does not fit."""
    return () if plan.fits else plan.advice


def short(value):
    """A quantity without its range."""
    return people(value, value.unit)


def ranged(value):
    """The range of a quantity in words; nothing where it has none."""
    return f"{people(value.low, value.unit)} to {people(value.high, value.unit)}" if value.is_range else ""


def share(value):
    """A utilisation: `40 %`, `40 % (20 % to 52 %)`."""
    return f"{float(value):.0%}" + (f" ({value.low:.0%} to {value.high:.0%})" if value.is_range else "")
