"""Naive guesses that several tasks share: functions `(x, y_train) -> predictions`."""

import numpy as np


def most_frequent(classes):
    """Always the class that is the most frequent one in training, as an array of probabilities.

    Args:
        classes: their number; 1 for the single number of a sigmoid.
    """

    def guess(x, y):
        if classes == 1:
            return np.full((len(x), 1), float(y.mean() > 0.5))
        best = np.bincount(y.ravel()).argmax()
        return np.broadcast_to(np.eye(classes)[best], (len(x), *y.shape[1:], classes))

    return guess


def mean_target(x, y):
    """Always the mean of the training targets."""
    return np.broadcast_to(y.mean(axis=0), (len(x), *y.shape[1:]))
