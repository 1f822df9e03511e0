"""Transformer blocks in NumPy: gradients, what they can see, and whether they learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.scratch import (
    Adam,
    Dense,
    Embedding,
    FeedForward,
    LayerNormalization,
    PositionalEncoding,
    PositionEmbedding,
    Stacked,
    TransformerDecoder,
    TransformerEncoder,
    gradient_check,
    softmax_cross_entropy,
    train,
    truncated_bptt,
)

SETTINGS = {
    "post-norm": {},
    "pre-norm, gelu": {"norm_first": True, "activation": "gelu"},
    "rotary, grouped, no bias": {"rotary": True, "num_key_value_heads": 1, "use_bias": False},
}


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def away_from_zero(layer):
    """Zero biases and norms that do nothing hide mistakes."""
    for n, array in enumerate(layer.parameters.values()):
        array += normal(*array.shape, seed=n) * 0.3
    return layer


def check_gradients(layer, inputs, masks, max_entries=None):
    d_outputs = normal(*inputs["x"].shape, seed=7)

    def f(_):
        run = layer.forward(**inputs, **masks)
        back = layer.backward(run, d_outputs)
        return (run.outputs * d_outputs).sum(), back.gradients | back.d_inputs

    check = gradient_check(f, layer.parameters | inputs, max_entries=max_entries)
    assert check.ok, check
    assert set(check.errors) == {*layer.parameters, *inputs}


@settings(max_examples=12, deadline=None)
@given(*[st.integers(1, 4)] * 3, st.sampled_from(sorted(SETTINGS)), st.booleans(), st.integers(0, 2**31))
def test_gradients_of_the_encoder(batch, steps, intermediate_dim, setting, masked, seed):
    layer = away_from_zero(TransformerEncoder.random(4, 2, intermediate_dim, seed=seed, **SETTINGS[setting]))
    rng = np.random.default_rng(seed)
    masks = {"mask": rng.random((batch, steps)) < 0.7, "attention_mask": rng.random((steps, steps)) < 0.7}
    check_gradients(layer, {"x": normal(batch, steps, 4, seed=seed)}, masks if masked else {}, max_entries=2)


@settings(max_examples=12, deadline=None)
@given(*[st.integers(1, 4)] * 3, st.sampled_from(sorted(SETTINGS)), st.booleans(), st.booleans(), st.integers(0, 2**31))
def test_gradients_of_the_decoder(batch, T, S, setting, cross, masked, seed):
    layer = TransformerDecoder.random(4, 2, 3, d_encoder=5 if cross else None, seed=seed, **SETTINGS[setting])
    rng = np.random.default_rng(seed)
    inputs = {"x": normal(batch, T, 4, seed=seed)}
    masks = {"mask": rng.random((batch, T)) < 0.7} if masked else {}
    if cross:
        inputs["encoder_sequence"] = normal(batch, S, 5, seed=seed + 1)
        masks |= {"encoder_mask": rng.random((batch, S)) < 0.7} if masked else {}
    check_gradients(away_from_zero(layer), inputs, masks, max_entries=2)


def test_every_entry_of_every_gradient():
    layer = away_from_zero(TransformerDecoder.random(4, 2, 3, d_encoder=5, norm_first=True))
    masks = {"mask": [[1, 1, 0], [1, 1, 1]], "encoder_mask": [[1, 0], [0, 0]]}
    check_gradients(layer, {"x": normal(2, 3, 4), "encoder_sequence": normal(2, 2, 5)}, masks)


def test_feed_forward_by_hand():
    x = normal(2, 3, 4)
    layer = away_from_zero(FeedForward.random(4, 5))
    expected = np.maximum(x @ layer.W_1 + layer.b_1, 0) @ layer.W_2 + layer.b_2
    np.testing.assert_allclose(layer.forward(x).outputs, expected)
    check_gradients(layer, {"x": x}, {})


@pytest.mark.parametrize("norm_first", [False, True])
def test_add_and_norm_by_hand(norm_first):
    layer = away_from_zero(TransformerEncoder.random(4, 2, 5, norm_first=norm_first))
    x = normal(2, 3, 4)
    run = layer.forward(x)

    def f(name, x):
        return getattr(layer, name).forward(x).outputs

    for name in ("self_attention", "feed_forward"):
        x = x + f(name, f(f"{name}_norm", x)) if norm_first else f(f"{name}_norm", x + f(name, x))
    np.testing.assert_allclose(run.outputs, x)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_later_step_changes_nothing_earlier(setting):
    decoder = TransformerDecoder.random(4, 2, 8, d_encoder=4, **SETTINGS[setting])
    encoder = TransformerEncoder.random(4, 2, 8, **SETTINGS[setting])
    x, memory = normal(2, 5, 4), normal(2, 3, 4, seed=1)
    other = x.copy()
    other[:, 3:] = normal(2, 2, 4, seed=2)
    same, seen = decoder.forward(x, memory).outputs[:, :3], decoder.forward(other, memory).outputs[:, :3]
    np.testing.assert_array_equal(same, seen)
    assert not np.allclose(encoder.forward(x).outputs[:, :3], encoder.forward(other).outputs[:, :3], atol=1e-3)
    # nor does the gradient of an early step reach a later one
    run = decoder.forward(x, memory)
    d = np.zeros_like(x)
    d[:, 1] = 1, 2, 3, 4
    assert (decoder.backward(run, d).d_x[:, 2:] == 0).all()


@pytest.mark.parametrize("setting", SETTINGS)
def test_padding_changes_nothing(setting):
    decoder = TransformerDecoder.random(4, 2, 8, d_encoder=4, **SETTINGS[setting])
    encoder = TransformerEncoder.random(4, 2, 8, **SETTINGS[setting])
    x, memory = normal(2, 5, 4), normal(2, 4, 4, seed=1)
    mask, encoder_mask = np.arange(5)[None] < [[3], [5]], np.arange(4)[None] < [[2], [4]]
    short = encoder.forward(x[:1, :3]).outputs
    np.testing.assert_allclose(encoder.forward(x, mask).outputs[:1, :3], short, atol=1e-12)
    short = decoder.forward(x[:1, :3], memory[:1, :2]).outputs
    long = decoder.forward(x, memory, mask=mask, encoder_mask=encoder_mask).outputs
    np.testing.assert_allclose(long[:1, :3], short, atol=1e-12)


def test_without_positions_order_is_invisible():
    x, order = normal(2, 5, 4), [3, 0, 4, 1, 2]
    block = TransformerEncoder.random(4, 2, 8)
    np.testing.assert_allclose(block.forward(x[:, order]).outputs, block.forward(x).outputs[:, order])
    model = Stacked([PositionalEncoding(), block])
    assert not np.allclose(model.forward(x[:, order]).outputs, model.forward(x).outputs[:, order], atol=1e-3)


def test_every_matrix_and_every_gradient_has_a_name():
    layer = TransformerDecoder.random(4, 2, 8, d_encoder=4)
    run = layer.forward(normal(2, 5, 4), normal(2, 3, 4))
    back = layer.backward(run, normal(2, 5, 4))
    assert run["self_attention/weights"].shape == (2, 2, 5, 5)
    assert run["cross_attention"]["weights"].shape == run["cross_attention/weights"].shape == (2, 2, 5, 3)
    assert run["feed_forward/hidden"].shape == (2, 5, 8)
    assert run.example(1)["cross_attention/K"].shape == (2, 3, 2)
    lines = repr(run).splitlines()
    assert lines[0] == "TransformerDecoder"
    assert [line for line in lines if line.startswith("  cross_attention/scores ") and line.endswith(" (2, 2, 5, 3)")]
    for name, array in back.matrices().items():
        assert array.shape == run[name].shape
    missing = run.matrices().keys() - back.matrices().keys()
    assert {name.split("/")[-1] for name in missing} == {"mean", "variance"}  # inside one formula
    assert set(back.gradients) == set(layer.parameters)
    np.testing.assert_array_equal(back["self_attention"].gradients["W_Q"], back.gradients["self_attention/W_Q"])


IDS = np.random.default_rng(0).integers(1, 6, size=(48, 6))
LENGTHS = np.random.default_rng(1).integers(2, 7, size=48)
MASK = np.arange(6) < LENGTHS[:, None]


def test_an_encoder_learns_to_read_backwards():
    """Every position must find the one opposite it, in rows of different lengths."""
    reverse = np.array([[*row[:n][::-1], *row[n:]] for row, n in zip(IDS, LENGTHS, strict=True)])
    model = Stacked([PositionEmbedding.random(6, 16), TransformerEncoder.random(16, 2, 32), Dense.random(16, 6)])
    model = Stacked([Embedding.random(6, 16), *model.layers])
    losses = train(model, IDS, reverse, softmax_cross_entropy, Adam(0.01), steps=180, mask=MASK)
    assert losses[-1] < 0.02 < 1.5 < losses[0]
    # without positions it cannot know which one is opposite
    blind = Stacked([model.layers[0], TransformerEncoder.random(16, 2, 32), Dense.random(16, 6)])
    assert train(blind, IDS, reverse, softmax_cross_entropy, Adam(0.01), steps=50, mask=MASK)[-1] > 0.5


def test_a_tiny_gpt_learns_to_copy():
    """Read three letters and a separator, then write the three again: each needs the one four steps before."""
    letters = np.random.default_rng(2).integers(1, 6, size=(96, 3))
    text = np.concatenate([letters, np.zeros((96, 1), int), letters], axis=1)
    x, y = text[:, :-1], text[:, 1:]
    mask = np.arange(6) >= np.full((96, 1), 3)  # what comes before the separator cannot be known
    block = TransformerDecoder.random(16, 2, 32, norm_first=True, rotary=True)
    model = Stacked([Embedding.random(6, 16), block, LayerNormalization.random(16), Dense.random(16, 6)])
    losses = train(model, x, y, lambda o, t: softmax_cross_entropy(o, t, mask), Adam(0.01), steps=150)
    assert losses[-1] < 0.02 < 1.5 < losses[0]
    # it has learned to copy, not these rows: others come out right, too
    new = np.random.default_rng(3).integers(1, 6, size=(64, 3))
    run = model.forward(np.concatenate([new, np.zeros((64, 1), int), new[:, :-1]], axis=1))
    assert (run.outputs[:, 3:].argmax(axis=-1) == new).mean() > 0.9


class Translator:
    """An encoder, and a decoder that looks at it: as a student would put them together."""

    def __init__(self, words, d):
        self.source = Stacked(
            [Embedding.random(words, d), PositionalEncoding(), TransformerEncoder.random(d, 2, 2 * d)]
        )
        self.target = Stacked([Embedding.random(words, d, seed=1), PositionalEncoding()])
        self.decoder = TransformerDecoder.random(d, 2, 2 * d, d_encoder=d)
        self.top = Dense.random(d, words)
        self.parts = {"source": self.source, "target": self.target, "decoder": self.decoder, "top": self.top}

    @property
    def parameters(self):
        return {f"{n}/{name}": a for n, part in self.parts.items() for name, a in part.parameters.items()}

    def forward(self, pair):
        source_ids, target_ids = pair
        self.runs = [self.source.forward(source_ids, mask=MASK), self.target.forward(target_ids)]
        self.runs.append(self.decoder.forward(self.runs[1].outputs, self.runs[0].outputs, encoder_mask=MASK))
        self.runs.append(self.top.forward(self.runs[2].outputs))
        return self.runs[-1]

    def backward(self, run, d_outputs):
        source, target, decoder, top = self.runs
        back_top = self.top.backward(top, d_outputs)
        back = self.decoder.backward(decoder, back_top.d_x)
        back_target = self.target.backward(target, back.d_x)
        back_source = self.source.backward(source, back.d_inputs["encoder_sequence"])
        backs = {"source": back_source, "target": back_target, "decoder": back, "top": back_top}
        back_top.gradients = {f"{n}/{name}": g for n, b in backs.items() for name, g in b.gradients.items()}
        return back_top


def test_an_encoder_and_a_decoder_learn_together():
    """The decoder starts from a constant: what it says, in reverse, can only come through cross-attention."""
    model = Translator(6, 16)
    targets = np.array([[*row[:n][::-1], *row[n:]] for row, n in zip(IDS, LENGTHS, strict=True)])
    pair = IDS, np.zeros_like(IDS)

    def loss(outputs, targets):
        return softmax_cross_entropy(outputs, targets, MASK)

    def f(_):
        run = model.forward(pair)
        value, d = loss(run.outputs, targets)
        return value, model.backward(run, d).gradients

    check = gradient_check(f, model.parameters, max_entries=1)
    assert check.ok, check
    losses = train(model, pair, targets, loss, Adam(0.01), steps=200)
    assert losses[-1] < 0.05 < 1.5 < losses[0]


def test_stacks_and_their_masks():
    model = Stacked([Embedding.random(6, 4), PositionalEncoding(), TransformerEncoder.random(4, 2, 8)])
    run = model.forward(IDS[:4], mask=MASK[:4])
    np.testing.assert_array_equal(run.mask, MASK[:4])
    assert (run.runs[2]["self_attention/weights"][~np.broadcast_to(MASK[:4, None, None], (4, 2, 6, 6))] == 0).all()
    with pytest.raises(ValueError, match="model: attention looks at all steps"):
        truncated_bptt(model, IDS, IDS, softmax_cross_entropy, 2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda: TransformerDecoder.random(4, 2, 8).forward(normal(1, 2, 4), normal(1, 2, 4)),
            r"encoder_sequence: expected no encoder_sequence.* no cross-attention. Received: shape \(1, 2, 4\)",
        ),
        (
            lambda: TransformerDecoder.random(4, 2, 8, d_encoder=4).forward(normal(1, 2, 4)),
            "encoder_sequence: expected one, there is cross-attention. Received: None",
        ),
        (lambda: TransformerEncoder.random(5, 2, 8), "num_heads: expected it to divide d"),
        (
            lambda: TransformerEncoder.random(4, 2, 8).forward(normal(1, 2, 5)),
            r"x: expected the shape \(batch, steps, 4\). Received: x.shape=\(1, 2, 5\)",
        ),
        (
            lambda: TransformerEncoder.random(4, 2, 8).forward(normal(1, 2, 4), mask=[[1, 1, 1]]),
            r"mask: expected the shape \(1, 2\). Received: mask.shape=\(1, 3\)",
        ),
        (lambda: FeedForward.random(4, 8).forward(normal(1, 2, 5)), r"x: expected the shape \(1, 2, 4\)"),
        (lambda: LayerNormalization.random(4).forward(normal(2, 5)), r"x: expected the shape \(2, 4\)"),
    ],
)
def test_errors_name_the_argument(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
