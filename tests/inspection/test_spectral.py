"""The gradient norm against the spectral radius: against theory."""

import numpy as np
import pytest

from kseq.inspection import spectral_radius_experiment
from kseq.inspection.spectral import recurrent_matrix


@pytest.mark.parametrize("matrix", ["orthogonal", "normal"])
@pytest.mark.parametrize("radius", [0.5, 1.3])
def test_the_matrix_has_the_radius(matrix, radius):
    for seed in range(3):
        W = recurrent_matrix(7, radius, matrix, seed)
        assert np.abs(np.linalg.eigvals(W)).max() == pytest.approx(radius)
    assert not np.array_equal(W, recurrent_matrix(7, radius, matrix, 0))


def test_linear_and_orthogonal_is_exactly_a_power():
    found = spectral_radius_experiment([0.5, 1.0, 1.5], steps=20, units=6, activation="linear")
    assert len(found) == 3 * 3 * 20
    expected = found.radius**found.distance
    np.testing.assert_allclose(found.norm, expected, rtol=1e-9)
    np.testing.assert_allclose(found.largest_singular_value, expected, rtol=1e-9)


def test_linear_and_normal_grows_by_the_radius_in_the_long_run():
    found = spectral_radius_experiment([0.8, 1.2], steps=400, units=6, activation="linear", matrix="normal", seeds=2)
    for (radius, _), rows in found.groupby(["radius", "seed"]):
        norms = rows.set_index("distance").largest_singular_value
        assert (norms[400] / norms[200]) ** (1 / 200) == pytest.approx(radius, rel=0.01)


def test_tanh_only_makes_it_smaller():
    linear, tanh = (
        spectral_radius_experiment([0.5, 1.5], steps=15, units=6, activation=a, seeds=[4]) for a in ("linear", "tanh")
    )
    assert (tanh.largest_singular_value < linear.largest_singular_value).all()
    far = tanh[tanh.distance == 15].set_index("radius").norm
    assert far[0.5] < 1e-3 < far[1.5]


def test_gates_protect():
    """At ρ = 0.5 an LSTM, whose forget gate starts open, keeps far more than a simple RNN."""
    far = {
        cell: spectral_radius_experiment([0.5], steps=30, units=6, cell=cell).query("distance == 30").norm.mean()
        for cell in ("simple_rnn", "lstm", "gru")
    }
    assert far["lstm"] > 1e3 * far["simple_rnn"]
    assert far["gru"] > far["simple_rnn"]


def test_seeds_fix_everything():
    first, again, other = (spectral_radius_experiment([1.0], steps=3, seeds=[s]) for s in (1, 1, 2))
    assert first.equals(again)
    assert not np.allclose(first.norm, other.norm)


@pytest.mark.parametrize(
    "arguments",
    [
        {"radii": []},
        {"radii": [-1.0]},
        {"steps": 0},
        {"units": 2.5},
        {"activation": "tahn"},
        {"cell": "rnn"},
        {"matrix": "identity"},
        {"input_scale": -1},
        {"seeds": 0},
        {"seeds": []},
    ],
)
def test_mistakes(arguments):
    (name,) = arguments
    with pytest.raises(ValueError, match=rf"`{name}` must be .*Received: {name}="):
        spectral_radius_experiment(**{"steps": 2, "units": 2} | arguments)
