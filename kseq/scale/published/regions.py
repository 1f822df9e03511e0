"""Carbon intensity of electricity: what one kWh emits, by country, cloud region, and as papers on models took it.

Country and cloud figures are averages over a year of what the local grid generates ("location-based"); contracts for
green electricity are not counted.
"""

import re
from dataclasses import dataclass

from kseq.scale.errors import ScaleError, near
from kseq.scale.quantity import Quantity, given

EMBER = "Ember and Energy Institute, by Our World in Data (2024), carbon intensity of electricity generation, 2023"
EMBER_EU = "Ember (July 2024), electricity generation emission intensity in 2023, quoted by Statista"
GOOGLE = "Google Cloud (2025), region-carbon-info, grid carbon intensity of 2024"

COUNTRIES = {  # g CO2e/kWh, 2023, with the emissions of fuel supply and construction
    "argentina": 354,
    "australia": 549,
    "austria": 111,
    "bangladesh": 691,
    "belgium": 138,
    "brazil": 98,
    "bulgaria": 335,
    "canada": 170,
    "chile": 291,
    "china": 582,
    "colombia": 260,
    "costa rica": 53,
    "croatia": 205,
    "cyprus": 534,
    "czechia": 450,
    "denmark": 152,
    "egypt": 570,
    "estonia": 417,
    "finland": 79,
    "france": 56,
    "germany": 381,
    "greece": 337,
    "hungary": 204,
    "india": 713,
    "iran": 655,
    "ireland": 291,
}
MORE_COUNTRIES = {"norway": 30, "poland": 662, "sweden": 40.7, "world": 481}
CLOUD = {  # Google's regions, 2024, g CO2e/kWh
    "gcp africa-south1": ("Johannesburg", 656.85),
    "gcp asia-east1": ("Taiwan", 439.29),
    "gcp asia-east2": ("Hong Kong", 505.02),
    "gcp asia-northeast1": ("Tokyo", 452.85),
    "gcp asia-northeast3": ("Seoul", 356.57),
    "gcp asia-south1": ("Mumbai", 678.76),
    "gcp asia-southeast1": ("Singapore", 366.85),
    "gcp australia-southeast1": ("Sydney", 497.50),
    "gcp europe-central2": ("Warsaw", 642.88),
    "gcp europe-north1": ("Finland", 39.32),
    "gcp europe-north2": ("Stockholm", 2.73),
    "gcp europe-southwest1": ("Madrid", 89.04),
    "gcp europe-west1": ("Belgium", 103.37),
    "gcp europe-west2": ("London", 105.94),
    "gcp europe-west3": ("Frankfurt", 275.82),
    "gcp europe-west4": ("Eemshaven, Netherlands", 208.81),
    "gcp europe-west6": ("Zürich", 15.05),
    "gcp europe-west8": ("Milan", 201.69),
    "gcp europe-west9": ("Paris", 16.30),
    "gcp me-west1": ("Tel Aviv", 433.75),
    "gcp northamerica-northeast1": ("Montréal", 5.48),
    "gcp northamerica-northeast2": ("Toronto", 58.56),
    "gcp southamerica-east1": ("São Paulo", 67.32),
    "gcp southamerica-west1": ("Santiago", 238.00),
    "gcp us-central1": ("Iowa", 412.72),
    "gcp us-east1": ("South Carolina", 575.77),
    "gcp us-east4": ("Northern Virginia", 323.05),
    "gcp us-south1": ("Dallas", 302.95),
    "gcp us-west1": ("Oregon", 79.23),
    "gcp us-west2": ("Los Angeles", 169.28),
    "gcp us-west3": ("Salt Lake City", 555.17),
    "gcp us-west4": ("Las Vegas", 357.30),
}
PAPERS = {  # as the paper took it, whatever the grid is today
    "us (llama papers)": (385, 2022, "Touvron et al. (2023), arXiv 2302.13971, section 6: national average of the USA"),
    "gpt-3 (patterson)": (429, 2020, "Patterson et al. (2021), arXiv 2104.10350: average of the USA for GPT-3"),
    "bloom (france)": (57, 2022, "Luccioni et al. (2022), arXiv 2211.02001: Jean Zay, France, nuclear power"),
    "opt (luccioni)": (231, 2022, "Luccioni et al. (2022), arXiv 2211.02001, table 4"),
    "bloom inference (gcp us-central1)": (394, 2022, "Luccioni et al. (2022), arXiv 2211.02001, section 5"),
    "lamda (google)": (56, 2022, "Thoppilan et al. (2022), arXiv 2201.08239, section 10"),
}


@dataclass(frozen=True)
class Region:
    """A place, or the assumption of a paper, with the carbon intensity of its electricity."""

    name: str
    intensity: Quantity  # kg CO2e/kWh
    year: int

    @property
    def source(self):
        """Who says so."""
        return "; ".join(self.intensity.sources)

    def __str__(self):
        return f"{self.name}: {self.intensity} ({self.year}; {self.source})"


def _region(name, grams, year, source, place=""):
    words = f"electricity of {place or name}, {year}"
    return Region(name, given(grams / 1000, "kg CO2e/kWh", source, name=words), year)


REGIONS = {
    region.name: region
    for region in (
        *(_region(name, grams, 2023, EMBER) for name, grams in COUNTRIES.items()),
        *(_region(name, grams, 2023, EMBER_EU) for name, grams in MORE_COUNTRIES.items()),
        *(_region(name, grams, 2024, GOOGLE, place) for name, (place, grams) in CLOUD.items()),
        *(_region(name, *entry) for name, entry in PAPERS.items()),
    )
}
ALIASES = {"global": "world", "average": "world", "deutschland": "germany", "czech republic": "czechia"}
ALIASES |= {place: name for name, (place, _) in CLOUD.items() if place.casefold() not in REGIONS}
ALIASES |= {name.removeprefix("gcp "): name for name in CLOUD}
ALIASES |= {"llama": "us (llama papers)", "gpt-3": "gpt-3 (patterson)", "bloom": "bloom (france)"}
ALIASES |= {"lamda": "lamda (google)", "opt": "opt (luccioni)"}


def region(name):
    """A `Region` by its name; capitals, spaces, hyphens and accents' signs make no difference.

    Args:
        name: a key of `REGIONS`, a city of one of Google's regions, or a `Region`.

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
    names = {_key(known): known for known in REGIONS} | {_key(alias): known for alias, known in ALIASES.items()}
    if isinstance(name, str) and _key(name) in names:
        return REGIONS[names[_key(name)]]
    written = {spelling.casefold(): spelling for spelling in [*REGIONS, *ALIASES]}
    raise ScaleError(
        f"No region is called {name!r}. {near(str(name).casefold(), list(written))}Known: {', '.join(REGIONS)}; "
        f"or give `intensity` in kg CO2e/kWh. Received: region={name!r}"
    )


def _key(name):
    return re.sub(r"[^\w]|_", "", name.casefold())
