"""Printed numbers that their own formula does not give."""

import pytest

from kseq.scale import CONTRADICTIONS, Contradiction

BY_SUBJECT = {one.subject: one for one in CONTRADICTIONS}


@pytest.mark.parametrize(
    ("subject", "printed", "computed"),
    [
        ("GPT-3's width in a slide deck", 12_228, 12_288),
        ("GPT-3 XL's heads", 24, 16),
        ("GPT-3 13B's width", 5140, 5120),
        ("Parameters of gpt2", 117e6, 124_439_808),
        ("Parameters of gpt2-xl", 1542e6, 1_557_611_200),
        ("Chinchilla's compute for 175 B parameters, approach 3", 1.26e24, 1.26e25),
        ("Energy of BLOOM-176B", 475_000, 476_467.2),
        ("Energy of LLaMA-65B", 449_000, 449_839.28),
        ("Emissions of 18 days of serving BLOOM", 340, 360.116),
    ],
)
def test_both_are_shown(subject, printed, computed):
    one = BY_SUBJECT[subject]
    assert one.printed == printed and one.computed == pytest.approx(computed, rel=1e-12)
    assert "printed {}, computed {}".format(*one.shown) in str(one) and one.explanation and one.source


def test_each_is_one():
    assert len(BY_SUBJECT) == len(CONTRADICTIONS) and all(isinstance(one, Contradiction) for one in CONTRADICTIONS)
    for one in CONTRADICTIONS:
        assert one.printed != one.computed and one.printed.unit == one.computed.unit and "\n" not in str(one)


def test_two_numbers_that_differ_look_different():
    assert all(one.shown[0] != one.shown[1] for one in CONTRADICTIONS)
    assert BY_SUBJECT["Emissions of Llama 2 34B"].shown == ("153.90 t CO2e", "153.91 t CO2e")
    assert BY_SUBJECT["Emissions of Llama 2 13B"].shown == ("62.44 t CO2e", "62.45 t CO2e")
    assert BY_SUBJECT["GPT-3 XL's heads"].shown == ("24", "16")


def test_about_500_tonnes_are_two_numbers():
    one = BY_SUBJECT["'About 500 t' for the training of GPT-3"]
    assert round(one.computed.low / 1000) == 502 and round(one.computed.high / 1000) == 552
    assert "Patterson" in str(one) and "Luccioni" in str(one)


def test_1000_tonnes_a_month_has_no_source():
    one = BY_SUBJECT["'1000 t CO2e a month' for serving ChatGPT"]
    assert (round(one.computed.low / 1000), round(one.computed.high / 1000)) == (115, 750)
    assert "No primary source" in str(one) and one.printed > one.computed.high
    assert "xcorr.net" in one.explain() and "Pointon" in one.explain()
    assert one.shown == ("1,000 t CO2e", "114.6 t CO2e to 750 t CO2e") and "330" not in str(one)  # somebody's middle
    assert "December 2022" in one.explanation


def test_sparsity_is_not_counted():
    one = BY_SUBJECT["Peak of an H100 in a calculator of emissions"]
    assert one.printed == pytest.approx(2 * one.computed, rel=1e-3)


def test_the_derivation():
    assert "width = H·k = 96·128 = 12,288" in BY_SUBJECT["GPT-3's width in a slide deck"].explain()
