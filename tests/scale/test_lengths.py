"""What a longer sequence costs one layer, and where attention overtakes recurrence (rows G6, X9)."""

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from kseq.scale import ScaleError, cost_against_length, crossing_length
from kseq.scale.lengths import KINDS

ALL = list(KINDS)


def flops(kind, length, width, **options):
    return cost_against_length(width, [length], [kind], **options)[0]["flops"]


def test_table_1_of_the_paper():
    """Complexity per layer T²·d, T·d², K·T·d², r·T·d; sequential 1, T, 1, 1; path 1, T, log_K T, T/r."""
    rows = {row["model"]: row for row in cost_against_length(64, [729], ALL, phase="forward", window=9)}
    assert rows["attention"]["flops"] == 4 * 729**2 * 64
    assert rows["recurrent"]["flops"] == 4 * 729 * 64**2
    assert rows["convolution"]["flops"] == 2 * 3 * 729 * 64**2
    assert rows["restricted_attention"]["flops"] == 4 * 9 * 729 * 64
    names = ("attention", "recurrent", "convolution", "restricted_attention")
    assert [rows[name]["sequential_steps"] for name in names] == [1, 729, 1, 1]
    assert [rows[name]["path_length"] for name in names] == [1, 729, 6, 81]


def test_decoding_is_sequential_for_all_and_attention_keeps_what_it_read():
    rows = {row["model"]: row for row in cost_against_length(8, [100], ALL, phase="decode", window=10)}
    assert {row["sequential_steps"] for row in rows.values()} == {100}
    assert rows["attention"]["flops"] == sum(4 * t * 8 for t in range(1, 101))
    kept = {name: rows[name]["state"] for name in ("recurrent", "lstm", "attention", "restricted_attention")}
    assert kept == {"recurrent": 8, "lstm": 16, "attention": 2 * 100 * 8, "restricted_attention": 2 * 10 * 8}
    assert rows["convolution"]["state"] == 2 * 8


def test_training_is_three_forward_passes():
    for kind in ALL:
        assert flops(kind, 50, 16) == 3 * flops(kind, 50, 16, phase="forward")


def test_crossings():
    assert crossing_length(512) == 512 and crossing_length(512).unit == "tokens"
    assert crossing_length(512, other="lstm") == 4 * 512
    assert crossing_length(512, "attention_layer", "lstm") == 1024
    assert crossing_length(512, phase="decode") == 1023
    never = crossing_length(512, "transformer", "lstm")
    assert never == 0 and never.note == "transformer costs more FLOPs than lstm at every length"
    assert "max(0, (o − a)·d/p) = max(0, (4 − 0)·512/4) = 512 tokens" in " ".join(
        crossing_length(512).explain().split()
    )


@settings(deadline=None)
@drawn(
    st.sampled_from(["attention", "attention_layer"]),
    st.sampled_from(["recurrent", "gru", "lstm", "convolution"]),
    st.sampled_from(["training", "forward", "decode"]),
    st.integers(1, 500),
)
def test_the_crossing_is_where_the_costs_cross(attention, other, phase, width):
    found = crossing_length(width, attention, other, phase, kernel_size=5)
    before, after = int(found), int(found) + 1

    def dearer(length):
        sizes = {"phase": phase, "kernel_size": 5}
        return flops(attention, length, width, **sizes) > flops(other, length, width, **sizes)

    assert dearer(after) and (before < 1 or not dearer(before))


@settings(deadline=None)
@drawn(
    st.sampled_from(ALL), st.sampled_from(["training", "forward", "decode"]), st.integers(1, 3000), st.integers(1, 99)
)
def test_longer_costs_more(kind, phase, length, width):
    assert flops(kind, length + 1, width, phase=phase) > flops(kind, length, width, phase=phase)


def test_records_fit_the_plot():
    pytest.importorskip("matplotlib")
    from kseq.plot import cost_against_length as draw

    ax = draw(cost_against_length(64, [16, 64, 256]), value="flops", label="FLOPs")
    assert len(ax.lines) == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cost_against_length(0, [1]), r"^`width` must be an integer from 1 on\. Received: width=0$"),
        (lambda: cost_against_length(8, [1.5]), r"^`lengths` must be an integer .* Received: lengths=1\.5$"),
        (lambda: cost_against_length(8, [8], ["atention"]), r"Did you mean 'attention'.*Received: kinds='atention'"),
        (lambda: cost_against_length(8, [8], phase="inference"), r"^`phase` must be one of 'training'"),
        (lambda: cost_against_length(8, [8], kernel_size=-3), r"Received: kernel_size=-3$"),
        (lambda: crossing_length(8, other="attention"), r"^`other` must be one of 'recurrent'"),
        (lambda: crossing_length(8, "lstm"), r"^`attention` must be one of 'attention'"),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises(ScaleError, match=message):
        call()
