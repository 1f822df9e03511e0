"""Chinchilla's law: best size and data, and every row of its tables."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from kseq.scale import ScaleError, compute_optimal, expected_loss
from kseq.scale.checks.chinchilla import rows
from kseq.scale.published.chinchilla import CONSTANTS

CHECKS = rows()
# (table, row, what): the rows that do not agree, each with a word of its cause
DEVIATIONS = {
    ("Chinchilla, table 3", "67 B", "FLOPs, from parameters and tokens"): "not C/(6·N)",
    ("Chinchilla, table A3, approach 3", "67 B", "FLOPs, from parameters and tokens"): "not C/(6·N)",
    ("Chinchilla, table A3, approach 3", "175 B", "FLOPs, from parameters and tokens"): "Misprint",
    ("Chinchilla, table A3, approach 3", "280 B", "FLOPs, from parameters and tokens"): "not C/(6·N)",
    ("Chinchilla, table 3", "67 B", "FLOPs, best for this size"): "line of the other eight",
    ("Chinchilla, table A3, approach 2", "67 B", "FLOPs, best for this size"): "line of the other eight",
    ("Chinchilla, table A3, approach 3", "175 B", "FLOPs, best for this size"): "Misprint",
    **{
        ("Chinchilla, table A3, approach 3", size, "FLOPs, best for this size"): "not made with the printed constants"
        for size in ("400 M", "1 B", "10 B", "67 B", "280 B", "520 B", "1 T", "10 T")
    },
    ("Chinchilla, table 2", "approach 3, unrounded constants", "exponent a, printed interval"): "leaves out",
    ("Chinchilla, table 2", "approach 3, rounded constants", "exponent a, printed interval"): "leaves out",
    ("Chinchilla, table 2", "approach 3, rounded constants", "exponent a of N = k·C^a"): "too coarse",
    ("nanoGPT, scaling_laws.ipynb", "2.21e19 FLOP, rounded constants", "parameters"): "grid",
    ("nanoGPT, scaling_laws.ipynb", "2.21e19 FLOP, rounded constants", "tokens"): "grid",
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.table} {check.row} {check.what}")
def test_published_rows(check):
    word = DEVIATIONS.get((check.table, check.row, check.what))
    assert check.agrees == (word is None)
    assert word is None or word in check.cause


def test_every_row_of_three_tables_is_there():
    assert len(CHECKS) == 2 * 27 + 4 + 4 + 4 + 2 and len({(c.table, c.row, c.what) for c in CHECKS}) == len(CHECKS)
    assert set(DEVIATIONS) < {(c.table, c.row, c.what) for c in CHECKS}


def test_what_does_not_follow_from_the_constants_is_near():
    far = [c for c in CHECKS if c.what == "FLOPs, best for this size" and "Misprint" not in c.cause]
    assert len(far) == 26 and all(abs(c.deviation) < 0.19 for c in far)


@pytest.mark.parametrize(
    ("constants", "flops", "parameters", "tokens"),
    [
        ("rounded", 2.21e19, "326M", "11.3B"),
        ("unrounded", 2.21e19, "389M", "9.48B"),
        ("refit", 2.21e19, "394M", "9.36B"),
        ("rounded", 5.76e23, "32.2B", "2.98T"),
        ("unrounded", 5.76e23, "40.3B", "2.38T"),
        ("refit", 5.76e23, "72.2B", "1.33T"),
    ],
)
def test_the_closed_form(constants, flops, parameters, tokens):
    best = compute_optimal(flops=flops, constants=constants)
    sizes = {"M": 1e6, "B": 1e9, "T": 1e12}
    assert f"{best.parameters / sizes[parameters[-1]]:.3g}" == parameters[:-1]
    assert f"{best.tokens / sizes[tokens[-1]]:.3g}" == tokens[:-1]


@pytest.mark.parametrize("constants", CONSTANTS)
def test_no_other_size_does_better(constants):
    best = compute_optimal(flops=1e21, constants=constants)
    for factor in (0.5, 0.9, 1.1, 2):
        assert best.loss < expected_loss(best.parameters * factor, best.tokens / factor, constants)


@drawn(
    st.floats(1e15, 1e28), st.sampled_from([("approach", 1), ("approach", 2), *(("constants", c) for c in CONSTANTS)])
)
def test_all_three_questions_have_one_answer(flops, option):
    options = dict([option])
    best = compute_optimal(flops=flops, **options)
    assert 6 * best.parameters * best.tokens == pytest.approx(flops)
    for known in ("parameters", "tokens"):
        again = compute_optimal(**{known: getattr(best, known)}, **options)
        for name in ("flops", "parameters", "tokens") + ("loss",) * (best.approach == 3):
            assert getattr(again, name) == pytest.approx(getattr(best, name), rel=1e-9)


@drawn(st.floats(1e6, 1e12), st.floats(1e6, 1e13), st.floats(1.01, 10))
def test_more_is_better_and_never_below_what_text_cannot_be_known(parameters, tokens, more):
    loss = expected_loss(parameters, tokens)
    assert expected_loss(parameters * more, tokens) < loss and expected_loss(parameters, tokens * more) < loss
    assert loss > loss.inputs["E"] == 1.6934


def test_about_twenty_tokens_a_parameter():
    for options in ({}, {"approach": 1}, {"constants": "refit"}):
        assert 17 < compute_optimal(parameters=70e9, **options).tokens_per_parameter < 22
    assert compute_optimal(parameters=70e9, approach=3).tokens_per_parameter > 60  # as printed it asks for more text


def test_who_says_nothing_gets_approach_1_and_no_loss_that_it_does_not_have():
    best = compute_optimal(flops=5.76e23)
    assert (best.approach, best.loss, best.constants) == (1, None, "")
    assert str(best) == "5.76e23 FLOP: 67.92 B parameters on 1.413 T tokens (20.8 each)"
    assert "loss" not in best.explain()
    assert best.parameters == compute_optimal(flops=5.76e23, approach=1).parameters
    third = compute_optimal(flops=5.76e23, approach=3)
    assert (third.approach, third.constants) == (3, "unrounded")
    assert third.parameters == compute_optimal(flops=5.76e23, constants="unrounded").parameters
    assert compute_optimal(flops=5.76e23, approach=2).loss is None


def test_the_board():
    best = compute_optimal(flops=5.76e23, approach=3)
    text = best.explain()
    assert "best size = G·(C/6)^(β/(α + β))" in text and "tokens to train on = C/(6·N)" in text
    assert "expected loss = E + A/N^α + B/D^β" in text and "[1] Hoffmann et al. (2022)" in text
    assert str(best) == "5.76e23 FLOP: 40.31 B parameters on 2.382 T tokens (59.1 each), loss 1.918 nats per token"
    assert best.flops.unit == "FLOP" and best.loss.unit == "nats/token"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, r"^One of `flops`, `parameters` and `tokens` must be given\. Received: none of them$"),
        ({"flops": 1e20, "tokens": 1e9}, r"Received: flops=1e\+20, tokens=1000000000\.0$"),
        ({"flops": -1}, r"^`flops` must be a number above 0\. Received: flops=-1$"),
        ({"tokens": float("nan")}, r"^`tokens` must be .* Received: tokens=nan$"),
        ({"parameters": "many"}, r"^`parameters` must be .* Received: parameters='many'$"),
        ({"parameters": 1e300}, r"^`parameters` is too large to compute with\. Received: parameters=1e\+300$"),
        ({"flops": 1e20, "approach": 4}, r"^`approach` must be 1, 2 or 3\. Received: approach=4$"),
        ({"flops": 1e20, "approach": 1, "constants": "refit"}, r"approach 1 has no law of loss\. Received: approach=1"),
        ({"flops": 1e20, "constants": "refitted"}, r"Did you mean 'refit'\? Known: unrounded, rounded, refit\."),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ScaleError, match=message):
        compute_optimal(**arguments)
