"""Time, utilisation and throughput: one is the other turned round."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from kseq.scale import ACCELERATORS, ScaleError, flops_per_token, step_flops, throughput, training_time, utilisation
from kseq.scale.published.utilisations import TYPICAL, UTILISATIONS

DAY = 86_400
amounts = st.floats(1e9, 1e27)
shares = st.floats(0.01, 1)
cards = st.sampled_from(list(ACCELERATORS))


@drawn(amounts, shares, st.integers(1, 10_000), cards)
def test_utilisation_undoes_time(flops, share, gpus, gpu):
    seconds = training_time(flops, gpus=gpus, gpu=gpu, utilisation=share)
    assert utilisation(flops, seconds=seconds, gpus=gpus, gpu=gpu) == pytest.approx(share)
    assert training_time(flops, gpus=2 * gpus, gpu=gpu, utilisation=share) == pytest.approx(seconds / 2)
    assert not seconds.is_range


def test_throughput_undoes_time():
    tokens = throughput("gpt2", gpus=8, gpu="a100", utilisation=0.4)
    seconds = training_time(step_flops("gpt2", batch_size=1), gpus=8, gpu="a100", utilisation=0.4)
    assert tokens * seconds == pytest.approx(1024)
    assert throughput("gpt2", gpus=8, gpu="a100", utilisation=0.4, context=512) > tokens
    table = throughput("gpt2", gpus=8, gpu="a100", utilisation=0.4, attention=False)
    assert table == pytest.approx(8 * 312e12 * 0.4 / flops_per_token("gpt2", attention=False))


def test_without_a_utilisation_it_is_a_range():
    time = training_time(3.14e23, gpus=1024, gpu="a100-80gb")
    assert time.low < time < time.high
    assert time == training_time(3.14e23, gpus=1024, gpu="a100-80gb", utilisation=TYPICAL)
    assert time.low / DAY == pytest.approx(20.1, abs=0.1) and time.high / DAY == pytest.approx(57.8, abs=0.1)
    assert any("2104.04473" in source for one in time.walk() for source in one.sources)
    assert throughput("gpt2", gpus=1, gpu="t4").is_range


def test_published_runs_have_sources_and_shares():
    for one in UTILISATIONS:
        assert 0 < one.share < 1 and one.source and one.kind in ("MFU", "HFU", "")
    low, high = min(one.share for one in UTILISATIONS), max(one.share for one in UTILISATIONS)
    assert low < TYPICAL < high


def test_gpt3_on_v100s():
    time = training_time(3.14e23, gpus=10_000, gpu="v100", dtype="float16", utilisation=24.6 / 125)
    assert time / DAY == pytest.approx(14.77, abs=0.01)
    assert str(time) == "14.8 days"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"flops": -1}, r"`flops` must be a number above 0\. Received: flops=-1"),
        ({"flops": float("nan")}, r"`flops` must be a number above 0\. Received: flops=nan"),
        ({"gpus": 0}, r"`gpus` must be a number above 0\. Received: gpus=0"),
        ({"gpus": -3}, r"Received: gpus=-3"),
        ({"gpus": 1.5}, r"`gpus` must be a whole number of devices\. Received: gpus=1\.5"),
        ({"gpu": "a1000"}, r"No accelerator is called 'a1000'\. Did you mean"),
        ({"dtype": "float12"}, r"`dtype` must be one of"),
        ({"utilisation": 45}, r"`utilisation` must be a share of the peak, from 0 to 1\. Received: utilisation=45"),
        ({"utilisation": 0}, r"`utilisation` must be a number above 0"),
    ],
)
def test_what_cannot_be(change, message):
    call = {"flops": 1e20, "gpus": 8, "gpu": "a100"} | change
    with pytest.raises(ScaleError, match=message) as caught:
        training_time(call.pop("flops"), **call)
    assert "\n" not in str(caught.value)
    with pytest.raises(ScaleError, match="`seconds` must be a number above 0"):
        utilisation(1e20, seconds=0, gpus=1, gpu="a100")
