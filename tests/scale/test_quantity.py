"""`Quantity`: numbers that show where they come from, and formulas that are computed as they are written."""

import copy
import json
import math
import pickle

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from kseq.scale import ScaleError, derive, given, show
from kseq.scale.formulas import evaluate, names, with_numbers


def a_training():
    return derive(
        "time of training",
        "seconds",
        "C/(n·P·u)",
        C=derive("FLOPs", "FLOP", "6·N·D", N=given(175e9, "parameters"), D=given(300e9, "tokens", "a paper")),
        n=1024,
        P=given(312e12, "FLOP/s", "a data sheet"),
        u=given(0.45, low=0.3, high=0.55, note="what others reached"),
        source="a textbook",
    )


def test_a_quantity_is_a_number():
    flops = derive("FLOPs", "FLOP", "6·N·D", N=7, D=10**9)
    assert flops == 42e9 and flops + 1 == 42e9 + 1 and f"{flops:,}" == "42,000,000,000" and repr(flops) == "42000000000"
    assert sorted([flops, 1.0])[0] == 1.0 and int(flops) == 42 * 10**9


def test_the_board_shows_formula_numbers_and_sources():
    text = a_training().explain()
    assert text.splitlines()[:3] == [  # a line for each side, where one line would be too long
        "time of training = C/(n·P·u)",
        "        = 3.15e23/(1,024·3.12e14·0.45)",
        "        = 25.4 days (20.7 days to 38.0 days)   [1]",
    ]
    assert "    C = FLOPs = 6·N·D = 6·1.75e11·3e11 = 3.15e23 FLOP" in text
    assert "300,000,000,000 tokens   [2]" in text
    assert text.splitlines()[-4:] == [
        "[1] a textbook",
        "[2] a paper",
        "[3] a data sheet",
        "Note: what others reached",
    ]


def test_what_is_shown_is_what_was_computed():
    for one in a_training().walk():
        if one.formula:  # (integers beyond 2^53 are rounded as floats are)
            value = evaluate(one.formula, {symbol: value.exact for symbol, value in one.inputs.items()})
            assert float(value) == one


def test_a_range_goes_through():
    time = a_training()
    assert time.low == pytest.approx(time * 0.45 / 0.55) and time.high == pytest.approx(time * 0.45 / 0.3)
    twice = derive("both ways", "", "2·a − b", a=given(1, low=0, high=2), b=given(1, low=-1, high=3))
    assert (twice, twice.low, twice.high) == (1, -3, 5)
    assert not derive("none", "", "a", a=3).is_range


def test_copies_keep_the_derivation():
    time = a_training()
    for other in (copy.deepcopy(time), pickle.loads(pickle.dumps(time))):
        assert other == time and other.explain() == time.explain()


def test_json():
    fields = json.loads(json.dumps(a_training().as_dict()))
    assert fields["inputs"]["C"]["inputs"]["D"] == {
        "value": 300_000_000_000, "unit": "tokens", "name": "", "sources": ["a paper"]
    }  # fmt: skip
    assert fields["low"] < fields["value"] < fields["high"]


def test_a_formula_without_a_value():
    with pytest.raises(ScaleError, match=r"^The formula '6·N·D' needs D\. Received: N$"):
        derive("FLOPs", "FLOP", "6·N·D", N=1)


@drawn(st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 9))
def test_formulas_are_read_as_a_board_is(a, b, c):
    values = {"a": a, "b": b, "L_ff": c}
    assert evaluate("a + b·L_ff² − 2·(a − b)", values) == a + b * c**2 - 2 * (a - b)
    assert evaluate("⌈a/L_ff⌉ + min(a, b)", values) == math.ceil(a / c) + min(a, b)
    assert evaluate("1e3·a^L_ff − −b", values) == 1000 * a**c + b


def test_big_integers_stay_exact():
    assert evaluate("12·L·D²", {"L": 96, "D": 12288}) == 173_946_175_488
    assert evaluate("a·b + 1", {"a": 10**15, "b": 10**15}) == 10**30 + 1


@pytest.mark.parametrize("wrong", ["a +", "a[0]", "a.real", "__import__(a)", "'a'", "a if b else a"])
def test_not_a_formula(wrong):
    with pytest.raises(ValueError, match="formula"):
        evaluate(wrong, {"a": 1, "b": 2})


def test_names_and_numbers_in_formulas():
    assert names("min(N, 2e6)·D² + α·D_ff") == ["N", "D", "α", "D_ff"]
    assert with_numbers("12·L·D²", {"L": "96", "D": "12,288"}) == "12·96·12,288²"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0, "", "0"),
        (12288, "", "12,288"),
        (0.03571, "", "0.03571"),
        (3.143e23, "FLOP", "3.143e23 FLOP"),
        (9_663_676_416, "bytes", "9.00 GiB"),
        (0.012, "seconds", "12 ms"),
        (90, "seconds", "1.5 minutes"),
        (2_920_000, "seconds", "33.8 days"),
        (4.6e6, "USD", "$4.6 M"),
        (0.0123, "USD", "$0.012"),
        (3 * 2**50, "bytes", "3,072.00 TiB"),
        (float("inf"), "FLOP", "inf FLOP"),
        (552_100, "kg CO2e", "552.1 t CO2e"),
        (124_439_808, "parameters", "124,439,808 parameters"),
    ],
)
def test_numbers_for_people(value, unit, shown):
    assert show(value, unit) == shown


class Printer:
    """As much of IPython's as is used."""

    shown = ""

    def text(self, text):
        self.shown += text


def test_a_notebook_shows_the_unit_and_json_gets_the_integer_where_it_is_asked_for():
    one, printer = given(5982.683076923077, "seconds"), Printer()
    one._repr_pretty_(printer, cycle=False)
    assert printer.shown == str(one) == "1.7 hours" and repr(one) == "5982.683076923077"
    count = given(124_439_808, "parameters")
    assert json.dumps(count) == "124439808.0" and json.dumps(count.exact) == "124439808"
    assert json.loads(json.dumps(count.as_dict()))["value"] == 124_439_808
