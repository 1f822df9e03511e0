"""Carbon intensity of electricity: what one kWh emits, by country, part of the USA, cloud region, and paper.

All are averages over a year of what the local grid generates ("location-based"); contracts for green electricity do
not count. The four kinds are not made in the same way: Ember's countries include the supply of fuel and the building
of plants, EPA's figures are what leaves the chimney.
"""

from dataclasses import dataclass

from kseq.scale.published.region_names import NATIVE, TWO_LETTERS
from kseq.scale.quantity import Quantity, derive, given

EMBER = "Ember, yearly electricity data (CC BY 4.0), by The Green Web Foundation's co2.js, average-intensities.json"
EPA = "US EPA, eGRID2022 (January 2024), CO2 total output emission rate"
GOOGLE = "Google Cloud, region-carbon-info, data/yearly/2024.csv, grid carbon intensity"
POUND = 0.45359237  # kg
ONLY_CO2 = "CO2 only; methane and N2O add less than one per cent."

# code -> name, g CO2e/kWh, year
COUNTRIES = {
    "ARG": ("argentina", 358.95, 2024),
    "AUS": ("australia", 551.59, 2024),
    "AUT": ("austria", 102.62, 2024),
    "BEL": ("belgium", 117.58, 2024),
    "BRA": ("brazil", 103.21, 2024),
    "BGR": ("bulgaria", 264.21, 2024),
    "CAN": ("canada", 174.81, 2024),
    "CHL": ("chile", 265.52, 2024),
    "CHN": ("china", 559.55, 2024),
    "COL": ("colombia", 285.80, 2024),
    "HRV": ("croatia", 174.48, 2024),
    "CYP": ("cyprus", 512.24, 2024),
    "CZE": ("czechia", 413.86, 2024),
    "DNK": ("denmark", 143.30, 2024),
    "EGY": ("egypt", 571.92, 2024),
    "EST": ("estonia", 341.02, 2024),
    "FIN": ("finland", 72.25, 2024),
    "FRA": ("france", 44.18, 2024),
    "DEU": ("germany", 344.14, 2024),
    "GRC": ("greece", 319.76, 2024),
    "HKG": ("hong kong", 681.99, 2023),
    "HUN": ("hungary", 182.82, 2024),
    "ISL": ("iceland", 28.33, 2023),
    "IND": ("india", 708.32, 2024),
    "IDN": ("indonesia", 682.43, 2023),
    "IRN": ("iran", 641.94, 2024),
    "IRL": ("ireland", 279.70, 2024),
    "ISR": ("israel", 567.26, 2023),
    "ITA": ("italy", 287.53, 2024),
    "JPN": ("japan", 482.32, 2024),
    "KAZ": ("kazakhstan", 801.95, 2024),
    "KEN": ("kenya", 88.79, 2024),
    "LVA": ("latvia", 136.22, 2024),
    "LTU": ("lithuania", 139.34, 2024),
    "LUX": ("luxembourg", 134.62, 2024),
    "MYS": ("malaysia", 609.85, 2024),
    "MLT": ("malta", 484.16, 2024),
    "MEX": ("mexico", 484.83, 2024),
    "MAR": ("morocco", 577.65, 2024),
    "NLD": ("netherlands", 253.31, 2024),
    "NZL": ("new zealand", 120.11, 2024),
    "NGA": ("nigeria", 507.85, 2024),
    "NOR": ("norway", 30.75, 2024),
    "PAK": ("pakistan", 398.61, 2024),
    "PER": ("peru", 263.27, 2024),
    "PHL": ("philippines", 613.38, 2024),
    "POL": ("poland", 614.98, 2024),
    "PRT": ("portugal", 112.29, 2024),
    "ROU": ("romania", 245.55, 2024),
    "RUS": ("russia", 449.20, 2024),
    "SAU": ("saudi arabia", 696.31, 2023),
    "SRB": ("serbia", 673.16, 2024),
    "SGP": ("singapore", 498.74, 2024),
    "SVK": ("slovakia", 96.49, 2024),
    "SVN": ("slovenia", 227.65, 2024),
    "ZAF": ("south africa", 708.88, 2024),
    "KOR": ("south korea", 414.27, 2024),
    "ESP": ("spain", 146.15, 2024),
    "SWE": ("sweden", 35.82, 2024),
    "CHE": ("switzerland", 36.60, 2024),
    "TWN": ("taiwan", 635.65, 2024),
    "THA": ("thailand", 554.50, 2024),
    "TUR": ("türkiye", 469.70, 2024),
    "UKR": ("ukraine", 256.21, 2022),
    "ARE": ("united arab emirates", 492.70, 2023),
    "GBR": ("united kingdom", 210.89, 2024),
    "USA": ("united states", 383.55, 2024),
    "VNM": ("vietnam", 471.16, 2024),
}
CONTINENTS = {"africa": 542.68, "asia": 573.11, "eu": 213.31, "europe": 284.17, "world": 473.05}  # 2024

# subregion of the US grid -> name, lb CO2/MWh (without methane and N2O, which add less than one per cent)
EGRID = {
    "AKGD": ("alaska grid", 1052.114),
    "AZNM": ("southwest", 776.036),
    "CAMX": ("california", 497.443),
    "ERCT": ("texas", 771.083),
    "FRCC": ("florida", 813.846),
    "HIOA": ("oahu", 1575.407),
    "MROW": ("upper midwest", 936.485),
    "NEWE": ("new england", 536.428),
    "NWPP": ("northwest", 602.088),
    "NYCW": ("new york city", 885.233),
    "NYUP": ("upstate new york", 274.559),
    "RFCE": ("mid-atlantic", 657.386),
    "RFCM": ("michigan", 1216.404),
    "RFCW": ("ohio valley", 1000.053),
    "RMPA": ("rockies", 1124.887),
    "SPNO": ("kansas", 952.575),
    "SPSO": ("oklahoma", 970.398),
    "SRMV": ("lower mississippi", 801.015),
    "SRMW": ("missouri", 1369.887),
    "SRSO": ("deep south", 893.290),
    "SRTV": ("tennessee valley", 933.067),
    "SRVC": ("virginia and carolinas", 622.987),
}

# Google's region -> place, g CO2e/kWh in 2024
CLOUD = {
    "africa-south1": ("johannesburg", 656.85),
    "asia-east1": ("taiwan", 439.29),
    "asia-east2": ("hong kong", 505.02),
    "asia-northeast1": ("tokyo", 452.85),
    "asia-northeast3": ("seoul", 356.57),
    "asia-south1": ("mumbai", 678.76),
    "asia-southeast1": ("singapore", 366.85),
    "australia-southeast1": ("sydney", 497.50),
    "europe-central2": ("warsaw", 642.88),
    "europe-north1": ("finland", 39.32),
    "europe-north2": ("stockholm", 2.73),
    "europe-southwest1": ("madrid", 89.04),
    "europe-west1": ("belgium", 103.37),
    "europe-west2": ("london", 105.94),
    "europe-west3": ("frankfurt", 275.82),
    "europe-west4": ("eemshaven", 208.81),
    "europe-west6": ("zürich", 15.05),
    "europe-west8": ("milan", 201.69),
    "europe-west9": ("paris", 16.30),
    "me-west1": ("tel aviv", 433.75),
    "northamerica-northeast1": ("montréal", 5.48),
    "northamerica-northeast2": ("toronto", 58.56),
    "southamerica-east1": ("são paulo", 67.32),
    "southamerica-west1": ("santiago", 238.00),
    "us-central1": ("iowa", 412.72),
    "us-east1": ("south carolina", 575.77),
    "us-east4": ("northern virginia", 323.05),
    "us-south1": ("dallas", 302.95),
    "us-west1": ("oregon", 79.23),
    "us-west2": ("los angeles", 169.28),
    "us-west3": ("salt lake city", 555.17),
    "us-west4": ("las vegas", 357.30),
}

# what a paper on a model took -> g CO2e/kWh, year, paper
PAPERS = {
    "llama papers": (385, 2023, "Touvron et al. (2023), arXiv 2302.13971, section 6: average of the USA"),
    "gpt-3 (patterson)": (429, 2021, "Patterson et al. (2021), arXiv 2104.10350"),
    "bloom (jean zay)": (57, 2022, "Luccioni et al. (2022), arXiv 2211.02001: France, nuclear power"),
    "bloom inference": (394, 2022, "Luccioni et al. (2022), arXiv 2211.02001: Google Cloud us-central1"),
    "lamda": (56, 2022, "Thoppilan et al. (2022), arXiv 2201.08239"),
}


@dataclass(frozen=True)
class Region:
    """A place, or what a paper took, with the carbon intensity of its electricity."""

    name: str
    kind: str  # "country", "continent", "US grid", "cloud" or "paper"
    intensity: Quantity  # kg CO2e/kWh
    year: int
    aliases: tuple = ()

    @property
    def source(self):
        """Who says so."""
        return "; ".join(dict.fromkeys(text for one in self.intensity.walk() for text in one.sources))

    def __str__(self):
        return f"{self.name}: {self.intensity} ({self.year}; {self.source})"


def _grams(value, source, what, year):
    return given(round(value / 1000, 8), "kg CO2e/kWh", f"{source}, {year}", name=f"carbon intensity of {what}")


def _pounds(value, what):
    rate = given(value, "lb CO2/MWh", EPA)
    return derive(f"carbon intensity of {what}", "kg CO2e/kWh", f"r·{POUND}/1000", r=rate, note=ONLY_CO2)


def _all():
    for code, (name, value, year) in COUNTRIES.items():
        names = (code, *(two for two, three in TWO_LETTERS.items() if three == code), *NATIVE.get(code, ()))
        yield Region(name, "country", _grams(value, EMBER, name, year), year, names)
    for name, value in CONTINENTS.items():
        yield Region(name, "continent", _grams(value, EMBER, name, 2024), 2024)
    for code, (name, value) in EGRID.items():
        yield Region(f"us {name}", "US grid", _pounds(value, f"the grid of {name} ({code})"), 2022, (name, code))
    for code, (name, value) in CLOUD.items():
        yield Region(f"gcp {code}", "cloud", _grams(value, GOOGLE, f"Google Cloud {code}", 2024), 2024, (code, name))
    for name, (value, year, source) in PAPERS.items():
        intensity = given(value / 1000, "kg CO2e/kWh", source, name=f"carbon intensity, as in {name}")
        yield Region(name, "paper", intensity, year)


REGIONS = {one.name: one for one in _all()}
ALIASES = {
    "us": "united states",
    "america": "united states",
    "uk": "united kingdom",
    "great britain": "united kingdom",
    "england": "united kingdom",
    "turkey": "türkiye",
    "korea": "south korea",
    "uae": "united arab emirates",
    "czech republic": "czechia",
    "holland": "netherlands",
    "european union": "eu",
    "global": "world",
    "ercot": "us texas",
    "quebec": "gcp northamerica-northeast1",
    "llama": "llama papers",
    "gpt-3": "gpt-3 (patterson)",
    "bloom": "bloom (jean zay)",
}
