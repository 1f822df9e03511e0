"""Training curves: what is drawn is what was given."""

import numpy as np
import pytest

from kseq.plot import training_curves

RUN = {"accuracy": [0.5, 0.7, 0.8], "val_accuracy": [0.5, 0.6, 0.6], "loss": [0.7, 0.5, 0.4]}


def test_draws_training_and_validation():
    axes = training_curves(RUN, baselines={"bag of words": 0.65})
    lines = {line.get_label(): line.get_ydata() for line in axes.get_lines()}
    assert list(lines["training"]) == RUN["accuracy"]
    assert list(lines["validation"]) == RUN["val_accuracy"]
    assert set(lines["bag of words"]) == {0.65}
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "accuracy")


def test_several_runs_give_mean_and_band():
    other = {"accuracy": [0.7, 0.9]}  # stopped an epoch earlier
    axes = training_curves([{"accuracy": RUN["accuracy"]}, other])
    (line,) = axes.get_lines()
    np.testing.assert_allclose(line.get_ydata(), [0.6, 0.8])
    assert len(axes.collections) == 1


def test_draws_on_given_axes_without_a_window():
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    assert training_curves(RUN, measure="loss", ax=axes) is axes


def test_a_measure_that_was_not_recorded_is_named():
    with pytest.raises(ValueError, match=r"recorded .accuracy, val_accuracy, loss.*measure='bleu'"):
        training_curves(RUN, measure="bleu")
