"""Energy, carbon and price; the regions; every reported training."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from kseq.scale import REGIONS, ScaleError, carbon, energy, given, price
from kseq.scale.checks.carbon import rows
from kseq.scale.places import key, region
from kseq.scale.published.prices import rent
from kseq.scale.published.region_names import NATIVE, TWO_LETTERS
from kseq.scale.published.regions import ALIASES, COUNTRIES
from kseq.scale.published.trainings import COSTS, GROWTH, SERVING, TRAININGS

CHECKS = rows()
DEVIATIONS = {
    ("LLaMA, table 15", "BLOOM-176B", "energy"): "476.5 MWh",
    ("LLaMA, table 15", "LLaMA-65B", "energy"): "cut off",
    ("Llama 2, model card", "total", "emissions"): "0.02 t less",
    ("Luccioni et al., table 4", "GPT-3", "emissions"): "without: 1,287/1.1",
    ("Luccioni et al., table 4", "GPT-3", "emissions with PUE"): "already",
    ("Luccioni et al., table 4", "OPT", "emissions"): "74.8 t",
    ("Luccioni et al., table 4", "OPT", "emissions with PUE"): "81.6 t",
    ("Luccioni et al., section 4.4", "BLOOM, 18 days of serving", "emissions"): "360 kg",
}
TABLE_ROWS = {(one.table, one.name) for one in TRAININGS.values()}
amounts = st.floats(1e-3, 1e12)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.table} {check.row} {check.what}")
def test_published_rows(check):
    word = DEVIATIONS.get((check.table, check.row, check.what))
    assert check.agrees == (word is None)
    assert word is None or word in check.cause


def test_no_row_is_left_out():
    there = {(check.table, check.row, check.what) for check in CHECKS}
    assert len(there) == len(CHECKS) and set(DEVIATIONS) < there
    for one in TRAININGS.values():
        assert any(one.name == row for _, row, _ in there)
        assert (one.energy is None) == ((one.table, one.name, "energy") not in there)


def test_emissions_within_one_per_cent_where_the_method_is_stated():
    stated = [c for c in CHECKS if c.what == "emissions" and (c.table, c.row) in TABLE_ROWS]
    assert len(stated) == 13 and all(abs(c.deviation) <= 0.01 for c in stated)


def test_the_chain():
    used = energy(gpu_hours=1_720_320, watts=400, pue=1.1)
    assert (used.unit, used.exact) == ("kWh", pytest.approx(756_940.8))
    emitted = carbon(used, region="llama papers")
    assert emitted.unit == "kg CO2e" and str(emitted) == "291.4 t CO2e"  # Llama 2 70B
    assert "h·w·PUE/1000 = 1.72e6·400·1.1/1000" in emitted.explain()
    assert "[1] Touvron et al. (2023)" in emitted.explain()
    assert price(1_720_320, usd_per_hour=2).exact == 3_440_640


def test_what_is_not_given_is_a_range():
    assert (energy(gpu_hours=1000, watts=400).low, energy(gpu_hours=1000, watts=400).high) == pytest.approx((440, 636))
    anywhere = carbon(1000)
    assert anywhere.low < carbon(1000, region="France") < anywhere < carbon(1000, region="India") < anywhere.high
    assert "from iceland to kazakhstan" in anywhere.explain()
    assert price(100).is_range and not price(100, usd_per_hour=1).is_range


def test_ranges_go_through():
    hours = given(100, "GPU hours", low=50, high=200)
    cost = price(hours, usd_per_hour=given(2, "USD/hour", low=1, high=4))
    assert (cost, cost.low, cost.high) == (200, 50, 800)


@drawn(amounts, amounts, st.floats(1, 3), st.floats(1e-3, 2))
def test_each_is_a_product(hours, watts, pue, intensity):
    used = energy(gpu_hours=hours, watts=watts, pue=pue)
    assert used == pytest.approx(hours * watts * pue / 1000)
    assert carbon(used, intensity=intensity) == pytest.approx(used * intensity)


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("France", "france"),
        ("FRA", "france"),
        ("UK", "united kingdom"),
        ("United-States", "united states"),
        ("Türkiye", "türkiye"),
        ("turkey", "türkiye"),
        ("CAMX", "us california"),
        ("Texas", "us texas"),
        ("gcp us-central1", "gcp us-central1"),
        ("US Central 1", "gcp us-central1"),
        ("Iowa", "gcp us-central1"),
        ("Sao Paulo", "gcp southamerica-east1"),
        ("Taiwan", "taiwan"),
        ("BLOOM", "bloom (jean zay)"),
        ("Global", "world"),
    ],
)
def test_names_are_forgiving(spelt, name):
    assert region(spelt) is REGIONS[name] is region(REGIONS[name])


def test_every_region_has_a_source_and_a_year():
    for name, one in REGIONS.items():
        assert one.name == name and region(name) is one and one.source and 2020 <= one.year <= 2025
        assert one.intensity.unit == "kg CO2e/kWh" and 0.002 < one.intensity < 1.1
    assert {REGIONS[name].kind for name in ALIASES.values()} == {"country", "continent", "US grid", "cloud", "paper"}
    assert key("São Paulo") == "saopaulo"


def test_conversion_of_pounds():
    assert REGIONS["us texas"].intensity == pytest.approx(0.34976, abs=1e-5)
    assert "771.1 lb CO2/MWh" in REGIONS["us texas"].intensity.explain()


@pytest.mark.parametrize(
    ("gpu", "low", "high"),
    [("a100-80gb", 1.49, 2.49), ("A100 40GB", 1.49, 4.10), ("NVIDIA H100 PCIe", 2.49, 12.29), ("a10g", 1.006, 1.006)],
)
def test_rent(gpu, low, high):
    assert (rent(gpu).low, rent(gpu).high) == (low, high)
    assert price(10, gpu=gpu).low == pytest.approx(10 * low)


@pytest.mark.parametrize("gpu", ["a10", "laptop-cpu", "t4", "rtx-4090", "tpu-v4"])
def test_nothing_is_rented_at_another_ones_price(gpu):
    assert rent(gpu) is None
    with pytest.raises(ScaleError, match=f"no price is known for {gpu}"):
        price(10, gpu=gpu)
    assert price(10, gpu=gpu, usd_per_hour=0.5) == 5


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("DE", "germany"),
        ("Deutschland", "germany"),
        ("españa", "spain"),
        ("CH", "switzerland"),
        ("GB", "united kingdom"),
    ],
)
def test_countries_by_their_codes_and_their_own_names(spelt, name):
    assert region(spelt).name == name


def test_every_country_has_its_two_letters():
    assert sorted(TWO_LETTERS.values()) == sorted(COUNTRIES)
    assert set(NATIVE) <= set(COUNTRIES)


def test_estimates_say_who_estimated():
    assert COSTS["GPT-4"].value == 78.4e6 and "AI Index 2024" in COSTS["GPT-4"].source
    assert COSTS["Transformer"].year == 2017 and str(COSTS["Transformer"].value) == "$930"
    assert (GROWTH.low, GROWTH, GROWTH.high) == (2.0, 2.4, 2.9)
    assert all(one.sources and one.unit == "kg CO2e/day" for one in SERVING.values())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: energy(gpu_hours=-3, watts=400), r"^`gpu_hours` must be a number above 0\. Received: gpu_hours=-3$"),
        (lambda: energy(gpu_hours=3, watts=float("inf")), r"^`watts` must be .* Received: watts=inf$"),
        (lambda: energy(gpu_hours=3, watts=400, pue=0.9), r"^`pue` must be a number from 1 on: .* Received: pue=0\.9$"),
        (lambda: carbon(True), r"^`energy` must be .* Received: energy=True$"),
        (lambda: carbon(price(3)), r"^`energy` must be in kWh\. Received: energy=\$"),
        (lambda: carbon(3, region="France", intensity=0.1), r"^`region` or `intensity` must be given, not both\."),
        (lambda: carbon(3, region="frnace"), r"No region is called 'frnace'\. Did you mean 'france'.*region='frnace'$"),
        (
            lambda: carbon(3, region="us-east-1"),
            r"^'us-east-1' is a region of Amazon's cloud, .*'virginia and carolinas'",
        ),
        (lambda: carbon(3, region=7), r"No region is called 7\. "),
        (lambda: price(3, usd_per_hour="2"), r"^`usd_per_hour` must be .* Received: usd_per_hour='2'$"),
        (lambda: price(given(3, "seconds")), r"^`gpu_hours` must be in GPU hours\. Received: gpu_hours=3\.0 seconds$"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ScaleError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
