"""Penalty, top-k and top-p beside plain NumPy; the noise draws what the softmax says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from kseq.generation import generate
from kseq.generation.sampling import NEVER, Noise, Sampling, filtered, next_token, penalised
from tests.generation.models import VECTORIZER, recurrent

pytestmark = pytest.mark.backend
LOGITS = np.array([[2.0, -1.0, 2.0, 0.5, 1.0, -3.0]], "float32")


def kept(logits, top_k, top_p):
    """The ids that top-k and top-p keep, one token at a time."""
    order = sorted(range(len(logits)), key=lambda i: (-logits[i], i))[:top_k]
    weights = np.exp(np.array([logits[i] for i in order], "float64"))
    together, stay = 0.0, set()
    for i, p in zip(order, weights / weights.sum(), strict=True):
        if together >= top_p and stay:
            break
        stay.add(i)
        together += p
    return stay


@pytest.mark.parametrize(
    ("top_k", "top_p", "expected"),
    [
        (1, 1.0, {0}),  # of two equal ones the first
        (2, 1.0, {0, 2}),
        (3, 1.0, {0, 2, 4}),
        (6, 1.0, {0, 1, 2, 3, 4, 5}),
        (6, 1e-6, {0}),  # the best one always stays
        (6, 0.38, {0, 2}),  # 0.378, 0.378, 0.139, 0.084, …
        (6, 0.80, {0, 2, 4}),
        (2, 0.49, {0}),  # of the two that top-k keeps, each has one half
    ],
)
def test_masks(top_k, top_p, expected):
    result = ops.convert_to_numpy(filtered(LOGITS, np.float32(top_k), np.float32(top_p)))[0]
    assert {i for i, value in enumerate(result) if value > NEVER / 2} == expected == kept(LOGITS[0], top_k, top_p)
    assert all(result[i] == LOGITS[0, i] for i in expected)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-40, 40), min_size=8, max_size=8), st.integers(1, 8), st.integers(1, 20))
def test_masks_of_any_logits(numbers, top_k, twentieths):
    logits = np.array(numbers) / 7
    top_p = twentieths / 20 - 0.0137 * (twentieths < 20)  # no sum of probabilities stands just there
    result = ops.convert_to_numpy(filtered(logits[None].astype("float32"), np.float32(top_k), np.float32(top_p)))[0]
    assert {i for i, value in enumerate(result) if value > NEVER / 2} == kept(logits, top_k, top_p)


def test_penalty_divides_positive_and_multiplies_negative_logits():
    seen = np.array([[True, True, False, False, False, False]])
    result = ops.convert_to_numpy(penalised(LOGITS, seen, np.float32(2)))
    np.testing.assert_allclose(result, [[1.0, -2.0, 2.0, 0.5, 1.0, -3.0]])


def test_noise_draws_from_the_softmax():
    logits = np.array([[0.0, 1.0, -1.0, NEVER]], "float32")
    count = 20_000
    noise = Noise(0, [0], [1], 4).block(count)[:, 0]
    values = tuple(np.float32(v) for v in (2.0, 4, 1, 1))  # temperature 2
    ids = ops.convert_to_numpy(next_token(np.repeat(logits, count, 0), (), noise, values, Sampling()))
    expected = np.exp(logits[0, :3] / 2) / np.exp(logits[0, :3] / 2).sum()
    np.testing.assert_allclose(np.bincount(ids, minlength=4) / count, [*expected, 0], atol=0.015)


def test_noise_is_the_same_however_it_is_cut():
    whole = Noise(3, [0, 1], [2, 4], 5).block(8)
    source = Noise(3, [0, 1], [2, 4], 5)
    np.testing.assert_array_equal(np.concatenate([source.block(3), source.block(5)]), whole)
    assert not whole[:2, 1].any()  # the longer prompt goes on
    alone = Noise(3, [1], [4], 5).block(6)  # a row by itself begins with the same noise
    np.testing.assert_array_equal(alone[:, 0], whole[2:, 1])
    assert np.isfinite(whole).all()


@pytest.mark.parametrize("options", [{"seed": 3}, {"seed": 3, "top_k": 2}, {"sampler": "greedy"}, {"sampler": "beam"}])
def test_banned_tokens_are_never_written(options):
    model = recurrent("SimpleRNN")
    free = generate(model, "roses", 24, include_prompt=False, **options)
    banned = sorted({VECTORIZER.ids(character)[0] for character in free[:3]})
    other = generate(model, "roses", 24, include_prompt=False, banned=banned, **options)
    assert len(other) == 24 and not set(free[:3]) & set(other)
    assert generate(model, "roses", 24, include_prompt=False, banned=[], **options) == free
