"""Many possible futures: forecasts that feed back, with remembered errors added, and what they say together."""

import numpy as np

LEVELS = (0.8, 0.95)
COLUMNS = ("median", "lower_80", "upper_80", "lower_95", "upper_95")


def unroll_forecast(model, inputs, known, steps, paths=200, seed=0):
    """Goes on from windows for any number of steps.

    The model forecasts `horizon` steps; they become part of its window, and so on. That is done once without errors,
    and once for each path, with an error that the model made before added to all it says: so uncertainty grows with
    the distance as the model makes it grow.

    Args:
        model: a `ForecastingModel`.
        inputs: `(N, context_length, channels)`, encoded windows.
        known: `(N, steps or more, known)`: what is known in advance.
        steps: how many steps.
        paths: how many futures where the model must feed back; where it need not, all errors are used.
        seed: fixes which errors come after which.

    Returns:
        `(point, futures)`: `(N, steps, V)`, what is said without errors, and `(N, paths, steps, V)`, encoded.
    """
    errors = model.remembered_errors  # (P, H, V)
    H, V = errors.shape[1:]
    blocks = -(-steps // H)
    short = blocks * H - known.shape[1]
    if short > 0 and known.shape[1]:
        known = np.concatenate([known, np.repeat(known[:, -1:], short, axis=1)], axis=1)
    first = model.say(inputs, known[:, :H])
    if blocks == 1:
        return first[:, :steps], (first[:, None] + errors)[:, :, :steps]
    point = _one_path(model, inputs, known, first, blocks, None)
    random = np.random.default_rng(seed)
    if not paths:
        return point[:, :steps], None
    P = min(paths, len(errors))
    N = len(inputs)
    # The same errors for every window: what differs between windows is what the model says.
    drawn = [errors[np.linspace(0, len(errors) - 1, P).round().astype(int)]]
    drawn += [errors[random.permutation(len(errors))[:P]] for _ in range(blocks - 1)]
    drawn = [np.tile(block, (N, 1, 1)) for block in drawn]
    many = [np.repeat(array, P, axis=0) for array in (inputs, known, first)]
    futures = _one_path(model, *many, blocks, drawn)
    return point[:, :steps], futures.reshape(N, P, blocks * H, V)[:, :, :steps]


def _one_path(model, inputs, known, said, blocks, errors):
    """All blocks one after another, `(N, blocks · H, V)`."""
    H = said.shape[1]
    found = []
    for block in range(blocks):
        if block:
            inputs = np.concatenate([inputs, model.new_steps(found[-1], known[:, (block - 1) * H : block * H])], axis=1)
            inputs = inputs[:, H:]
            said = model.say(inputs, known[:, block * H : (block + 1) * H])
        found.append(said if errors is None else said + errors[block])
    return np.concatenate(found, axis=1)


def interval_columns(point, futures):
    """`name -> array` of `COLUMNS`, from the point forecast `(…, S)` and the futures `(…, P, S)`.

    The futures are moved so that half of them lie on either side of the line at each step. A hundred errors that add up
    over many steps have another middle than the line by chance alone; how wide they spread is what is taken from them.
    """
    futures = futures - np.median(futures, axis=-2, keepdims=True) + point[..., None, :]
    found = {"median": point}
    for level in LEVELS:
        low, high = np.quantile(futures, [(1 - level) / 2, (1 + level) / 2], axis=-2)
        found[f"lower_{level * 100:.0f}"], found[f"upper_{level * 100:.0f}"] = low, high
    return found
