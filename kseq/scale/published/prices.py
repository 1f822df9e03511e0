"""What an hour of one accelerator costs to rent: list prices, as ranges, with year and source.

Only accelerators that are rented in data centres and whose price was found are here: nobody rents a laptop at a
data centre's price.
"""

import re

from kseq.scale.quantity import given

AWS = "Amazon EC2, on demand, us-east-1"
BLOCKS = "Amazon EC2 capacity blocks, price list of late 2024"
NEXT = "The Next Platform (27 July 2023), H100 GPU instance pricing on AWS"
MARKET = "pricegpu.pages.dev (early 2026), H100 vs A100 cloud pricing: Lambda, CoreWeave, RunPod, vast.ai"

# typical, lowest, highest, source
USD_PER_HOUR = {
    "a100": (2.00, 1.49, 2.49, MARKET),
    "a100-40gb": (1.844, 1.49, 4.10, f"{BLOCKS} (p4d.24xlarge: $14.75/8); {AWS} (p4d.24xlarge: $32.77/8); {MARKET}"),
    "h100": (3.00, 2.49, 12.29, f"{MARKET}; {BLOCKS} ($4.916); {NEXT} (p5.48xlarge: $98.32/8)"),
    "h200": (5.408, 5.408, 5.408, BLOCKS),
    "a10g": (1.006, 1.006, 1.006, f"{AWS}, June 2026 (g5.xlarge)"),
}
PRICES = {
    name: given(typical, "USD/hour", source, name=f"rent of one {name}", low=low, high=high)
    for name, (typical, low, high, source) in USD_PER_HOUR.items()
}
ANY = given(
    2.00, "USD/hour", (MARKET, NEXT), name="rent of one data-centre GPU", low=1.49, high=12.29,
    note="list prices of A100 and H100 between 2023 and 2026: the kind of GPU was not said",
)  # fmt: skip


def rent(gpu=None):
    """What one hour of an accelerator costs.

    Args:
        gpu: an `Accelerator` or its name. None: any of the data centre, a wide range.

    Returns:
        A `Quantity` in USD/hour, mostly a range; None for an accelerator whose price is not known here.
    """
    if gpu is None:
        return ANY
    spelt = _key(getattr(gpu, "name", gpu))
    fits = [name for name in PRICES if spelt.startswith(_key(name))]
    return PRICES[max(fits, key=len)] if fits else None


def _key(name):
    return re.sub(r"[^a-z0-9]", "", str(name).casefold()).removeprefix("nvidia")
