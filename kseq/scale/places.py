"""`region`: from the name of a place, spelt as people spell it, to the carbon intensity of its electricity."""

import re
import unicodedata

from kseq.scale.errors import ScaleError, near
from kseq.scale.published.regions import ALIASES, REGIONS, Region
from kseq.scale.quantity import given

CODE = 4  # letters of a code, at most: nobody means one who mistypes a name
AMAZON = re.compile(
    r"(aws )?[a-z]{2}-(gov-)?(north|south|east|west|central)+-\d"
)  # Google's have no hyphen before the digit


def region(name):
    """A `Region` by its name; capitals, spaces, hyphens and accents make no difference.

    Args:
        name: a country (`"Germany"`, `"Deutschland"`, `"DE"`, `"DEU"`), a part of the US grid (`"California"`,
            `"CAMX"`), a region of Google's cloud (`"gcp us-central1"`, `"Iowa"`), what a paper took
            (`"llama papers"`), or a `Region`. Where a country and a cloud region have one name it is the country.

    Returns:
        A `Region`.

    Raises:
        ScaleError: There is none of that name; near ones are offered.

    Example:

    >>> region("GCP us-central-1").intensity
    0.41272
    """
    if isinstance(name, Region):
        return name
    if isinstance(name, str) and AMAZON.fullmatch(name.casefold()):  # else us-east-1 would be Google's us-east1
        raise ScaleError(
            f"{name!r} is a region of Amazon's cloud, which publishes no carbon intensity by region; name the country "
            f"or the part of the US grid instead ('virginia and carolinas' for us-east-1). Received: region={name!r}"
        )
    names = _names()
    if isinstance(name, str) and key(name) in names:
        return REGIONS[names[key(name)]]
    places = [alias for one in REGIONS.values() for alias in one.aliases if len(alias) > CODE]
    spelt = {spelling.casefold(): None for spelling in [*REGIONS, *ALIASES, *places]}
    raise ScaleError(
        f"No region is called {name!r}. {near(str(name).casefold(), list(spelt))}Known are {len(REGIONS)} regions, "
        "listed in kseq.scale.REGIONS; or give the carbon intensity of your own electricity in kg CO2e/kWh. "
        f"Received: region={name!r}"
    )


def anywhere():
    """Carbon intensity where no region was named: the world's average, from the cleanest country to the dirtiest.

    Returns:
        A `Quantity` in kg CO2e/kWh, a range.
    """
    world = REGIONS["world"].intensity
    countries = [one for one in REGIONS.values() if one.kind == "country"]
    lowest = min(countries, key=lambda one: one.intensity)
    highest = max(countries, key=lambda one: one.intensity)
    return given(
        float(world),
        world.unit,
        world.sources,
        name=world.name,
        note=f"No region was named: the average of the world, from {lowest.name} to {highest.name}.",
        low=float(lowest.intensity),
        high=float(highest.intensity),
    )


def key(name):
    """What counts of a name: its letters without accents, and its numbers."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^a-z0-9]", "", plain)


def _names():
    """Every spelling -> name in `REGIONS`; a name wins over an alias, an earlier region over a later one."""
    names = {}
    for one in REGIONS.values():
        names.setdefault(key(one.name), one.name)
    for alias, name in ALIASES.items():
        names.setdefault(key(alias), name)
    for one in REGIONS.values():
        for alias in one.aliases:
            names.setdefault(key(alias), one.name)
    return names
