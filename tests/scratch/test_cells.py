"""The cells without Keras: against central differences, against numbers by hand, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.scratch import (
    ACTIVATIONS,
    GRU,
    LSTM,
    Dense,
    SimpleRNN,
    gradient_check,
    mean_squared_error,
    state_jacobian,
    truncated_bptt,
)
from kseq.scratch.walking import sweeps

CELLS = {
    "SimpleRNN": SimpleRNN.random,
    "LSTM": LSTM.random,
    "GRU": GRU.random,
    "GRU reset before": lambda *args, **options: GRU.random(*args, reset_after=False, **options),
}


@pytest.fixture(params=CELLS)
def make_cell(request):
    def make(*args, **options):
        cell = CELLS[request.param](*args, **options)
        # zero biases hide mistakes
        rng = np.random.default_rng(5)
        for name, array in cell.parameters.items():
            if name.startswith("b"):
                array += rng.normal(scale=0.5, size=array.shape)
        return cell

    return make


def weighted_sum(cell, x, seed=0, **options):
    """A function for `gradient_check`: a random weighting of all outputs, final and initial states and inputs."""
    rng = np.random.default_rng(seed)
    state = [rng.normal(size=(len(x), cell.units)) for _ in cell.state_names]
    d_outputs = rng.normal(size=(*x.shape[:2], cell.units))
    d_state = [rng.normal(size=s.shape) for s in state]

    def f(parameters):
        run = cell.forward(x, state, **options)
        loss = (run.outputs * d_outputs).sum() + sum((s * d).sum() for s, d in zip(run.state, d_state, strict=True))
        back = cell.backward(run, d_outputs, d_state)
        states = {f"state {n}": d for n, d in enumerate(back.d_initial_state)}
        return loss, {**back.gradients, **states, "x": back.d_x}

    return f, {**cell.parameters, "x": x} | {f"state {n}": s for n, s in enumerate(state)}


MASK = np.array([[1, 1, 1, 0, 0], [0, 1, 0, 1, 1], [0, 0, 0, 0, 0]], bool)


@pytest.mark.parametrize("options", [{}, {"mask": MASK}, {"go_backwards": True}, {"go_backwards": True, "mask": MASK}])
def test_gradients_are_the_central_differences(make_cell, options):
    cell = make_cell(3, 2)
    check = gradient_check(*weighted_sum(cell, np.random.default_rng(1).normal(size=(3, 5, 3)), **options))
    assert check.ok, check
    assert set(check.errors) >= {*cell.parameters, "x", "state 0"}


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_activation_knows_its_derivative(make_cell, name):
    cell = make_cell(2, 2, activation=name)
    check = gradient_check(*weighted_sum(cell, np.random.default_rng(2).normal(size=(2, 3, 2))))
    assert check.ok, check


@pytest.mark.parametrize("name", ["hard_sigmoid", "tanh", "linear"])
@pytest.mark.parametrize("cell_class", [LSTM, GRU])
def test_recurrent_activations(cell_class, name):
    cell = cell_class.random(2, 2, recurrent_activation=name)
    check = gradient_check(*weighted_sum(cell, np.random.default_rng(2).normal(size=(2, 3, 2))))
    assert check.ok, check


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(CELLS)), *[st.integers(1, 4)] * 4, st.booleans(), st.integers(0, 2**31), st.booleans())
def test_any_shape(name, batch, steps, d, units, go_backwards, seed, masked):
    rng = np.random.default_rng(seed)
    cell = CELLS[name](d, units, seed=seed)
    mask = rng.random((batch, steps)) < 0.6 if masked else None
    x = rng.normal(size=(batch, steps, d))
    run = cell.forward(x, mask=mask, go_backwards=go_backwards)
    assert run.outputs.shape == (batch, steps, units) and len(run.steps) == steps
    # step by step, in plain sight
    order = range(steps)[::-1] if go_backwards else range(steps)
    state, output = cell.initial_state(batch), np.zeros((batch, units))
    for n, t in enumerate(order):
        new, values = cell.step(x[:, t], state)
        counts = np.ones((batch, 1), bool) if mask is None else mask[:, t, None]
        state = tuple(np.where(counts, a, b) for a, b in zip(new, state, strict=True))
        output = np.where(counts, new[0], output)
        np.testing.assert_allclose(run.outputs[:, n], output, atol=1e-12)
        np.testing.assert_allclose(run.sequence("h")[:, n], state[0], atol=1e-12)
        assert values["h"].shape == (batch, units) and values["x"].shape == (batch, d)
    check = gradient_check(*weighted_sum(cell, x, mask=mask, go_backwards=go_backwards), max_entries=3, seed=seed)
    assert check.ok, check


def test_one_step_back_is_the_way_back_of_one_step(make_cell):
    cell = make_cell(3, 2)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(4, 1, 3))
    state = [rng.normal(size=(4, 2)) for _ in cell.state_names]
    d_state = [rng.normal(size=(4, 2)) for _ in cell.state_names]
    run = cell.forward(x, state)
    back = cell.backward(run, d_state=d_state)
    d_before, d_x, gradients = cell.step_back(d_state, run.steps[0])
    np.testing.assert_allclose(d_before, back.d_initial_state)
    np.testing.assert_allclose(d_x, back.d_x[:, 0])
    for name in cell.parameters:
        np.testing.assert_allclose(gradients[name], back.gradients[name])


def test_d_states_is_the_total_gradient_of_every_state(make_cell):
    """Cut the walk at t and start again from there: ∂L/∂(that state) is the initial state's gradient."""
    cell = make_cell(3, 2)
    rng = np.random.default_rng(4)
    x, d_outputs = rng.normal(size=(2, 6, 3)), rng.normal(size=(2, 6, 2))
    run = cell.forward(x)
    back = cell.backward(run, d_outputs)
    for t in range(5):
        rest = cell.forward(x[:, t + 1 :], run.states[t])
        expected = cell.backward(rest, d_outputs[:, t + 1 :]).d_initial_state
        for name, d in zip(cell.state_names, expected, strict=True):
            own = d_outputs[:, t] if name == "h" else 0
            np.testing.assert_allclose(back.d_states[name][:, t], d + own)
    only = cell.backward(run, d_outputs, states_only=True)
    assert only.gradients == {} and only.d_x is None
    np.testing.assert_array_equal(only.d_states["h"], back.d_states["h"])


def test_jacobian_is_the_numeric_one(make_cell):
    cell = make_cell(3, 2)
    rng = np.random.default_rng(6)
    x_t = rng.normal(size=(2, 3))
    state = np.stack([rng.normal(size=(2, 2)) for _ in cell.state_names])
    J = cell.jacobian(cell.step(x_t, state)[1])
    S, eps = 2 * len(state), 1e-6
    assert J.shape == (2, S, S)
    for j in range(S):
        moved = state.copy()
        moved[j // 2, :, j % 2] += eps
        up = np.concatenate(cell.step(x_t, moved)[0], axis=-1)
        moved[j // 2, :, j % 2] -= 2 * eps
        down = np.concatenate(cell.step(x_t, moved)[0], axis=-1)
        np.testing.assert_allclose(J[:, :, j], (up - down) / (2 * eps), atol=1e-8)
    # of an LSTM, c stood still while h was moved
    np.testing.assert_array_equal(cell.jacobian(cell.step(x_t, state)[1], "h"), J[:, :2, :2])


def test_state_jacobian_is_the_product_of_the_steps(make_cell):
    cell = make_cell(3, 2)
    x = np.random.default_rng(7).normal(size=(3, 6, 3))
    run = cell.forward(x)
    product = np.eye(2 * len(cell.state_names))
    for t in (2, 3, 4):
        product = cell.jacobian(run.steps[t]) @ product
    np.testing.assert_allclose(state_jacobian(cell, run, 4, 1), product, atol=1e-12)
    np.testing.assert_allclose(state_jacobian(cell, run, 4, 1, examples=2), product[2:], atol=1e-12)
    np.testing.assert_array_equal(state_jacobian(cell, run, 2, 2)[0], np.eye(len(product[0])))
    with pytest.raises(ValueError, match=r"-1 <= k <= t < 6. Received: t=6, k=1"):
        state_jacobian(cell, run, 6, 1)


def test_a_masked_step_hands_its_state_on(make_cell):
    cell = make_cell(3, 2)
    mask = np.array([[1, 1, 0, 1], [1, 1, 1, 1]], bool)
    run = cell.forward(np.random.default_rng(8).normal(size=(2, 4, 3)), mask=mask)
    np.testing.assert_array_equal(state_jacobian(cell, run, 2, 1)[0], np.eye(2 * len(cell.state_names)))
    np.testing.assert_allclose(state_jacobian(cell, run, 2, 1)[1], cell.jacobian(run.steps[2])[1])
    np.testing.assert_array_equal(run.outputs[0, 2], run.outputs[0, 1])


def test_truncation_inside_one_run(make_cell):
    """Every step's loss goes back τ steps: the same as starting anew from the state τ steps ago."""
    cell, tau = make_cell(3, 2), 3
    rng = np.random.default_rng(9)
    x, d_outputs = rng.normal(size=(2, 7, 3)), rng.normal(size=(2, 7, 2))
    d_state = [rng.normal(size=(2, 2)) for _ in cell.state_names]
    run = cell.forward(x)
    full = cell.backward(run, d_outputs, d_state)
    for enough in (7, 100):
        same = cell.backward(run, d_outputs, d_state, tau=enough)
        for name in cell.parameters:
            np.testing.assert_array_equal(same.gradients[name], full.gradients[name])
        np.testing.assert_array_equal(same.d_initial_state, full.d_initial_state)

    cut = cell.backward(run, d_outputs, d_state, tau=tau)
    expected = {name: np.zeros_like(a) for name, a in cell.parameters.items()}
    d_x = np.zeros_like(x)
    for t in range(7):
        start = max(0, t - tau + 1)
        part = cell.forward(x[:, start : t + 1], run.states[start - 1] if start else None)
        back = cell.backward(part, d_state=d_state if t == 6 else None, d_last=d_outputs[:, t])
        d_x[:, start : t + 1] += back.d_x
        for name, g in back.gradients.items():
            expected[name] += g
    np.testing.assert_allclose(cut.d_x, d_x, atol=1e-12)
    for name in cell.parameters:
        np.testing.assert_allclose(cut.gradients[name], expected[name], atol=1e-12)
        assert not np.allclose(cut.gradients[name], full.gradients[name])


def test_truncation_with_one_loss_at_the_end_reaches_the_last_steps_only(make_cell):
    cell = make_cell(3, 2)
    x = np.random.default_rng(10).normal(size=(2, 8, 3))
    back = cell.backward(cell.forward(x), d_last=np.ones((2, 2)), tau=2)
    assert (back.d_x[:, :6] == 0).all() and (back.d_x[:, 6:] != 0).all()
    assert all((d == 0).all() for d in back.d_initial_state)
    nothing = cell.backward(cell.forward(x), tau=2)
    assert all((g == 0).all() for g in nothing.gradients.values())


def test_elman_form_is_the_transpose():
    rng = np.random.default_rng(11)
    W_xh, W_hh = rng.normal(size=(3, 4)), rng.normal(size=(3, 3))
    cell = SimpleRNN.from_elman(W_xh, W_hh)
    x, h = rng.normal(size=4), rng.normal(size=3)
    ((h_new,), _) = cell.step(x[None], h[None])
    np.testing.assert_allclose(h_new[0], np.tanh(W_hh @ h + W_xh @ x))
    np.testing.assert_array_equal(cell.W_xh, W_xh)
    np.testing.assert_array_equal(cell.W_hh, W_hh)


def test_starting_weights():
    cell = LSTM.random(5, 4, seed=3)
    np.testing.assert_allclose(cell.U @ cell.U.T, np.eye(4), atol=1e-12)
    np.testing.assert_array_equal(cell.b, np.repeat([0, 1, 0, 0], 4))
    assert np.abs(cell.W).max() <= np.sqrt(6 / (5 + 16))
    np.testing.assert_array_equal(cell.W, LSTM.random(5, 4, seed=3).W)
    assert not np.array_equal(cell.W, LSTM.random(5, 4, seed=4).W)


def test_single_precision_stays_single(make_cell):
    cell = make_cell(3, 2, dtype="float32")
    run = cell.forward(np.ones((2, 4, 3)))
    back = cell.backward(run, run.outputs)
    arrays = [run.outputs, *run.state, back.d_x, *back.gradients.values(), *back.d_states.values()]
    arrays += run.steps[0].values()
    assert {a.dtype for a in arrays} == {np.dtype("float32")}


def test_weights_are_copies_and_huge_numbers_make_no_noise(make_cell, recwarn):
    W = np.ones((1, 4))
    cell = LSTM(W, np.ones((1, 4)))
    cell.W += 1
    assert (W == 1).all()
    run = make_cell(3, 2).forward(np.full((1, 2, 3), 1e6))
    assert np.isfinite(run.outputs).all() and not recwarn.list


def test_an_activation_of_ones_own_goes_forward_only():
    cell = SimpleRNN.random(2, 2, activation=lambda a: a / 2)
    run = cell.forward(np.ones((1, 2, 2)))
    np.testing.assert_allclose(run.steps[0]["h"], run.steps[0]["a"] / 2)
    with pytest.raises(ValueError, match="activation: the way back needs a derivative"):
        cell.backward(run, run.outputs)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda c: c.forward(np.ones((2, 3))),
            r"x: expected the shape \(batch, steps, 3\). Received: .*\(2, 3\)",
        ),
        (lambda c: c.forward(np.ones((2, 5, 4))), r"x: .*\(batch, steps, 3\). Received: x.shape=\(2, 5, 4\)"),
        (lambda c: c.forward(np.ones((2, 0, 3))), r"x: expected at least one step. Received: x.shape=\(2, 0, 3\)"),
        (lambda c: c.forward(np.ones((2, 5, 3)), mask=[[True] * 4] * 2), r"mask: .*\(2, 5\).*mask.shape=\(2, 4\)"),
        (lambda c: c.forward(np.ones((2, 5, 3)), [np.ones((1, 2))] * 2), r"state: .*\(2, 2\).*state.shape=\(1, 2\)"),
        (
            lambda c: c.forward(np.ones((2, 5, 3)), np.ones((2, 2))),
            r"state: expected 2 arrays, h and c, of the shape \(2, 2\). Received: state.shape=\(2, 2\)",
        ),
        (
            lambda c: c.step(np.ones((1, 3)), np.ones(2)),
            r"state: .* h and c, of .*\(1, 2\). Received: state.shape=\(2,\)",
        ),
        (lambda c: c.step(np.ones((1, 3)), (np.ones((1, 2)),)), r"state: .*Received: a tuple of 1$"),
        (lambda c: c.step(np.ones((1, 3)), 0.0), r"state: .*Received: state of type float$"),
        (
            lambda c: GRU.random(3, 2).step(np.ones((1, 3)), np.ones(2)),
            r"state: expected the shape \(1, 2\). Received: state.shape=\(2,\)",
        ),
        (
            lambda c: GRU.random(3, 2).step(np.ones((1, 3)), [np.ones((1, 2))] * 2),
            r"state: expected one array, h, of the shape \(1, 2\). Received: a list of 2$",
        ),
        (lambda c: c.step(np.ones(3), c.initial_state(1)), r"x_t: expected the shape \(batch, 3\)"),
        (lambda c: c.backward(c.forward(np.ones((2, 5, 3))), np.ones((2, 4, 2))), r"d_outputs: .*\(2, 5, 2\)"),
        (lambda c: c.backward(c.forward(np.ones((2, 5, 3))), tau=-3), r"tau: .* Received: tau=-3"),
        (lambda c: c.jacobian(c.forward(np.ones((2, 5, 3))).steps[0], "z"), r"which: .*h, c. Received: which='z'"),
        (lambda c: LSTM(c.W, c.U[:, :-1]), r"U: expected the shape \(2, 8\). Received: U.shape=\(2, 7\)"),
        (lambda c: LSTM(c.W.T, c.U), r"W: expected the shape \(d, 8\). Received: W.shape=\(8, 3\)"),
        (lambda c: LSTM(c.W, c.U, c.b[:3]), r"b: expected the shape \(8,\). Received: b.shape=\(3,\)"),
        (lambda c: LSTM(c.W, c.U, activation="tahn"), r"activation: .*tanh. Received: activation='tahn'"),
        (lambda c: LSTM(c.W, c.U, recurrent_activation=3), r"recurrent_activation: .*Received: recurrent_activation=3"),
    ],
)
def test_errors_name_the_argument(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong(LSTM.random(3, 2))


def test_the_second_bias_of_a_gru_is_in_its_gates_too():
    """z, r = σ(x_t W + b + h_{t-1} U + b′), as the class says."""
    cell = GRU.random(3, 2)
    cell.b[1] = np.arange(6)
    x, h = np.ones((1, 3)), np.full((1, 2), 0.5)
    values = cell.step(x, h)[1]
    a = x @ cell.W + h @ cell.U + np.arange(6)
    np.testing.assert_allclose(values["z"], 1 / (1 + np.exp(-a[:, :2])))
    np.testing.assert_allclose(values["r"], 1 / (1 + np.exp(-a[:, 2:4])))


def test_what_comes_back_is_shown_in_one_line():
    cell = LSTM.random(3, 2)
    run = cell.forward(np.ones((4, 5, 3)), mask=np.ones((4, 5)), go_backwards=True)
    assert repr(run) == ("Run(5 steps: x (4, 5, 3), outputs (4, 5, 2); h (4, 2), c (4, 2), masked, go_backwards)")
    back = repr(cell.backward(run, run.outputs))
    assert back.startswith("Back(gradients: W (3, 8), U (2, 8), b (8,); d_x (4, 5, 3), d_states['h'] (4, 5, 2), ")
    assert "gradients: W (3, 8)" in repr(cell.backward(run)) and "array" not in back
    assert repr(cell.backward(run, states_only=True)).startswith("Back(gradients: none; d_states['h'] ")
    assert repr(Dense.random(3, 2).forward(np.ones((4, 3)))) == "FlatRun(outputs (4, 2), x (4, 3), a (4, 2))"
    chunk = next(truncated_bptt(cell, run.x, run.outputs, mean_squared_error, tau=2))
    assert repr(chunk).startswith("Chunk(0:2, loss ") and repr(chunk).endswith(
        "; outputs (4, 2, 2); gradients: W (3, 8), U (2, 8), b (8,))"
    )


def test_values_that_are_not_finite_go_through():
    x = np.ones((2, 3, 3))
    x[0, 1] = np.nan
    run = LSTM.random(3, 2).forward(x)
    assert np.isnan(run.outputs[0, 1:]).all() and np.isfinite(run.outputs[1]).all()


@pytest.mark.parametrize("tau", [0, -1, 2.0, True, "3"])
def test_bad_tau(tau):
    with pytest.raises(ValueError, match="tau: expected a positive whole number or None"):
        sweeps(5, tau)
    with pytest.raises(ValueError, match="tau: expected"):
        truncated_bptt(LSTM.random(1, 1), np.ones((1, 2, 1)), np.ones((1, 2, 1)), None, tau)
