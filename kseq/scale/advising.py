"""What makes a training fit into its devices: each remedy is tried by computing the memory again."""

from kseq.scale.errors import ScaleError
from kseq.scale.footprint import memory
from kseq.scale.naming import architecture
from kseq.scale.published.accelerators import ACCELERATORS
from kseq.scale.units import in_gib

RESERVED = 0.05  # share of a device that we leave to the framework's own buffers: our choice, not a measured figure
REMEDIES = 4  # that are named
MOST_SEQUENCES, MOST_DEVICES = 1024, 2**20
COSTS = {"selective": "", "full": " (a third more FLOPs)"}
SHORTER = (8192, 2048)  # tokens that sequences are cut to where nothing else helps
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
        for text, changes in remedies(layout)
        if (size := needs(config, layout, **changes)) <= room(device)
    ]
    found = [*(found or together(config, device, layout)), *larger_devices(config, device, layout)]
    return tuple(found[:REMEDIES]) or (f"No way was found to make it fit on {MOST_DEVICES:,} devices of this kind.",)


def with_room(config, device, layout):
    """How many sequences a device can read at once."""
    batch = layout["batch_size"]
    while batch < MOST_SEQUENCES and needs(config, layout, batch_size=2 * batch) <= room(device):
        batch *= 2
    if batch == layout["batch_size"]:
        return ()
    return (f"There is room for {batch:,} sequences at once on each device (--batch {batch}).",)


def remedies(layout):
    """One change at a time, those that cost nothing first: text and changed arguments."""
    if layout["batch_size"] > 1:
        batch = layout["batch_size"]
        while batch > 1:
            batch //= 2
            yield f"--batch {batch}, and gradients accumulated", {"batch_size": batch}
    for kind in ("selective", "full"):
        if layout["recompute"] != "full":
            yield f"--recompute {kind}{COSTS[kind]}", {"recompute": kind}
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
    """Everything at once, on more and more devices of the kind; at last with shorter sequences."""
    length = layout["context"] or getattr(config, "context_length", 0)
    for context in (layout["context"], *(one for one in SHORTER if one < length)):
        for ways in (1, *SHARES):
            data = max(1, layout["data"] * layout["tensor"] // ways)
            changes = {"batch_size": 1, "recompute": "full", "zero": 3, "tensor": ways, "context": context}
            while data * ways * layout["pipeline"] <= MOST_DEVICES:
                size = needs(config, layout, data=data, **changes)
                if size <= room(device):
                    shown = f"--gpus {data * ways * layout['pipeline']} --recompute full --zero 3"
                    shown += f" --tensor {ways}" * (ways != layout["tensor"]) + " --batch 1" * (
                        layout["batch_size"] > 1
                    )
                    shown += f" --context {context}" * (context != layout["context"])
                    return [f"{shown} would make it fit: {in_gib(size)} on each device."]
                data *= 2
    return []


def config_of(config):
    """The architecture of a name or file, read once; a table of layers as it is."""
    return config if hasattr(config, "rows") else architecture(config)
