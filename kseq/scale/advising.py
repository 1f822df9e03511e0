"""What makes a training fit into its devices: each remedy is tried by computing the memory again."""

from kseq.scale.errors import ScaleError
from kseq.scale.footprint import memory
from kseq.scale.naming import architecture
from kseq.scale.published.accelerators import ACCELERATORS
from kseq.scale.units import in_gib

RESERVED = 0.05  # share of a device that we leave to the framework's own buffers: our choice, not a measured figure
REMEDIES = 4  # that are named
MOST_SEQUENCES, MOST_DEVICES = 1024, 2**20
COSTS = {"flash": "", "full": " (a third more FLOPs)"}
OPTIONS = {"batch_size": "batch"}  # of `kseq scale`, where they are not called as the arguments are
STEP = 1024  # tokens: lengths that are advised are multiples of it, where they are that long
SHARES = (2, 4, 8)  # of a layer: within one machine of eight devices


def room(device):
    """Bytes of a device that a training may use."""
    return device.memory * (1 - RESERVED)


def needs(config, layout, **changes):
    """Bytes on each device with some of the layout changed; infinite where the layout is impossible."""
    try:
        return float(memory(config, **{**layout, **changes}).training)
    except ScaleError:
        return float("inf")


def smallest_zero(config, device, layout):
    """The lowest stage of ZeRO with which it fits; 3 where none does, 0 where nobody is there to share with."""
    if layout["data"] == 1:
        return 0
    return next((stage for stage in range(4) if needs(config, layout, zero=stage) <= room(device)), 3)


class Advice(str):
    """A sentence that holds the arguments of `plan_training` of which it speaks.

    Attributes:
        arguments: dictionary of argument -> value; empty where the sentence only informs.
    """

    def __new__(cls, text, arguments=()):
        """Use `advice`."""
        self = super().__new__(cls, text)
        self.arguments = dict(arguments)
        return self


def advice(config, device, layout):
    """Sentences: what would make it fit, or how many sequences do.

    Args:
        config: as in `memory`.
        device: an `Accelerator`.
        layout: dictionary of the arguments of `memory`.

    Returns:
        A tuple of `Advice`.
    """
    if needs(config, layout) <= room(device):
        return with_room(config, device, layout)
    found = [
        would_fit(layout, changes, size, behind)
        for changes, behind in [*fewer(config, device, layout), *remedies(layout)]
        if (size := needs(config, layout, **changes)) <= room(device)
    ]
    found = [*(found or together(config, device, layout)), *larger_devices(config, device, layout)]
    none = Advice(f"No way was found to make it fit on {MOST_DEVICES:,} devices of this kind.")
    return tuple(found[:REMEDIES]) or (none,)


def would_fit(layout, changes, size, behind=""):
    """That changes of the layout make it fit, in the options of `kseq scale`.

    Args:
        layout: dictionary of the arguments of `memory`.
        changes: those that are otherwise, and perhaps `gpus`; how many copies of the model there are follows from it.
        size: bytes on each device with them.
        behind: what is to be said behind the options.
    """
    arguments = {name: value for name, value in changes.items() if name != "data" and layout.get(name) != value}
    shown = " ".join(f"--{OPTIONS.get(name, name)} {value}" for name, value in arguments.items())
    return Advice(f"{shown}{behind} would make it fit: {in_gib(size)} on each device.", arguments)


def with_room(config, device, layout):
    """How many sequences a device can read at once."""
    batch = largest("batch_size", layout["batch_size"], MOST_SEQUENCES, config, device, layout)
    if not batch or batch <= layout["batch_size"]:
        return ()
    more = " or more" if batch == MOST_SEQUENCES else ""
    text = f"There is room for {batch:,}{more} sequences at once on each device (--batch {batch})."
    return (Advice(text, {"batch_size": batch}),)


def largest(name, low, high, config, device, layout, step=1):
    """The largest multiple of a step from `low` to `high` with which it fits, by halving; 0 where there is none.

    Args:
        name: of an argument of `memory` that takes the more memory, the larger it is.
        low: the least that counts.
        high: the most.
        config: as in `memory`.
        device: an `Accelerator`.
        layout: dictionary of the arguments of `memory`.
        step: what the result is a multiple of.
    """
    fits, too_many = 0, high // step + 1
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if needs(config, layout, **{name: middle * step}) <= room(device):
            fits = middle
        else:
            too_many = middle
    return fits * step if fits * step >= low else 0


def fewer(config, device, layout):
    """The largest number of sequences that would fit, where there are several: changes, and what is to be said."""
    batch = largest("batch_size", 1, layout["batch_size"] - 1, config, device, layout)
    return [({"batch_size": batch}, ", and gradients accumulated")] if batch else []


def remedies(layout):
    """One change at a time, those that cost nothing first: changes, and what is to be said."""
    for kind, cost in COSTS.items():
        if layout["recompute"] != "full" and (layout["recompute"] or "flash") != kind:
            yield {"recompute": kind}, cost
    if layout["data"] > 1:
        for stage in range(layout["zero"] + 1, 4):
            yield {"zero": stage}, ""
    if layout["precision"] is None:
        yield {"precision": "mixed"}, ""
    for ways in SHARES:
        if ways > layout["tensor"] and layout["data"] * layout["tensor"] % ways == 0:
            yield {"tensor": ways, "data": layout["data"] * layout["tensor"] // ways}, ""
    if layout["optimizer"] in ("adam", "adamw"):
        yield {"optimizer": "adam8bit"}, ""


def larger_devices(config, device, layout):
    """The smallest accelerator that would do."""
    larger = {name: one for name, one in ACCELERATORS.items() if one.memory > device.memory}
    for name, one in sorted(larger.items(), key=lambda item: item[1].memory):
        if (size := needs(config, layout)) <= room(one):
            text = f"--gpu {name} would make it fit: {in_gib(size)} of {in_gib(one.memory)} on each."
            return [Advice(text, {"gpu": name})]
    return []


def together(config, device, layout):
    """Everything at once, on more and more devices of the kind; or shorter sequences on as many as there are."""
    shorter = shorten(config, device, layout)
    for ways in (1, *SHARES):
        data = max(1, layout["data"] * layout["tensor"] // ways)
        while (count := data * ways * layout["pipeline"]) <= MOST_DEVICES:
            changes = {"batch_size": 1, "recompute": "full", "tensor": ways, "data": data, "zero": 3 * (data > 1)}
            size = needs(config, layout, **changes)
            if size <= room(device):
                return [would_fit(layout, {"gpus": count, **changes}, size), *shorter]
            data *= 2
    return shorter


def shorten(config, device, layout):
    """The longest sequences that fit, one at a time and with everything computed again."""
    length = layout["context"] or getattr(config, "context_length", 0)
    changes = {"batch_size": 1, "recompute": "full", "zero": 3 * (layout["data"] > 1)}
    step = STEP if length > STEP else 1
    context = largest("context", 1, length - 1, config, device, {**layout, **changes}, step)
    if not context:
        return []
    changes["context"] = context
    return [would_fit(layout, changes, needs(config, layout, **changes))]


def config_of(config):
    """The architecture of a name or file, read once; a table of layers as it is."""
    return config if hasattr(config, "rows") else architecture(config)
