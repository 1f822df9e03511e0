"""Stacks, both directions, embeddings, losses, chunks, clipping, training: without Keras."""

from itertools import pairwise

import numpy as np
import pytest

from kseq.scratch import (
    GRU,
    LSTM,
    SGD,
    Adam,
    Bidirectional,
    Dense,
    Embedding,
    Last,
    SimpleRNN,
    Stacked,
    binary_cross_entropy,
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
    global_norm,
    gradient_check,
    mean_squared_error,
    softmax_cross_entropy,
    train,
    truncated_bptt,
)


def words_to_classes(top):
    return Stacked([Embedding.random(5, 3), *top])


MODELS = {
    "stacked": lambda: words_to_classes([LSTM.random(3, 2), GRU.random(2, 3), Dense.random(3, 4)]),
    "bidirectional": lambda: words_to_classes(
        [Bidirectional(LSTM.random(3, 2), LSTM.random(3, 2, seed=1)), Dense.random(4, 4, activation="tanh")]
    ),
    "bidirectional sum": lambda: words_to_classes(
        [Bidirectional(GRU.random(3, 2), GRU.random(3, 2, seed=1), "sum"), Dense.random(2, 4)]
    ),
    "bidirectional ave": lambda: words_to_classes(
        [Bidirectional(GRU.random(3, 2), GRU.random(3, 2, seed=1), "ave"), Dense.random(2, 4)]
    ),
    "bidirectional mul": lambda: words_to_classes(
        [Bidirectional(SimpleRNN.random(3, 2), SimpleRNN.random(3, 2, seed=1), "mul"), Dense.random(2, 4)]
    ),
    "bidirectional over stacked cells": lambda: words_to_classes(
        [
            Bidirectional(
                Stacked([LSTM.random(3, 2), GRU.random(2, 2)]), Stacked([LSTM.random(3, 2, 1), GRU.random(2, 2, 1)])
            ),
            Dense.random(4, 4),
        ]
    ),
    "softmax inside": lambda: words_to_classes(
        [SimpleRNN.random(3, 2), Dense.random(2, 3, activation="softmax"), Dense.random(3, 4)]
    ),
}
IDS = np.array([[1, 2, 2, 4], [3, 0, 1, 0]])
MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0]], bool)
CLASSES = np.array([[0, 1, 2, 3], [3, 3, 0, 1]])


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("name", MODELS)
def test_gradients_of_models(name, mask):
    model = MODELS[name]()
    for array in model.parameters.values():
        array *= 3  # away from zero
    masks = {} if mask is None else {"mask": mask}

    def f(parameters):
        run = model.forward(IDS, **masks)
        loss, d_scores = softmax_cross_entropy(run.outputs, CLASSES, **masks)
        return loss, model.backward(run, d_scores).gradients

    check = gradient_check(f, model.parameters)
    assert check.ok, check
    assert set(check.errors) == set(model.parameters) and "0/E" in check.errors


@pytest.mark.parametrize("cell", [SimpleRNN, LSTM, GRU])
@pytest.mark.parametrize("both", [False, True])
def test_many_to_one(cell, both):
    if both:
        layers = [Bidirectional(cell.random(3, 2), cell.random(3, 2, seed=1), return_sequences=False)]
    else:
        layers = [cell.random(3, 4), Last()]
    model = Stacked([*layers, Dense.random(4, 1)])
    x = np.random.default_rng(0).normal(size=(2, 4, 3))
    y = np.array([[0.0], [1.0]])

    def f(parameters):
        run = model.forward(x, mask=MASK)
        loss, d_scores = binary_cross_entropy(run.outputs, y, reduction="sum")
        back = model.backward(run, d_scores)
        return loss, {**back.gradients, "x": back.d_x}

    check = gradient_check(f, {**model.parameters, "x": x})
    assert check.ok, check
    assert model.forward(x).outputs.shape == (2, 1)
    # padding changes nothing
    np.testing.assert_allclose(model.forward(x, mask=MASK).outputs[1], model.forward(x[:, :2]).outputs[1])


def test_a_stack_reads_backwards_and_carries_its_state():
    model = Stacked([LSTM.random(3, 2), GRU.random(2, 2)])
    rng = np.random.default_rng(1)
    x, d = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 5, 2))
    run, flipped = model.forward(x[:, ::-1]), model.forward(x, go_backwards=True)
    np.testing.assert_array_equal(run.outputs, flipped.outputs)
    np.testing.assert_array_equal(model.backward(run, d).d_x[:, ::-1], model.backward(flipped, d).d_x)
    first = model.forward(x[:, :2])
    np.testing.assert_allclose(model.forward(x[:, 2:], first.state).outputs, model.forward(x).outputs[:, 2:])
    last = np.zeros_like(d)
    last[:, -1] = d[:, -1]
    np.testing.assert_array_equal(model.backward(run, d_last=d[:, -1]).d_x, model.backward(run, last).d_x)
    # the state's gradient comes in at the end and out at the beginning
    ones = [tuple(np.ones((2, 2)) for _ in layer.state_names) for layer in model.layers]
    back = model.backward(run, d_state=ones)
    assert [len(s) for s in back.d_initial_state] == [2, 1] and set(back.d_states) == {"0/h", "0/c", "1/h"}


def test_losses_say_mean_or_sum():
    scores = np.array([[[1.0, 2.2, -3.0, 4.1], [0.5, 0.3, -1.0, 1.2], [0.1, 0.5, 1.9, -1.1], [0.2, -1.5, -0.1, 2.2]]])
    targets = np.array([[1, 2, 2, 3]])
    mean, d_mean = softmax_cross_entropy(scores, targets)
    total, d_total = softmax_cross_entropy(scores, targets, reduction="sum")
    assert mean == pytest.approx(1.397, abs=5e-4)  # the deck's "hello" scores, row R3
    assert total == pytest.approx(4 * mean)
    np.testing.assert_allclose(d_total, 4 * d_mean)
    one_hot = softmax_cross_entropy(scores, np.eye(4)[targets])
    assert one_hot[0] == pytest.approx(mean)
    np.testing.assert_allclose(one_hot[1], d_mean)
    only_last, d_last = softmax_cross_entropy(scores, targets, mask=[[False, False, False, True]])
    assert only_last == pytest.approx(softmax_cross_entropy(scores[:, -1], targets[:, -1])[0])
    assert (d_last[:, :3] == 0).all() and (d_last[:, 3] != 0).all()
    assert softmax_cross_entropy(scores, targets, mask=np.zeros((1, 4), bool))[0] == 0
    assert np.isfinite(softmax_cross_entropy(scores * 1e5, targets)[0])

    y, y_hat = np.array([[[1.0], [3.0]]]), np.array([[[2.0], [1.0]]])
    assert mean_squared_error(y_hat, y)[0] == 2.5
    assert mean_squared_error(y_hat, y, reduction="sum")[0] == 5
    np.testing.assert_array_equal(mean_squared_error(y_hat, y, reduction="sum")[1], [[[2.0], [-4.0]]])
    assert mean_squared_error(y_hat, y, mask=[[True, False]])[0] == 1
    assert binary_cross_entropy(np.zeros((2, 1)), np.ones((2, 1)))[0] == pytest.approx(np.log(2))


@pytest.mark.parametrize("loss", [softmax_cross_entropy, mean_squared_error, binary_cross_entropy])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_gradients_of_losses(loss, reduction):
    rng = np.random.default_rng(2)
    outputs, targets = rng.normal(size=(2, 4, 3)), rng.dirichlet([1, 1, 1], size=(2, 4))

    def f(parameters):
        value, d = loss(outputs, targets, mask=MASK, reduction=reduction)
        return value, {"outputs": d}

    check = gradient_check(f, {"outputs": outputs})
    assert check.ok, check


@pytest.mark.parametrize("layers", [[LSTM], [SimpleRNN, GRU]])
def test_truncated_bptt(layers):
    """Chunks keep the hidden connection: outputs are those of the whole; only the gradient is cut."""
    widths = [3, *[2] * len(layers)]
    model = Stacked([c.random(*pair) for c, pair in zip(layers, pairwise(widths), strict=True)])
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 7, 3)), rng.normal(size=(2, 7, 2))
    mask = np.array([[1] * 7, [1] * 4 + [0] * 3], bool)

    def loss(outputs, targets, mask):
        return mean_squared_error(outputs, targets, mask, reduction="sum")

    run = model.forward(x, mask=mask)
    value, d = loss(run.outputs, y, mask)
    full = model.backward(run, d).gradients
    for tau in (7, 20, None):
        (chunk,) = truncated_bptt(model, x, y, loss, tau, mask=mask)
        assert chunk.loss == pytest.approx(value) and (chunk.start, chunk.stop) == (0, 7)
        for name in full:
            np.testing.assert_array_equal(chunk.gradients[name], full[name])

    chunks = list(truncated_bptt(model, x, y, loss, 3, mask=mask))
    assert [(c.start, c.stop) for c in chunks] == [(0, 3), (3, 6), (6, 7)]
    # (a chunk without a step that counts gives zeros, like any run)
    np.testing.assert_allclose(np.concatenate([c.outputs for c in chunks], axis=1)[mask], run.outputs[mask])
    assert sum(c.loss for c in chunks) == pytest.approx(value)
    for name in full:
        assert not np.allclose(sum(c.gradients[name] for c in chunks), full[name])
    for s, expected in zip(chunks[-1].state, run.state, strict=True):
        np.testing.assert_allclose(s, expected)


def test_truncated_bptt_learns_between_the_chunks_and_refuses_both_directions():
    x = np.random.default_rng(4).normal(size=(1, 40, 1))
    y = np.cumsum(x, axis=1) / 4
    model, optimizer = Stacked([SimpleRNN.random(1, 6), Dense.random(6, 1)]), Adam(0.02)
    losses = []
    for _ in range(40):
        for chunk in truncated_bptt(model, x, y, mean_squared_error, tau=5):
            optimizer.update(model.parameters, clip_by_global_norm(chunk.gradients, 1.0))
            losses.append(chunk.loss)
    assert np.mean(losses[-8:]) < 0.1 * np.mean(losses[:8])
    both = Stacked([Bidirectional(LSTM.random(1, 2), LSTM.random(1, 2))])
    with pytest.raises(ValueError, match="model: a bidirectional layer"):
        truncated_bptt(both, x, y, mean_squared_error, 5)
    with pytest.raises(ValueError, match=r"targets: .*\(1, 40\).*Received: targets.shape=\(1, 39, 1\)"):
        truncated_bptt(model, x, y[:, 1:], mean_squared_error, 5)


def test_clipping():
    gradients = {"a": np.array([3.0, -4.0]), "b": np.array([[12.0]])}
    assert global_norm(gradients) == 13
    by_value = clip_by_value(gradients, 3.5)
    np.testing.assert_array_equal(by_value["a"], [3.0, -3.5])
    np.testing.assert_array_equal(by_value["b"], [[3.5]])
    by_norm = clip_by_norm(gradients, 10)
    np.testing.assert_array_equal(by_norm["a"], [3.0, -4.0])
    np.testing.assert_allclose(by_norm["b"], [[10.0]])
    together = clip_by_global_norm(gradients, 6.5)
    np.testing.assert_allclose(together["a"], [1.5, -2.0])
    np.testing.assert_allclose(together["b"], [[6.0]])
    np.testing.assert_array_equal(clip_by_global_norm(gradients, 100)["a"], gradients["a"])
    np.testing.assert_array_equal(gradients["a"], [3.0, -4.0])
    assert clip_by_norm({"a": np.zeros(2, "float32")}, 1)["a"].dtype == "float32"
    for clip in (clip_by_value, clip_by_norm, clip_by_global_norm):
        with pytest.raises(ValueError, match=r"limit: expected a number above 0. Received: limit=0"):
            clip(gradients, 0)


@pytest.mark.parametrize("cell", [SimpleRNN, LSTM, GRU])
def test_hello(cell):
    """Row R3: four letters, one-hot in the order h, e, l, o; from "hell" to "ello"."""
    letters = "helo"
    x = np.eye(4)[[letters.index(c) for c in "hell"]][None]
    targets = np.array([[letters.index(c) for c in "ello"]])
    model = Stacked([cell.random(4, 3), Dense.random(3, 4)])
    losses = train(model, x, targets, softmax_cross_entropy, Adam(0.1), steps=100)
    said = "".join(letters[i] for i in model.forward(x).outputs[0].argmax(axis=-1))
    assert said == "ello" and losses[-1] < 0.05 < losses[0]
    # the same input, l, with two answers: without memory the loss cannot fall below ½·log 2
    alone = Stacked([Dense.random(4, 4)])
    assert train(alone, x, targets, softmax_cross_entropy, Adam(0.1), steps=100)[-1] > 0.5 * np.log(2) - 1e-9


@pytest.mark.parametrize("cell", [SimpleRNN, LSTM, GRU])
def test_price_table(cell):
    """Row R4: ten days; each day's target is the next day's price."""
    prices = np.array([0.5, 0.17, 0, 0.67, 0.33, 0.17, 0.83, 0.5, 0, 1.0])
    x, y = prices[None, :-1, None], prices[None, 1:, None]
    last_value = mean_squared_error(x, y)[0]
    model = Stacked([cell.random(1, 8), Dense.random(8, 1)])
    losses = train(
        model, x, y, mean_squared_error, Adam(0.03), 300, clip=lambda gradients: clip_by_global_norm(gradients, 1.0)
    )
    assert losses[-1] < 0.01 * last_value


def test_training_with_a_mask_and_plain_gradient_descent():
    model = words_to_classes([LSTM.random(3, 8), Dense.random(8, 4)])
    losses = train(model, IDS, CLASSES, softmax_cross_entropy, SGD(0.5, momentum=0.9), steps=100, mask=MASK)
    assert losses[-1] < 0.1 * losses[0]


def test_gradient_check_finds_the_wrong_entry():
    cell = SimpleRNN.random(2, 3)
    x = np.random.default_rng(5).normal(size=(2, 4, 2))

    def f(parameters, wrong=True):
        run = cell.forward(x)
        loss, d = mean_squared_error(run.outputs, np.ones_like(run.outputs))
        gradients = cell.backward(run, d).gradients
        gradients["W_A"][1, 2] += 0.01 * wrong
        return loss, gradients

    before = cell.W_A.copy()
    check = gradient_check(f, cell.parameters)
    assert not check.ok and check.worst[:2] == ("W_A", (1, 2))
    assert check.worst[2] - check.worst[3] == pytest.approx(0.01, rel=1e-4)
    assert check.errors["W_X"] < 1e-6 < check.errors["W_A"]
    assert "WRONG" in repr(check) and "W_A[1, 2]" in repr(check)
    np.testing.assert_array_equal(cell.W_A, before)
    assert gradient_check(lambda p: f(p, wrong=False), cell.parameters).ok
    some = gradient_check(lambda p: f(p, wrong=False), cell.parameters, max_entries=2)
    assert some.checked == {"W_X": 2, "W_A": 2, "b_A": 2}


def test_gradient_check_in_single_precision():
    cell = GRU.random(2, 3, dtype="float32")
    x = np.random.default_rng(5).normal(size=(2, 4, 2))

    def f(parameters):
        run = cell.forward(x)
        loss, d = mean_squared_error(run.outputs, np.ones_like(run.outputs))
        return loss, cell.backward(run, d).gradients

    assert gradient_check(f, cell.parameters).ok


def test_gradient_check_says_what_is_not_finite():
    theta = {"w": np.array([1.0, 2.0])}
    with pytest.raises(ValueError, match=r"f: expected a finite loss. Received: loss=nan before anything was moved"):
        gradient_check(lambda p: (np.nan, p), theta)
    with pytest.raises(ValueError, match=r"Received: loss=inf with w\[1\] = 2.0"):
        gradient_check(lambda p: (np.inf if p["w"][1] > 2 else 0.0, {"w": np.zeros(2)}), theta)
    assert theta["w"][1] == 2  # put back all the same
    check = gradient_check(lambda p: (p["w"].sum(), {"w": np.array([1.0, np.nan])}), theta)
    assert not check.ok and check.worst[:2] == ("w", (1,)) and "nan by the backward pass" in repr(check)
    with pytest.raises(ValueError, match=r"f: expected a gradient for 'w' of the shape \(2,\). Received: only v"):
        gradient_check(lambda p: (0.0, {"v": 1}), theta)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Embedding.random(5, 2).forward([[5]]), "ids: expected whole numbers from 0 to 4. Received: 5 to 5"),
        (lambda: Embedding.random(5, 2).forward([[-1, 2]]), "ids: .*Received: -1 to 2"),
        (lambda: Embedding.random(5, 2).forward([[0.5]]), "ids: .*float64"),
        (lambda: Dense.random(3, 2).forward(np.ones((4, 2))), r"x: expected the shape \(batch, 3\)"),
        (lambda: Stacked([]), "layers: expected at least one"),
        (
            lambda: Stacked([LSTM.random(1, 1)]).forward(np.ones((1, 1, 1)), ()),
            "state: expected one entry",
        ),
        (lambda: Bidirectional(None, None, "add"), "merge_mode: .*Received: merge_mode='add'"),
        (lambda: softmax_cross_entropy(np.ones((1, 3)), np.array([3])), "targets: .*from 0 to 2. Received: 3 to 3"),
        (lambda: softmax_cross_entropy(np.ones((1, 3)), np.array([0, 1])), r"targets: .*\(1,\) or \(1, 3\)"),
        (lambda: mean_squared_error(np.ones((1, 3)), np.ones(3)), r"targets: expected the shape \(1, 3\)"),
        (lambda: mean_squared_error(np.ones((1, 3)), np.ones((1, 3)), reduction="max"), "reduction: .*'max'"),
        (
            lambda: SGD().update({"w": np.ones(2)}, {"w": np.ones(3)}),
            r"gradients: .*\(2,\). Received: shape \(3,\)",
        ),
        (lambda: Adam().update({"w": np.ones(2)}, {}), "gradients: expected one for 'w'"),
        (lambda: gradient_check(lambda p: (0.0, {}), {}), "params: expected at least one array"),
        (lambda: checked((0.0, {"w": [1]}), int), "params: expected arrays of floats. Received: w of dtype int64"),
        (lambda: gradient_check(lambda p: (0.0, p), {"w": [1.0]}), "params: .*Received: w of type list"),
        (lambda: checked(0.5), r"f: expected it to return \(loss, gradients\). Received: returned of type float"),
        (lambda: checked(np.float64(0.5)), r"f: .*Received: returned of type float64"),
        (lambda: checked((0.5, {}, 1)), r"f: .*Received: a tuple of 3"),
        (lambda: checked((np.ones(2), {})), r"f: .*one number. Received: loss.shape=\(2,\); take its mean or sum"),
        (lambda: checked((None, {})), "f: .*one number. Received: loss of type NoneType"),
        (lambda: checked((0.5, [1.0])), "f: expected a dict name -> gradient. Received: a list of 1"),
    ],
)
def test_errors_name_the_argument(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def checked(returned, dtype=float):
    """A gradient check of a function that returns just that."""
    return gradient_check(lambda p: returned, {"w": np.ones(1, dtype)})


def test_importing_loads_no_keras(new_process):
    code = (
        "import sys, kseq.scratch as s; [getattr(s, name) for name in s.__all__]; "
        "print([m for m in ('keras', 'tensorflow', 'jax', 'torch', 'pandas', 'matplotlib') if m in sys.modules])"
    )
    assert new_process(code).strip() == "[]"


def test_files_are_short_enough_to_read_in_class(checkout):
    lengths = {p.name: len(p.read_text("utf-8").splitlines()) for p in (checkout / "kseq" / "scratch").glob("*.py")}
    assert lengths and max(lengths.values()) < 250, lengths


def test_no_module_hides_a_name():
    import pkgutil

    from kseq import scratch

    assert not {m.name for m in pkgutil.iter_modules(scratch.__path__)} & set(scratch.__all__)
