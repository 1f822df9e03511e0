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


def advice(config, device, layout):
    """Sentences: what would make it fit, or how many sequences do.

    Args:
        config: as in `memory`.
        device: an `Accelerator`.
        layout: dictionary of the arguments of `memory`.

    Returns:
        A tuple of sentences.
    """
    if needs(config, layout) <= room(device):
        return with_room(config, device, layout)
    found = [
        f"{text} would make it fit: {in_gib(size)} on each device."
        for text, changes in [*fewer(config, device, layout), *remedies(layout)]
        if (size := needs(config, layout, **changes)) <= room(device)
    ]
    found = [*(found or together(config, device, layout)), *larger_devices(config, device, layout)]
    return tuple(found[:REMEDIES]) or (f"No way was found to make it fit on {MOST_DEVICES:,} devices of this kind.",)


def with_room(config, device, layout):
    """How many sequences a device can read at once."""
    batch = largest("batch_size", layout["batch_size"], MOST_SEQUENCES, config, device, layout)
    if not batch or batch <= layout["batch_size"]:
        return ()
    more = " or more" if batch == MOST_SEQUENCES else ""
    return (f"There is room for {batch:,}{more} sequences at once on each device (--batch {batch}).",)


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
    """The largest number of sequences that would fit, where there are several."""
    batch = largest("batch_size", 1, layout["batch_size"] - 1, config, device, layout)
    return [(f"--batch {batch}, and gradients accumulated", {"batch_size": batch})] if batch else []


def remedies(layout):
    """One change at a time, those that cost nothing first: text and changed arguments."""
    for kind, cost in COSTS.items():
        if layout["recompute"] != "full" and (layout["recompute"] or "flash") != kind:
            yield f"--recompute {kind}{cost}", {"recompute": kind}
    if layout["data"] > 1:
        for stage in range(layout["zero"] + 1, 4):
            yield f"--zero {stage}", {"zero": stage}
    if layout["precision"] is None:
        yield "--precision mixed", {"precision": "mixed"}
    for ways in SHARES:
        if ways > layout["tensor"] and layout["data"] * layout["tensor"] % ways == 0:
            data = layout["data"] * layout["tensor"] // ways
            yield f"--tensor {ways}", {"tensor": ways, "data": data}
    if layout["optimizer"] in ("adam", "adamw"):
        yield "--optimizer adam8bit", {"optimizer": "adam8bit"}


def larger_devices(config, device, layout):
    """The smallest accelerator that would do."""
    larger = sorted((one for one in ACCELERATORS.values() if one.memory > device.memory), key=lambda one: one.memory)
    for one in larger:
        if (size := needs(config, layout)) <= room(one):
            return [f"--gpu {short(one)} would make it fit: {in_gib(size)} of {in_gib(one.memory)} on each."]
    return []


def short(device):
    """The name by which `accelerator` knows it."""
    return next(name for name, one in ACCELERATORS.items() if one is device or one == device)


def together(config, device, layout):
    """Everything at once, on more and more devices of the kind; or shorter sequences on as many as there are."""
    shorter = shorten(config, device, layout)
    for ways in (1, *SHARES):
        data = max(1, layout["data"] * layout["tensor"] // ways)
        while (count := data * ways * layout["pipeline"]) <= MOST_DEVICES:
            changes = {"batch_size": 1, "recompute": "full", "tensor": ways, "data": data, "zero": 3 * (data > 1)}
            size = needs(config, layout, **changes)
            if size <= room(device):
                shown = f"--gpus {count} {in_options(layout, changes)}"
                return [f"{shown} would make it fit: {in_gib(size)} on each device.", *shorter]
            data *= 2
    return shorter


def shorten(config, device, layout):
    """The longest sequences that fit, one at a time and with everything computed again."""
    length = layout["context"] or getattr(config, "context_length", 0)
    data = layout["data"]
    changes = {"batch_size": 1, "recompute": "full", "zero": 3 if data > 1 else 0}
    step = STEP if length > STEP else 1
    context = largest("context", 1, length - 1, config, device, {**layout, **changes}, step)
    if not context:
        return []
    size = needs(config, layout, **changes, context=context)
    return [f"{in_options(layout, changes)} --context {context} would make it fit: {in_gib(size)} on each device."]


def in_options(layout, changes):
    """What differs from the layout, in the options of `kseq scale`."""
    names = {"batch_size": "batch"}
    shown = {names.get(name, name): value for name, value in changes.items() if name != "data"}
    same = {names.get(name, name): value for name, value in layout.items()}
    return " ".join(f"--{name} {value}" for name, value in shown.items() if same[name] != value)


def config_of(config):
    """The architecture of a name or file, read once; a table of layers as it is."""
    return config if hasattr(config, "rows") else architecture(config)
