"""Rows of the tables of `kseq scale`: sizes, memory, time, money, carbon, optimum, roofline."""

from kseq.cli.answers import Row, people
from kseq.scale import ARCHITECTURES, derive, in_gib, memory, pf_days, show
from kseq.scale.advising import RESERVED
from kseq.scale.places import key, region
from kseq.scale.units import in_letters

HALF = "bfloat16"
STEPS = "A token is a step of the sequence, or an example where there is no sequence."
ONLY_TRAINING = "Only the training itself: no failed runs, no idle time, no making of the machines."
MUCH = 10  # times the largest published model
FITTED, READ = (70e6, 16e9), (5e9, 500e9)  # parameters, tokens of Hoffmann et al. (2022), abstract
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
    rows = [Row("layers", one.num_layers, f"and {one.num_encoder_layers} of an encoder" * bool(one.num_encoder_layers))]
    rows += [
        Row("width", one.embedding_dim),
        Row("heads", one.num_heads, heads),
        Row("feed-forward width", one.intermediate_dim, "gated" * one.gated),
        Row("vocabulary", one.vocabulary_size, "not tied to the output" * (not one.tied_embeddings))
        if one.vocabulary_size
        else Row(
            "image",
            one.image_size,
            f"in patches of {one.patch_size} × {one.patch_size}",
            f"{one.image_size} × {one.image_size}",
            "pixels",
        ),
        Row("context", one.context_length, f"{one.position} positions", unit="tokens"),
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
    plan = asked.plan
    small = asked.utilisation is None and plan.parameters < SMALL and plan.time is not None
    few = plan.tokens is not None and plan.tokens < asked.length
    return [
        ONLY_TRAINING if plan.time is not None else "",
        whose_electricity(asked.region) if plan.carbon is not None else "",
        beyond_all(plan.parameters),
        f"{plan.tokens:,.0f} tokens are less than one sequence: nothing is learned from so few." if few else "",
        SLOWER if small else "",
        *notes_of(asked),
    ]


def whose_electricity(name):
    """A remark where a place was named that Google's cloud has a figure of: a country's grid may have another."""
    if name is None or (found := region(name)).kind != "cloud" or key(name) == key(found.name):
        return ""
    return (
        f"--region {name} is read as {found.name}, with Google's own figure for {found.year}; that of the grid of its "
        "country may be another: name the country."
    )


def beyond_all(count):
    """A remark where so large a model was never published."""
    largest = max(ARCHITECTURES.values(), key=lambda one: one.published_parameters or 0)
    if count <= MUCH * largest.published_parameters:
        return ""
    return (
        f"Beyond all that was ever published: the largest model here, {largest.name}, has "
        f"{in_letters(largest.published_parameters)} parameters. Is a size mistyped?"
    )


def beyond_the_laws(best):
    """A remark where an `Optimum` lies outside of what the laws were fitted on."""
    inside = FITTED[0] <= best.parameters <= FITTED[1] and READ[0] <= best.tokens <= READ[1]
    if inside:
        return ""
    return f"{in_letters(best.parameters)} parameters and {in_letters(best.tokens)} tokens lie outside of that."


def fits_rows(asked):
    """The memory of each device in short."""
    plan, used = asked.plan, asked.plan.memory
    layout = f"ZeRO stage {plan.zero}: {STAGES[plan.zero]}" if plan.gpus > 1 else "one device"
    kept = {"M_w": used.weights, "M_g": used.gradients, "M_o": used.optimizer}
    states = derive("weights, gradients, optimizer", "bytes", " + ".join(kept), **kept)
    return [
        Row("weights, gradients, optimizer", states, layout),
        Row("activations", used.activations, f"{asked.batch or 1} × {asked.length:,} tokens at once on each device"),
        Row("together", used.training, f"of {in_gib(plan.gpu.memory)} on each {plan.gpu.name}"),
        Row("fits", plan.fits, f"{RESERVED:.0%} of the device are left to the framework"),
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
    if plan.price is None:
        return [missing("price", plan.unsaid[0])]
    return [Row("price", plan.price, ranged(plan.price))]


def missing(label, reason):
    """A row for what cannot be said."""
    return Row(label, None, reason, "not known")


def carbon_rows(asked):
    """Electricity, where it comes from, and what it emits."""
    plan = asked.plan
    intensity = plan.carbon.inputs["i"]
    place = intensity.name.removeprefix("carbon intensity of ").removeprefix("carbon intensity, ")
    sources = "; ".join(dict.fromkeys(text for one in intensity.walk() for text in one.sources))
    return [
        Row("electricity", plan.energy, ranged(plan.energy)),
        Row("carbon intensity", intensity, f"{place}: {sources}"),
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


def short(value):
    """A quantity without its range."""
    return people(value, value.unit)


def ranged(value):
    """The range of a quantity in words; nothing where it has none."""
    return f"{people(value.low, value.unit)} to {people(value.high, value.unit)}" if value.is_range else ""


def share(value):
    """A utilisation: `40 %`, `40 % (20 % to 52 %)`."""
    return f"{float(value):.0%}" + (f" ({value.low:.0%} to {value.high:.0%})" if value.is_range else "")
