"""`plan_training`: its parts belong together, it fits where it says so, and its advice works."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.cli.scale import scale as command
from kseq.scale import (
    LayerCost,
    LayerTable,
    ScaleError,
    activation_memory,
    flops_per_token,
    memory,
    parameters,
    plan_training,
    training_flops,
)
from kseq.scale.advising import room
from kseq.scale.shapes import LEAST, MOST, shape_named, shape_of


def test_gpt3_in_34_days():
    """Narayanan et al. (2021), section 5.1: 300 B tokens, 1024 A100 at 140 of 312 TFLOP/s, all recomputed: 34 days."""
    plan = plan_training(
        "gpt3-175b", tokens=300e9, gpus=1024, gpu="a100-80gb", utilisation=140 / 312, recompute="full", tensor=8
    )
    assert plan.time / 86_400 == pytest.approx(34, rel=0.03)
    assert plan.fits


def test_parts_belong_together():
    plan = plan_training("gpt3-xl", tokens=26e9, gpus=8, utilisation=0.4, region="france", usd_per_hour=2)
    assert plan.gpu_hours == pytest.approx(8 * plan.time / 3600)
    assert plan.price == pytest.approx(2 * plan.gpu_hours)
    assert plan.time == pytest.approx(plan.flops / (8 * 312e12 * 0.4))
    assert plan.energy == pytest.approx(plan.gpu_hours * 0.4 * 1.1)
    assert plan.carbon / plan.energy == pytest.approx(0.044, abs=0.005)
    assert not plan.time.is_range
    for name, unit in {"time": "seconds", "energy": "kWh", "carbon": "kg CO2e", "price": "USD"}.items():
        assert getattr(plan, name).unit == unit


@pytest.mark.parametrize("name", ["llama-7b", "gpt2", "mistral-7b", "t5-base", "bert-base"])
def test_flops_multiply(name):
    """A token's FLOPs times the tokens are those of the run; what FlashAttention repeats is in neither."""
    assert plan_training(name, tokens=2e12).flops == pytest.approx(flops_per_token(name) * 2e12)
    again = plan_training(name, tokens=2e12, recompute="full").flops
    assert again == pytest.approx(
        training_flops(name, tokens=2e12, convention="exact", attention=True, recompute="full")
    )


def test_flash_attention_is_what_is_trained_with():
    plan = plan_training("gpt2", context=100_000, gpus=1)
    assert plan.fits and plan.memory.activations == activation_memory("gpt2", batch_size=1, context=100_000)
    assert plan_training("llama-7b", gpus=2).fits  # without dropout, as it was trained
    more = plan_training("llama-7b", gpus=2, dropout=True).memory.activations
    assert more == activation_memory("llama-7b", batch_size=1, dropout=True)


@pytest.mark.parametrize("recompute", ["none", "selective", "flash", "full"])
@pytest.mark.parametrize("name", ["gpt3-175b", "t5-11b", "mistral-7b", "vit-b/16", "megatron-1.7b"])
def test_on_one_board_a_letter_has_one_meaning(name, recompute):
    for optimizer in ("adamw", "adam8bit", "adafactor"):
        options = {
            "tokens": 1e12,
            "gpus": 64,
            "tensor": 2,
            "pipeline": 2,
            "optimizer": optimizer,
            "recompute": recompute,
        }
        meanings = {}
        for part in plan_training(name, **options).quantities.values():
            for one in part.walk():
                for symbol, value in one.inputs.items():
                    meanings.setdefault(symbol, set()).add(value.name)
        assert {symbol: names for symbol, names in meanings.items() if len(names) > 1 or "" in names} == {}


def test_advice_on_one_device():
    """No sharing with nobody, and no shorter sequences than must be."""
    (text,) = [one for one in plan_training("gpt2", gpus=1, context=2_000_000).advice if "--context" in one]
    assert "--zero" not in text
    context = int(re.search(r"--context (\d+)", text)[1])
    plans = [plan_training("gpt2", gpus=1, context=length, recompute="full") for length in (context, context + 1024)]
    assert [plan.fits for plan in plans] == [True, False]


def test_what_nobody_said_is_a_range_and_said():
    plan = plan_training("gpt3-xl")
    assert plan.tokens == 20 * parameters("gpt3-xl")
    assert "20 for each parameter" in plan.explain()
    assert plan.time.low < plan.time < plan.time.high
    assert plan.price.low < plan.price < plan.price.high
    assert plan.carbon.low < plan.carbon < plan.carbon.high


def test_a_billion_fits_into_eight_and_gpt3_does_not():
    small, large = plan_training("gpt3-xl"), plan_training("gpt3-175b")
    assert small.fits and small.zero == 0
    assert not large.fits and large.zero == 3
    assert str(small).count("It fits") == 1
    assert "It does not fit" in str(large)


@pytest.mark.parametrize(
    ("config", "options"),
    [
        ("gpt3-175b", {"gpus": 1024}),
        ("gpt3-175b", {"gpus": 8}),
        ("gpt-neox-20b", {"gpus": 8, "batch_size": 3}),
        ("gpt3-xl", {"gpus": 1, "batch_size": 16}),
        ("gpt2", {"gpus": 1, "context": 400_000}),
        ("gpt2", {"gpus": 8, "context": 2_000_000}),
        ("gpt2", {"gpus": 1, "context": 100_000, "recompute": "selective"}),
        ("gpt3-xl", {"gpus": 8, "zero": 0, "gpu": "t4"}),
        ("llama-7b", {"gpus": 8, "gpu": "v100", "precision": None}),
        ("gpt2-xl", {"gpus": 1, "gpu": "rtx-4090"}),
    ],
)
def test_advice_works(config, options):
    """Each remedy, done as it says, makes it fit."""
    plan = plan_training(config, **options)
    assert not plan.fits
    assert plan.advice
    names = {one.opts[0]: one.name for one in command.params}
    library = {"batch": "batch_size"}
    for text in plan.advice:
        given = re.findall(r"(--[a-z-]+) (\S+?)(?=[\s:,])", text)
        changes = {library.get(names[option], names[option]): value for option, value in given}
        changes = {name: int(value) if value.isdigit() else value for name, value in changes.items()}
        assert changes == text.arguments, text  # what is said is what is meant
        assert plan_training(config, **{**options, **changes}).fits, text


@pytest.mark.parametrize(
    ("config", "options"),
    [
        ("gpt3-175b", {"gpus": 8}),
        ("gpt3-6.7b", {"gpus": 8, "gpu": "rtx-4090", "recompute": "none"}),
        ("gpt3-xl", {"gpus": 1, "batch_size": 64}),
    ],
)
def test_the_remedy_makes_it_fit(config, options):
    plan = plan_training(config, **options)
    assert not plan.fits
    assert plan_training(config, **{**options, **plan.remedy}).fits
    assert plan_training("gpt2").remedy == {}


@pytest.mark.parametrize("config", ["bert-base", "vit-b/16", "t5-small", "transformer-big", "dall-e"])
def test_of_what_is_no_language_model_only_the_memory_is_said_without_tokens(config):
    plan = plan_training(config)
    assert plan.tokens is plan.time is plan.price is plan.carbon is plan.energy is plan.flops is None
    assert plan.memory.training > 0
    assert "say how many tokens" in plan.unsaid[0] and plan.unsaid[0] in str(plan)
    assert plan.explain()
    assert plan_training(config, tokens=1e9).time > 0


def test_no_price_of_what_nobody_rents():
    plan = plan_training("gpt2", gpu="laptop-cpu")
    assert plan.price is None and plan.carbon > 0
    assert plan.unsaid == ("No price known for laptop-cpu: give --price, in USD for an hour of one device.",)
    assert plan_training("gpt2", gpu="laptop-cpu", usd_per_hour=0.1).price > 0
    assert plan_training("gpt2").unsaid == ()


def test_a_wrong_region_is_said_even_where_nothing_is_emitted():
    with pytest.raises(ScaleError, match="frence"):
        plan_training("bert-base", region="frence")


def test_advice_where_there_is_room():
    (text,) = plan_training("gpt3-xl").advice
    batch = int(re.search(r"--batch (\d+)", text)[1])
    assert plan_training("gpt3-xl", batch_size=batch).fits
    assert not plan_training("gpt3-xl", batch_size=batch + 1, zero=0).fits


def test_the_lowest_stage_that_fits_is_taken():
    plan = plan_training("gpt3-6.7b", recompute="full")
    assert plan.fits and 0 < plan.zero <= 3
    layout = {"precision": "mixed", "optimizer": "adamw", "recompute": "full", "batch_size": 1, "data": 8}
    assert memory("gpt3-6.7b", **layout, zero=plan.zero - 1).training > room(plan.gpu)


def test_a_table_of_layers_is_planned_too():
    rows = (LayerCost("lstm", "LSTM", 10_000, 2e6, 5000, data_flops=2e6), LayerCost("dense", "Dense", 100, 200, 1))
    plan = plan_training(LayerTable("mine", rows, length=50), tokens=1e6, gpus=1)
    assert plan.name == "mine"
    assert plan.parameters == 10_100
    assert plan.flops == pytest.approx(1e6 / 50 * (2 * 2e6 + 3 * 200))
    assert plan.fits


def test_a_mapping_is_planned_too():
    sizes = {"num_layers": 12, "num_heads": 12, "embedding_dim": 768, "context_length": 1024, "vocabulary_size": 50257}
    assert plan_training(sizes).flops == plan_training("gpt2").flops
    assert plan_training(sizes).name == "custom"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gpus": 0}, "`gpus` must be an integer from 1 on. Received: gpus=0"),
        ({"gpus": 2.5}, "Received: gpus=2.5"),
        ({"gpus": 8, "tensor": 3}, "must divide gpus=8"),
        ({"tokens": float("nan")}, "`tokens` must be"),
        ({"tokens": -1}, "Received: tokens=-1"),
        ({"gpu": "a1000"}, "Did you mean 'a100"),
        ({"region": "frence"}, "Did you mean 'france'"),
        ({"utilisation": 2}, "`utilisation`"),
        ({"usd_per_hour": -2}, "usd_per_hour"),
        ({"batch_size": -1}, "batch_size"),
        ({"batch_size": 0}, "batch_size"),
        ({"zero": 4}, "`zero`"),
        ({"recompute": "some"}, "`recompute`"),
        ({"optimizer": "adamx"}, "adamx"),
        ({"precision": "half"}, "precision"),
        ({"context": 0}, "context"),
        ({"pipeline": 8, "tensor": 7, "gpus": 56}, "tensor"),
    ],
)
def test_errors_are_one_line(options, message):
    with pytest.raises(ScaleError) as caught:
        plan_training("gpt2", **options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=40, deadline=None)
@given(st.floats(LEAST, MOST))
def test_a_number_of_parameters_becomes_a_shape_that_has_about_as_many(count):
    shape = shape_of(count)
    assert parameters(shape) == pytest.approx(count, rel=0.06)
    assert shape.embedding_dim % shape.num_heads == 0


@pytest.mark.parametrize("count", [0, 1e3, 1e15, float("nan"), float("inf")])
def test_a_number_of_parameters_that_no_shape_has(count):
    with pytest.raises(ScaleError, match="between 10 M and 10 T"):
        shape_of(count)


@pytest.mark.parametrize(("text", "count"), [("1.3B", 1.3e9), ("350m", 3.5e8), ("7e9", 7e9), ("13B", 13e9)])
def test_a_size_is_taken_wherever_a_config_is(text, count):
    assert parameters(text) == pytest.approx(count, rel=0.06)
    assert plan_training(text).parameters == parameters(text)
    assert training_flops(text, tokens="1B") == training_flops(text, tokens=1e9)


@pytest.mark.parametrize("text", ["gpt2", "7", "300", "", "e", "1.5"])
def test_what_is_no_size(text):
    assert shape_named(text) is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 6), st.sampled_from(["gpt2", "gpt3-xl", "llama-7b"]))
def test_more_devices_never_need_more_memory_each_and_never_take_longer(power, name):
    one = plan_training(name, gpus=2**power, zero=3, recompute="full", utilisation=0.4)
    two = plan_training(name, gpus=2 ** (power + 1), zero=3, recompute="full", utilisation=0.4)
    assert two.memory.training <= one.memory.training
    assert two.time == pytest.approx(one.time / 2)
    assert two.gpu_hours == pytest.approx(one.gpu_hours)
