"""`load_trajectories`: positions over time (course row S1: given its history, where will the ball go?)."""

import difflib
import os
from pathlib import Path

import numpy as np

from kseq.data.arguments import check_counts, check_fractions
from kseq.data.errors import DataError

TRAJECTORIES = {
    "ball": "synthetic: balls that bounce off the walls of a box (row S1); the default",
    "falling": "synthetic: the same with gravity",
}

WHOLE = 5  # tracks from which on whole ones are held out


def load_trajectories(
    source=None,
    *,
    columns=None,
    count=300,
    steps=60,
    noise=0.0,
    context_length=8,
    horizon=5,
    validation_fraction=0.15,
    test_fraction=0.15,
    vectorizer=None,
    batch_size=64,
    seed=0,
):
    """Loads paths as a `TrajectoryDataset` whose parts go straight into `fit`.

    Whole tracks are held out, drawn by `seed`. Where there are fewer than five, each is cut in time: its beginning for
    training, its end for the test.

    Args:
        source: `None` or `"ball"`, `"falling"` (synthetic), or the path of a CSV file with columns `x`, `y` (and `z`),
            `t`, and `track`. Names win over paths: `"./ball"` is a path.
        columns: names of the two or three columns that hold the positions, such as `["lon", "lat"]`; `None`: `x` and
            `y` (and `z`), with `vectorizer` those of its training where the file has them.
        count, steps, noise: number of synthetic balls, positions of each, and the error in each position seen.
        context_length: positions that a model reads.
        horizon: positions that it forecasts at once: 1 is many-to-one, more is many-to-many.
        validation_fraction, test_fraction: share of the tracks (or of the steps) held out.
        vectorizer: a trained model's `PathScaler` to use instead of fitting one; `context_length` and `horizon` are
            then its own.
        batch_size: windows in a batch.
        seed: fixes what is synthetic, the split, and the order of the batches.

    Returns:
        A `kseq.data.trajectories.dataset.TrajectoryDataset`.

    Raises:
        DataError: the file cannot be used: it names line, what was expected and what was found.

    Example:

    >>> balls = load_trajectories("ball")
    >>> model = build_trajectory_model(balls.vectorizer, architecture="gru")
    >>> model.fit(balls.train, validation_data=balls.validation, epochs=10)
    >>> model.continue_path(positions, steps=20)
    """
    from kseq.data.trajectories.dataset import PathScaler, TrajectoryDataset

    check_counts(count=count, steps=steps, context_length=context_length, horizon=horizon, batch_size=batch_size)
    fractions = check_fractions(validation_fraction, test_fraction)
    if vectorizer is not None and not isinstance(vectorizer, PathScaler):
        raise TypeError(f"`vectorizer` must be a kseq PathScaler. Received: {type(vectorizer).__name__}")
    columns = check_columns(columns)
    usual = () if vectorizer is None else vectorizer.columns
    name, where, tracks, notes = _read(source, count, steps, noise, seed, columns, usual)
    if vectorizer is not None:
        context_length, horizon = vectorizer.context_length, vectorizer.horizon
        axes = next(iter(tracks.values())).shape[1]
        if axes != vectorizer.num_values:
            raise DataError(f"{where}: expected positions in {vectorizer.num_values} dimensions, found {axes}")
    parts = _split(tracks, fractions, context_length, seed)
    if len(tracks) < WHOLE and sum(fractions):
        cut = "the one track was" if len(tracks) == 1 else f"the {len(tracks)} tracks were each"
        notes = [*notes, f"{cut} cut in time: the beginning for training, the end for the test"]
    if vectorizer is None:
        vectorizer = PathScaler.fit(parts["train"], context_length=context_length, horizon=horizon)
        vectorizer.columns = tuple(columns or ())
    return TrajectoryDataset(
        parts, vectorizer, name=name, batch_size=batch_size, seed=seed, notes=notes, where=str(where)
    )


def read_tracks(source=None, steps=60, seed=0, columns=None, usual=()):
    """The tracks of a source, whole, for a trained model to go on from: name -> positions `(T, D)`."""
    return _read(source, 3, steps, 0.0, seed, check_columns(columns), usual)[2]


def check_columns(columns):
    """The names of the columns of positions as a list, or `None`."""
    if columns is None:
        return None
    found = [columns] if isinstance(columns, str) else list(columns)
    if len(found) not in (2, 3) or len(set(found)) < len(found):
        raise ValueError(f"`columns` must be the names of two or three columns. Received: columns={columns!r}")
    return found


def _split(tracks, fractions, context_length, seed):
    """Split -> list of `(name, positions, first step that may be a target)`."""
    names = list(tracks)
    if len(names) >= WHOLE:
        order = np.random.default_rng(seed).permutation(len(names))
        held = [max(1, round(share * len(names))) if share else 0 for share in fractions]
        ends = np.cumsum([len(names) - sum(held), *held])
        spans = zip(("train", "validation", "test"), [0, *ends[:-1]], ends, strict=True)
        return {split: [(names[i], tracks[names[i]], 0) for i in sorted(order[a:b])] for split, a, b in spans}
    parts = {"train": [], "validation": [], "test": []}
    for name, path in tracks.items():
        T = len(path)
        train, validation = round((1 - sum(fractions)) * T), round((1 - fractions[1]) * T)
        for split, begin, end in (("train", 0, train), ("validation", train, validation), ("test", validation, T)):
            if end > begin:  # what is read may lie in the part before
                first = max(0, begin - context_length)
                parts[split].append((name, path[first:end], begin - first))
    return parts


def _read(source, count, steps, noise, seed, columns, usual):
    """`(name, where, tracks, notes)` for a name or a path."""
    if not isinstance(source, str | os.PathLike | None):
        raise TypeError(f"`source` must be a name or a path. Received: {type(source).__name__}")
    source = "ball" if source is None else source
    if source in TRAJECTORIES:
        from kseq.data.trajectories.ball import bouncing_balls

        paths = bouncing_balls(count, steps, gravity=source == "falling", noise=noise, seed=seed)
        return source, "kseq's own simulation (synthetic)", {f"ball {n}": path for n, path in enumerate(paths, 1)}, []
    path = Path(source).expanduser()
    try:
        if str(source) and path.exists():
            from kseq.data.trajectories.files import read_trajectories

            return path.stem, path, *read_trajectories(path, columns, usual)
    except OSError as error:
        raise DataError(f"{str(source)[:80]!r}: cannot be read ({error.strerror})") from error
    near = difflib.get_close_matches(str(source)[:80].casefold(), TRAJECTORIES, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    shown = source if 0 < len(str(source)) <= 80 and str(source).isprintable() else repr(str(source)[:80])
    raise DataError(f"{shown}: no such file; {meant}names are {', '.join(TRAJECTORIES)}")
