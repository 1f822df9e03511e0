"""Perplexity, bits per character, the schedule: against the formulas, by hand."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.tasks.metrics import BitsPerCharacter, Perplexity
from kseq.tasks.schedules import warmup_cosine

pytestmark = pytest.mark.backend
random = np.random.default_rng(0)
LOGITS = random.normal(size=(3, 5, 7)).astype("float32")
IDS = random.integers(1, 7, (3, 5))
IDS[1, 3:] = 0  # padding


def nats(ids=IDS, logits=LOGITS):
    """Cross-entropy of every token, `(batch_size, sequence_length)`."""
    logp = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    return -np.take_along_axis(logp, ids[..., None], -1)[..., 0]


def test_perplexity_is_exp_of_the_mean_over_real_tokens():
    metric = Perplexity()
    metric.update_state(IDS[:2], LOGITS[:2])
    metric.update_state(IDS[2:], LOGITS[2:])  # the mean is over tokens, not over batches
    np.testing.assert_allclose(metric.result(), np.exp(nats()[IDS != 0].mean()), rtol=1e-5)


def test_a_model_that_guesses_is_as_perplexed_as_it_has_tokens():
    metric = Perplexity()
    metric.update_state(IDS, np.zeros((3, 5, 65)))
    np.testing.assert_allclose(metric.result(), 65, rtol=1e-5)


@pytest.mark.parametrize("weights", [np.array([1.0, 0.5, 2.0]), random.random((3, 5))])
def test_weights_of_rows_and_of_tokens_count(weights):
    metric = Perplexity()
    metric.update_state(IDS, LOGITS, sample_weight=weights)
    w = (IDS != 0) * (weights if weights.ndim == 2 else weights[:, None])
    np.testing.assert_allclose(metric.result(), np.exp((nats() * w).sum() / w.sum()), rtol=1e-5)


def test_bits_per_character_of_longer_tokens():
    metric = BitsPerCharacter(characters_per_token=4.0)
    metric.update_state(IDS, LOGITS)
    np.testing.assert_allclose(metric.result(), nats()[IDS != 0].mean() / np.log(2) / 4, rtol=1e-5)


@pytest.mark.parametrize("metric", [Perplexity(from_logits=False, mask_id=None), BitsPerCharacter(3.5)])
def test_metrics_are_rebuilt_from_their_config(metric):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert again.get_config() == metric.get_config()
    probabilities = np.full((1, 2, 4), 0.25)
    for each in (metric, again):
        each.update_state([[1, 0]], probabilities)
    np.testing.assert_allclose(metric.result(), again.result())


def test_tokens_without_characters_are_refused():
    with pytest.raises(ValueError, match="characters_per_token=0"):
        BitsPerCharacter(0)


@settings(deadline=None, max_examples=15)  # JAX compiles the schedule anew for every number in it
@given(steps=st.integers(2, 500), share=st.floats(0, 0.9), end=st.floats(0, 1e-3))
def test_the_rate_rises_to_its_peak_and_falls_to_its_end(steps, share, end):
    warmup = int(steps * share)
    schedule = warmup_cosine(2e-3, steps, warmup_steps=warmup, end=end)
    points = np.unique([*np.linspace(0, steps, 9).astype(int), warmup, steps, steps + 2])
    rates = np.array([float(schedule(int(step))) for step in points])
    assert np.all(np.diff(rates[points <= warmup]) > 0) and np.all(np.diff(rates[points >= warmup]) <= 1e-9)
    np.testing.assert_allclose(rates[points == warmup], 2e-3, rtol=1e-5)
    np.testing.assert_allclose(rates[points >= steps], end, atol=1e-9)


@pytest.mark.parametrize(
    "wrong", [{"peak": 0}, {"steps": 0}, {"steps": 2.5}, {"end": 1.0}, {"warmup_steps": 10}, {"warmup_steps": -1}]
)
def test_schedule_refuses(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}={next(iter(wrong.values()))}"):
        warmup_cosine(**{"peak": 1e-3, "steps": 10, **wrong})
