"""`accelerator`: from the name of a card, spelt as people spell it, to what its data sheet says."""

import difflib
import re
from dataclasses import dataclass

from kseq.scale.errors import ScaleError, either, near
from kseq.scale.quantity import given

DTYPES = ("float32", "tf32", "bfloat16", "float16", "float8", "int8", "int4")
# Where a card has no product of that type, the next one in the line does the work.
INSTEAD = {
    "bfloat16": ("float16", "float32"),
    "float16": ("bfloat16", "float32"),
    "tf32": ("float32",),
    "float8": ("bfloat16", "float16", "float32"),
    "int8": ("bfloat16", "float16", "float32"),
    "int4": ("bfloat16", "float16", "float32"),  # weights are kept in four bits and multiplied in sixteen
}
ALIASES = {
    "a100": "a100-80gb",
    "a100 sxm": "a100-80gb",
    "a100 sxm 80gb": "a100-80gb",
    "a100 80gb sxm": "a100-80gb",
    "a100 80g": "a100-80gb",
    "a100 40g": "a100-40gb",
    "a100 sxm 40gb": "a100-40gb",
    "a100 pcie": "a100-pcie-80gb",
    "v100 32gb": "v100",
    "v100 sxm2": "v100",
    "h100 sxm": "h100",
    "h100 sxm5": "h100",
    "h100 80gb": "h100",
    "h100 sxm 80gb": "h100",
    "h100 80gb sxm": "h100",
    "h100 pcie 80gb": "h100-pcie",
    "h200 sxm": "h200",
    "b200 sxm": "b200",
    "tpuv3": "tpu-v3",
    "tpuv4": "tpu-v4",
    "geforce rtx 3090": "rtx-3090",
    "3090": "rtx-3090",
    "geforce rtx 4090": "rtx-4090",
    "4090": "rtx-4090",
    "cpu": "laptop-cpu",
    "laptop": "laptop-cpu",
}


@dataclass(frozen=True)
class Accelerator:
    """What a data sheet says of a device; for one that is not listed, write your own.

    Example:

    >>> ours = Accelerator("ours", {"float32": 1e12}, memory=8 * 2**30, bandwidth=1e11, watts=65, source="measured")
    >>> float(ours.peak("float32"))
    1000000000000.0
    """

    name: str
    peaks: dict  # type of the numbers -> FLOP/s of dense matrix products; TF32's under "tf32"
    memory: float  # bytes
    bandwidth: float  # bytes/s between its memory and its arithmetic
    watts: float  # thermal design power of the card (or as `note` says), without its host
    source: str = ""
    note: str = ""

    def peak(self, dtype="bfloat16"):
        """FLOP/s of dense matrix products in numbers of a type, as a `Quantity`.

        A card without bfloat16 (V100, T4) computes in float16 instead, and a processor without either in float32; the
        note of the quantity says so.

        Args:
            dtype: `"float32"`, `"tf32"`, `"bfloat16"`, `"float16"`, `"float8"`, `"int8"` or `"int4"`.

        Raises:
            ScaleError: There is no such type.
        """
        if dtype not in DTYPES:
            raise ScaleError(
                f"`dtype` must be one of {', '.join(map(repr, DTYPES))}. {near(str(dtype), DTYPES)}"
                f"Received: dtype={dtype!r}"
            )
        used = next((one for one in (dtype, *INSTEAD.get(dtype, ())) if one in self.peaks), None)
        if used is None:
            raise ScaleError(
                f"`dtype` must be one that {self.name} has: {', '.join(map(repr, self.peaks))}. "
                f"Received: dtype={dtype!r}"
            )
        instead = "" if used == dtype else f"No {dtype} peak is published for {self.name}: {used} stands for it."
        note = " ".join(filter(None, (instead, self.note)))
        return given(self.peaks[used], "FLOP/s", self.source, name=f"{used} peak of {self.name}", note=note)


def accelerator(name):
    """The `Accelerator` of a name, in which capitals, spaces, hyphens and the maker make no difference.

    Args:
        name: `"a100-80gb"`, `"H100 SXM"`, `"TPU v4"`, …, those of `ACCELERATORS`; or an `Accelerator`.

    Returns:
        An `Accelerator`.

    Raises:
        ScaleError: The name is unknown; near ones are offered.

    Example:

    >>> accelerator("NVIDIA A100 80GB").watts
    400
    """
    # Late: the published rows are made of the class above.
    from kseq.scale.published.accelerators import ACCELERATORS

    if isinstance(name, Accelerator):
        return name
    if not isinstance(name, str):
        raise ScaleError(f"`gpu` must be a name such as 'a100-80gb', or an Accelerator. Received: gpu={name!r}")
    names = {key(one): one for one in ACCELERATORS} | {key(alias): one for alias, one in ALIASES.items()}
    if key(name) in names:
        return ACCELERATORS[names[key(name)]]
    # Near spellings, each as the card is written.
    offered = either(names[one] for one in difflib.get_close_matches(key(name), names, n=3, cutoff=0.5))
    raise ScaleError(
        f"No accelerator is called {name!r}. {offered}Known: {', '.join(ACCELERATORS)}. Received: gpu={name!r}"
    )


def key(name):
    """What counts of a name: its letters and numbers, without its maker."""
    return re.sub(r"[^a-z0-9]|nvidia|google|tesla", "", name.casefold())
