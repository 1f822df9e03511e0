"""The steps of attention as a strip of matrices, and positional encodings."""

import numpy as np
import pytest

from kseq.plot import attention_steps, positional_encoding
from kseq.scratch import MultiHeadAttention, attend, scaled_dot_product_attention
from kseq.scratch import positional_encoding as encode

RANDOM = np.random.default_rng(1)
Q, K, V = 1.4 * RANDOM.normal(size=(3, 5, 4))
WORDS = ["the", "cat", "sat", "on", "it"]
RUN = scaled_dot_product_attention(Q, K, V, np.tri(5, dtype=bool))


def drawn(axes):
    """Name → matrix as it is drawn."""
    return {mesh.get_gid(): np.ma.filled(mesh.get_array(), -np.inf) for mesh in axes.collections}


def test_pictures(check_picture):
    check_picture(attention_steps(RUN, WORDS), "attention_steps")
    check_picture(positional_encoding(encode(40, 32)), "positional_encoding")


def test_every_matrix_of_a_run_is_drawn():
    axes = attention_steps(RUN, WORDS, title="one head")
    found = drawn(axes)
    assert list(found) == ["Q", "K", "scores", "scaled", "masked", "weights", "V", "output"]
    for name, matrix in found.items():
        np.testing.assert_allclose(matrix, RUN[name].T if name == "K" else RUN[name])
    numbers = [text.get_text() for text in axes.texts if text.get_gid() == "number"]
    assert len(numbers) == 4 * 20 + 4 * 25 and numbers.count("−∞") == 10
    assert len([patch for patch in axes.patches if patch.get_gid() == "masked"]) == 10
    signs = [text.get_text() for text in axes.texts]
    assert [sign for sign in signs if sign in ("·", "=", "÷√d", "mask", "softmax")] == [
        "·", "=", "÷√d", "mask", "softmax", "·", "="
    ]  # fmt: skip
    assert min(text.get_fontsize() for text in axes.texts if text.get_text()) >= 12


def test_texts_do_not_touch(overlapping):
    for words in (WORDS, ["extraordinary"] * 5):
        axes = attention_steps(RUN, words)
        texts = [t for t in axes.texts if not (t.get_gid() == "token" and t.get_rotation())]
        assert overlapping(axes.figure, texts) == []


def test_steps_of_one_kind_share_their_colours():
    limits = {mesh.get_gid(): mesh.get_clim() for mesh in attention_steps(RUN).collections}
    assert limits["scores"] == limits["scaled"] == limits["masked"] and limits["Q"] == limits["K"]
    assert limits["weights"] == (0, 1) and limits["V"][0] == -limits["V"][1]


def test_a_mask_that_forbids_nothing_is_not_drawn():
    run = scaled_dot_product_attention(Q, K, V)
    assert "masked" not in drawn(attention_steps(run)) and "mask" not in [
        t.get_text() for t in attention_steps(run).texts
    ]


def test_attention_of_a_decoder_to_an_encoder():
    axes = attention_steps(attend(Q[:3], K), ["a", "b", "c"], WORDS)
    found = drawn(axes)
    assert list(found) == ["Q", "K", "scores", "weights", "V", "output"]
    np.testing.assert_array_equal(found["V"], K)
    tokens = [text.get_text() for text in axes.texts if text.get_gid() == "token"]
    assert tokens.count("cat") == 4 and tokens.count("a") == 3  # keys: above K, scores, weights, beside V


def test_one_head_of_one_example():
    x = RANDOM.normal(size=(2, 5, 6))
    run = MultiHeadAttention.random(6, num_heads=2, num_key_value_heads=1).forward(x)
    found = drawn(attention_steps(run, head=1, example=1))
    np.testing.assert_allclose(found["weights"], run["weights"][1, 1])
    np.testing.assert_allclose(found["output"], found["weights"] @ found["V"])
    np.testing.assert_allclose(found["Q"] @ found["K"], found["scores"])
    with pytest.raises(ValueError, match=r"`head` must be a whole number from 0 to 1\. Received: head=2"):
        attention_steps(run, head=2)


def test_large_matrices_are_drawn_without_numbers():
    wide = scaled_dot_product_attention(*RANDOM.normal(size=(3, 20, 32)))
    axes = attention_steps(wide)
    assert not [text for text in axes.texts if text.get_gid() == "number"]
    width, height = axes.figure.get_size_inches()
    assert width <= 17 and height <= 24
    assert [text for text in attention_steps(RUN, values=False).texts if text.get_gid() == "number"] == []


def test_a_long_strip_goes_on_in_the_next_line():
    sizes = [attention_steps(RUN, width=width).figure.get_size_inches() for width in (40, 16, 9)]
    assert sizes[0][0] > sizes[1][0] > sizes[2][0] and sizes[0][1] < sizes[1][1] < sizes[2][1]


@pytest.mark.parametrize(
    ("matrices", "message"),
    [
        ({"Q": Q, "K": K}, "must hold V, scores, weights, output. Received: Q, K"),
        (3, "must be a dictionary of Q, K, V.*Received: int"),
        ({**RUN.values, "K": K[:, :3]}, r"`matrices\['K'\]` must be of shape \(5, 4\).*Received: shape \(5, 3\)"),
        ({**RUN.values, "scores": np.full((5, 5), np.nan)}, r"`matrices\['scores'\]` must be finite. Received: nan"),
        ({**RUN.values, "Q": Q[0]}, r"`matrices\['Q'\]` must be a matrix.*Received: shape \(4,\)"),
    ],
)
def test_bad_matrices_are_named(matrices, message):
    with pytest.raises(ValueError, match=message):
        attention_steps(matrices)


# --- positions ---------------------------------------------------------------------------------------------------


def test_a_positional_encoding_and_its_waves():
    matrix = encode(40, 32)
    axes = positional_encoding(matrix, curves=(0, 6))
    np.testing.assert_array_equal(axes.images[0].get_array(), matrix)
    assert axes.images[0].get_clim() == (-1, 1)
    lines = {line.get_gid(): line for line in axes.figure.axes[1].lines if line.get_gid()}
    assert list(lines) == ["column 0", "column 6"]
    np.testing.assert_allclose(lines["column 0"].get_xdata(), matrix[:, 0])
    assert np.ptp(lines["column 6"].get_xdata() - matrix[:, 6]) < 1e-12  # in a lane of its own
    np.testing.assert_array_equal(lines["column 6"].get_ydata(), np.arange(40))


def test_words_stand_at_their_positions():
    axes = positional_encoding(encode(6, 8), ["AJ", "'s", "dog", "is", "a", "cutie"], curves=())
    assert [text.get_text() for text in axes.get_yticklabels()][2] == "dog  2"
    assert len(axes.figure.axes) == 2  # the colour bar


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"matrix": [1, 2]}, "`matrix` must be of shape"),
        ({"matrix": encode(4, 8), "curves": (8,)}, "`curves` must be columns from 0 to 7. Received: 8"),
        ({"matrix": encode(4, 8), "tokens": ["a"]}, "each of the 4 steps. Received: 1"),
    ],
)
def test_bad_encodings_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        positional_encoding(**arguments)
