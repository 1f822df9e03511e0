"""Published numbers of parameters beside ours, and what is said where nobody published any."""

import pytest

from kseq.scale import ARCHITECTURES, UNPUBLISHED, ScaleError, architecture
from kseq.scale.checks import gpt2, gpt3, llama, other_architectures
from kseq.scale.published.models import MODELS, NUMBER_ONLY

MODULES = (gpt2, gpt3, llama, other_architectures)
ROWS = [check for module in MODULES for check in module.rows()]
# table and row -> a word of the cause why they do not agree; every other row must
DEVIATIONS = {
    ("GPT-2, table 2", "gpt2"): "wrong",
    ("GPT-2, table 2", "gpt2-medium"): "wrong",
    ("GPT-2, table 2", "gpt2-large"): "wrong",
    ("GPT-2, table 2", "gpt2-xl"): "wrong",
    ("GPT-3, table 2.1", "gpt3-medium"): "356M",
    ("GPT-3, table 2.1", "gpt3-13b"): "12,850M",
    ("GPT-3, table 2.1", "GPT-3 XL"): "16 heads",
    ("GPT-3, table 2.1", "GPT-3 13B"): "misprint",
    ("GPT-3, table D.1", "bert-large"): "RoBERTa",
    ("GPT-3, table D.1", "t5-large"): "770.6M",
    ("LLaMA, printed sizes", "llama-65b"): "cuts off",
    ("LLaMA, printed sizes", "llama2-70b"): "rounded up",
    ("LLaMA, printed sizes", "llama3-70b"): "vocabulary",
    ("LLaMA, printed sizes", "llama3.1-405b"): "cuts off",
    ("Printed sizes", "transformer-base"): "37000",
    ("Printed sizes", "transformer-big"): "37000",
    ("Printed sizes", "t5-large"): "770.6M",
    ("Printed sizes", "t5-3b"): "2.85",
    ("Printed sizes", "vit-b/16"): "224 pixels",
    ("Printed sizes", "vit-l/16"): "224 pixels",
    ("Printed sizes", "lamda-137b"): "share",
    ("Printed sizes", "palm-540b"): "540.354",
    ("Printed sizes", "falcon-40b"): "rounded down",
    ("Printed sizes", "falcon-180b"): "179.5",
}


@pytest.mark.parametrize("check", ROWS, ids=lambda check: f"{check.table} {check.row}")
def test_every_row(check):
    if word := DEVIATIONS.get((check.table, check.row)):
        assert not check.agrees and word in check.cause
        assert abs(check.deviation) < 0.07 or check.what != "parameters"
    else:
        assert check.agrees and not check.cause


def test_every_deviation_is_a_row():
    assert set(DEVIATIONS) <= {(check.table, check.row) for check in ROWS}
    assert len({(check.table, check.row, check.what) for check in ROWS}) == len(ROWS) == 103


def test_numbers_in_causes():
    from kseq.scale import parameters

    assert round(parameters("t5-large", tied_embeddings=False) / 1e6, 1) == 770.6
    assert round(parameters("falcon-180b", tied_embeddings=False) / 1e9, 1) == 179.5
    palm = parameters("palm-540b")
    assert round((palm - palm.inputs["normalization"]) / 1e9, 3) == 540.354
    assert round(parameters("llama3-70b") / 1e9 - parameters("llama2-70b") / 1e9, 1) == 1.6


def test_every_row_shows_its_derivation_and_source():
    for check in ROWS:
        assert check.source and check.computed.formula and check.computed.explain().count("\n[1] ") == 1


@pytest.mark.parametrize(
    ("spelt", "model", "since"),
    [
        ("gpt4", "GPT-4", "2023-03"),
        ("GPT-4 Turbo", "GPT-4", "2023-03"),
        ("gpt-4o", "GPT-4o", "2024-05"),
        ("GPT-5", "GPT-5", "2025-08"),
        ("ChatGPT", "GPT-3.5", "2022-11"),
        ("claude-3-opus", "Claude", "2023-03"),
        ("Gemini 1.5 Pro", "Gemini", "2023-12"),
        ("DALL·E 3", "DALL·E 3", "2023-09"),
    ],
)
def test_a_size_that_nobody_published_is_said_to_be_so(spelt, model, since):
    with pytest.raises(ScaleError) as caught:
        architecture(spelt)
    message = str(caught.value)
    assert f"{model} (" in message and f"since {since}): The size is not published" in message
    assert "Source: " in message and message.endswith(f"Received: config={spelt!r}") and "\n" not in message


@pytest.mark.parametrize(("spelt", "number"), [("DeepSeek-V2.5", "236 B"), ("mixtral 8x7b", "8 feed-forward")])
def test_forms_that_cannot_be_described(spelt, number):
    with pytest.raises(ScaleError, match=f"only the number of parameters is known here.*{number}"):
        architecture(spelt)


def test_models_of_the_course():
    assert {"gpt-4", "gpt-5", "claude", "gemini"} <= set(UNPUBLISHED)
    assert "deepseek-v2.5" in NUMBER_ONLY and NUMBER_ONLY["deepseek-v2.5"].active == 21e9
    for model in MODELS:
        assert model.source and model.since[:2] == "20" and str(model).startswith(f"{model.name} ({model.maker}")
        assert ("not published" in model.known) == (model.parameters is None)
        if model.architecture:
            assert ARCHITECTURES[model.architecture].published_parameters == pytest.approx(model.parameters, rel=0.01)
