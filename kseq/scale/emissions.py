"""`energy`, `carbon`, `price`: what hours of accelerators draw, emit and cost.

    kWh  = hours · watts / 1000 · PUE       PUE: what the building draws for each kWh that the machines draw
    CO2e = kWh · intensity                  kg for each kWh, by region
    USD  = hours · rent

Only training itself: not the making of the machines, idle time, failed runs, or networks and processors beside the
accelerators (BLOOM's 24.7 t become 50.5 t with two of these).
"""

from kseq.scale import places
from kseq.scale.errors import ScaleError
from kseq.scale.given_numbers import positive
from kseq.scale.published.prices import rent
from kseq.scale.quantity import Quantity, derive, given

# LLaMA's and GPT-3's papers take 1.1; the survey is quoted in carbontracker's constants.
PUE = given(
    1.1, "", ("Touvron et al. (2023), arXiv 2302.13971: 1.1", "Uptime Institute, survey of data centres (2020): 1.59"),
    name="power usage effectiveness", low=1.1, high=1.59,
)  # fmt: skip


def energy(*, gpu_hours, watts, pue=None):
    """The electricity that hours of accelerators need, building included (row L6).

    Args:
        gpu_hours: hours times number of accelerators.
        watts: power of one accelerator; papers take its rated power (TDP).
        pue: power usage effectiveness, from 1 on. None: 1.1, and up to 1.59, as a range.

    Returns:
        A `Quantity` in kWh.

    Raises:
        ScaleError: A number is not positive, or `pue` is below 1.

    Example:

    >>> energy(gpu_hours=82_432, watts=400, pue=1.1)  # LLaMA-7B
    36270.08

    References:
        Touvron et al. (2023), LLaMA, arXiv 2302.13971, section 6.
    """
    hours = _counted("gpu_hours", gpu_hours, "GPU hours", "hours of accelerators")
    power = _counted("watts", watts, "W", "power of an accelerator")
    building = PUE if pue is None else _building(pue)
    return derive("energy", "kWh", "h·w·PUE/1000", h=hours, w=power, PUE=building)


def carbon(energy, *, region=None, intensity=None):
    """What electricity emits (row L6).

    Args:
        energy: kWh, building included.
        region: a name of `REGIONS`: a country (`"France"`), a part of the US grid (`"Texas"`), one of Google's regions
            (`"gcp us-central1"`, `"Iowa"`), or what a paper took (`"llama papers"`).
        intensity: kg CO2e/kWh instead. With neither: the average of the world, with the cleanest and the dirtiest
            country as a range.

    Returns:
        A `Quantity` in kg CO2e.

    Raises:
        ScaleError: A number is not positive, both are given, or the region is unknown.

    Example:

    >>> print(carbon(433_196, region="BLOOM (Jean Zay)"))
    24.69 t CO2e

    References:
        Lacoste et al. (2019), Quantifying the carbon emissions of machine learning, arXiv 1910.09700.
        Luccioni et al. (2022), Estimating the carbon footprint of BLOOM, arXiv 2211.02001.
    """
    used = _counted("energy", energy, "kWh", "energy")
    if region is not None and intensity is not None:
        raise ScaleError(
            f"`region` or `intensity` must be given, not both. Received: region={region!r}, intensity={intensity!r}"
        )
    if intensity is not None:
        factor = _counted("intensity", intensity, "kg CO2e/kWh", "carbon intensity")
    else:
        factor = places.anywhere() if region is None else places.region(region).intensity
    return derive("emissions", "kg CO2e", "E·i", E=used, i=factor)


def price(gpu_hours, *, usd_per_hour=None, gpu=None):
    """What hours of accelerators cost to rent (row L6).

    Args:
        gpu_hours: hours times number of accelerators.
        usd_per_hour: rent of one accelerator for an hour. None: list prices of 2023 to 2026 as a range.
        gpu: name of the accelerator, for its own list prices. None: those of data-centre GPUs.

    Returns:
        A `Quantity` in USD.

    Raises:
        ScaleError: A number is not positive, or no price is known for this accelerator.

    Example:

    >>> print(price(1_720_320, usd_per_hour=2))  # Llama 2 70B
    $3.441 M
    """
    hours = _counted("gpu_hours", gpu_hours, "GPU hours", "hours of accelerators")
    hourly = rent(gpu) if usd_per_hour is None else _counted("usd_per_hour", usd_per_hour, "USD/hour", "rent")
    if hourly is None:
        raise ScaleError(
            f"`usd_per_hour` must be given: no price is known for {getattr(gpu, 'name', gpu)}. "
            "Received: usd_per_hour=None"
        )
    return derive("price", "USD", "h·r", h=hours, r=hourly)


def _building(pue):
    factor = positive("pue", pue, name="power usage effectiveness")
    if factor < 1:
        raise ScaleError(f"`pue` must be a number from 1 on: a building draws what is in it. Received: pue={pue!r}")
    return factor


def _counted(argument, value, unit, name):
    """A number above zero, or a `Quantity` that is counted in this unit."""
    if isinstance(value, Quantity) and value.unit not in (unit, ""):
        raise ScaleError(f"`{argument}` must be in {unit}. Received: {argument}={value}")
    return positive(argument, value, unit, name)
