"""Linear regression with a penalty on large weights: the baseline of every forecast, and where networks begin."""

import numpy as np

PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)


def fit_ridge(features, targets, penalty, weights=None):
    """`argmin_W Σ w (targets - [features, 1] W)² + penalty · |W|²`; the constant is not penalised.

    Args:
        features: `(N, F)`.
        targets: `(N, O)`.
        penalty: at least 0.
        weights: `(N, O)`: 0 where a target is missing.

    Returns:
        `(F + 1, O)`; the last row is the constant.
    """
    features = np.concatenate([np.asarray(features, float), np.ones((len(features), 1))], axis=1)
    targets = np.asarray(targets, float)
    ridge = penalty * np.eye(features.shape[1])
    ridge[-1, -1] = 1e-9
    if weights is None or (weights > 0).all():
        return np.linalg.solve(features.T @ features + ridge, features.T @ targets)
    result = np.zeros((features.shape[1], targets.shape[1]))
    for place in range(targets.shape[1]):
        good = weights[:, place] > 0
        some = features[good]
        result[:, place] = np.linalg.solve(some.T @ some + ridge, some.T @ targets[good, place])
    return result


def predict_linear(weights, features):
    """What the weights of `fit_ridge` say, `(N, O)`."""
    return np.asarray(features, float) @ weights[:-1] + weights[-1]


def choose_ridge(train, validation=None):
    """The weights whose penalty does best on validation; of the middle penalty without one.

    Args:
        train, validation: `(features, targets, weights)`.
    """
    if validation is None or not len(validation[0]):
        return fit_ridge(*train[:2], PENALTIES[len(PENALTIES) // 2], train[2])
    fitted = [fit_ridge(*train[:2], penalty, train[2]) for penalty in PENALTIES]
    features, targets, weights = validation
    errors = [np.sum(np.abs(predict_linear(each, features) - targets) * (weights > 0)) for each in fitted]
    return fitted[int(np.argmin(errors))]
