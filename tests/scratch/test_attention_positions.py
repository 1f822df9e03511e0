"""Positions in NumPy: the course's sines by loop, rotation, tables, and the two "dog" sentences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.scratch import (
    MultiHeadAttention,
    PositionalEncoding,
    PositionEmbedding,
    RotaryEmbedding,
    gradient_check,
    positional_encoding,
    rotate,
    rotate_back,
)


@pytest.mark.parametrize("d", [1, 4, 7])
def test_sines_by_loop(d):
    PE = positional_encoding(9, d)
    for pos in range(9):
        for n in range(d):
            angle = pos / 10000 ** (n // 2 * 2 / d)
            assert PE[pos, n] == pytest.approx(np.cos(angle) if n % 2 else np.sin(angle))
    np.testing.assert_array_equal(positional_encoding(3, d, start=6), PE[6:])
    np.testing.assert_allclose(positional_encoding(3, d, max_wavelength=1)[2, 0], np.sin(2))


def test_the_same_word_at_two_positions():
    """Row X3: "dog" is word 2 of "AJ's dog is a cutie" (from 1) and word 5 of "AJ looks like a dog"."""
    words = dict(zip(["AJ's", "AJ", "dog", "is", "a", "cutie", "looks", "like"], np.eye(8), strict=True))
    first, second = (np.array([[words[w] for w in s.split()]]) for s in ("AJ's dog is a cutie", "AJ looks like a dog"))
    assert (first[0, 1] == second[0, 4]).all()
    run = PositionalEncoding().forward(first)
    np.testing.assert_allclose(run["positions"][0, 1], positional_encoding(5, 8)[1])
    assert not np.allclose(run.outputs[0, 1], PositionalEncoding().forward(second).outputs[0, 4])


@settings(max_examples=25, deadline=None)
@given(*[st.integers(1, 4)] * 3, st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 2**31))
def test_rotation_keeps_lengths_and_knows_only_distances(batch, steps, half, start, shift, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, batch, steps, 2 * half))
    turned = rotate(x, start)
    np.testing.assert_allclose((turned**2).sum(-1), (x**2).sum(-1))
    np.testing.assert_allclose(rotate_back(turned, start), x, atol=1e-12)
    products = turned @ rotate(y, start).swapaxes(1, 2)
    moved = rotate(x, start + shift) @ rotate(y, start + shift).swapaxes(1, 2)
    np.testing.assert_allclose(products, moved, atol=1e-9)


def test_rotation_by_complex_numbers():
    x = np.random.default_rng(0).normal(size=(5, 6))
    z = x[:, :3] + 1j * x[:, 3:]
    z *= np.exp(1j * np.arange(5)[:, None] / 10000 ** (np.arange(0, 6, 2) / 6))
    np.testing.assert_allclose(rotate(x), np.concatenate([z.real, z.imag], axis=1))


def test_rotary_heads_know_the_order_and_not_the_place():
    x = np.random.default_rng(1).normal(size=(1, 4, 4))
    layer = MultiHeadAttention.random(4, 1, rotary=True)
    plain = MultiHeadAttention(1, layer.W_Q, layer.W_K, layer.W_V, layer.W_O)
    order = [2, 0, 1, 3]
    np.testing.assert_allclose(plain.forward(x[:, order]).outputs, plain.forward(x).outputs[:, order])
    assert not np.allclose(layer.forward(x[:, order]).outputs, layer.forward(x).outputs[:, order], atol=1e-3)
    later = np.concatenate([np.zeros((1, 3, 4)), x], axis=1)
    mask = np.array([[0, 0, 0, 1, 1, 1, 1]], bool)
    np.testing.assert_allclose(layer.forward(later, mask=mask).outputs[:, 3:], layer.forward(x).outputs)


LAYERS = [PositionalEncoding(50), RotaryEmbedding(50), PositionEmbedding.random(6, 4)]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_gradients(layer):
    rng = np.random.default_rng(2)
    x, d = rng.normal(size=(2, 3, 5, 4))

    def f(_):
        run = layer.forward(x)
        back = layer.backward(run, d)
        return (run.outputs * d).sum(), back.gradients | {"x": back.d_x}

    check = gradient_check(f, layer.parameters | {"x": x})
    assert check.ok, check


def test_a_table_has_no_further_positions():
    table = PositionEmbedding.random(4, 2)
    x = np.zeros((1, 3, 2))
    np.testing.assert_array_equal(table.forward(x, start=1).outputs[0], table.E[1:])
    back = table.backward(table.forward(x, start=1), np.ones((1, 3, 2)))
    np.testing.assert_array_equal(back.gradients["E"], [[0, 0], [1, 1], [1, 1], [1, 1]])
    with pytest.raises(ValueError, match=r"x: expected positions from 0 to 3,.* Received: 2 to 4"):
        table.forward(x, start=2)
    with pytest.raises(ValueError, match=r"x: expected the shape \(…, steps, d\) with an even d.*\(2, 3\)"):
        rotate(np.ones((2, 3)))
