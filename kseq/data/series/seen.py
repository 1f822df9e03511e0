"""What a model has seen of its series, kept in its scaler, so that nobody scores it on what it was trained on."""

import numpy as np

from kseq.data.errors import counted

SAMPLES = 12  # values of the training part by which a series is known again


def seen_of(series, cuts):
    """`name -> what was seen`, for `SeriesScaler.seen`; plain numbers and texts, so that it can be saved.

    Args:
        series: list of `kseq.data.series.values.Series`.
        cuts: `(end of training, end of validation)` of each, in steps.
    """
    found = {}
    for one, (train, validation) in zip(series, cuts, strict=True):
        real = np.flatnonzero(~np.isnan(one.values[:train]))
        places = np.unique(real[np.linspace(0, len(real) - 1, SAMPLES).round().astype(int)]) if len(real) else real
        found[one.name] = {
            "test_size": len(one) - validation,
            "validation_size": validation - train,
            "trained_until": str(one.dates[train - 1]),
            "validated_until": str(one.dates[validation - 1]),
            "samples": {str(one.dates[place]): float(one.values[place]) for place in places},
        }
    return found


def own_sizes(scaler, name):
    """`(test_size, validation_size)` of the series in training; `(None, None)` where that is not known."""
    seen = scaler.seen_in(name) or {}
    return seen.get("test_size"), seen.get("validation_size")


def check_unseen(scaler, dataset, split):
    """Refuses to score a split of which the model has seen a part.

    What counts is the time of a step (or its number) and that the values are those of the training: other data of the
    same time is fine. The training split may always be scored: whoever asks for it knows.

    Args:
        scaler: the `SeriesScaler` of the model.
        dataset: the `SeriesDataset` that is scored.
        split: name of the split.

    Raises:
        ValueError: the split reaches into what was trained on; for the test, into what was validated on.
    """
    if split == "train":
        return
    for number, one in enumerate(dataset.series):
        seen = scaler.seen_in(one.name)
        begin, end = dataset.span(number, split)
        if not seen or begin == end or (one.calendar.kind == "step") != seen["trained_until"].isdigit():
            continue
        read = int if one.calendar.kind == "step" else np.datetime64
        dates = one.dates
        limit = read(seen["validated_until" if split == "test" else "trained_until"])
        if dates[begin] > limit or not _same(one, dates, {read(date): v for date, v in seen["samples"].items()}):
            continue
        trained = read(seen["trained_until"])
        verb = "trained" if dates[begin] <= trained else "validated"
        last = trained if verb == "trained" else limit
        fresh = int((dates > limit).sum())
        hint = f"; {counted(fresh, 'step')} of it are new: test_size={fresh}" if fresh else ""
        raise ValueError(
            f"The {split} split of {one.name!r} begins at {_show(dates[begin])}, but the model was {verb} on it up to "
            f"{_show(last)}: such scores say nothing. Load it with vectorizer=model.vectorizer and no sizes, which "
            f"cuts as in training{hint if split == 'test' else ''}"
        )


def _same(one, dates, samples):
    """Whether most of the samples that lie in a series have the value they had."""
    places = [(np.flatnonzero(dates == date), value) for date, value in samples.items()]
    agree = [one.values[place[0]] == value for place, value in places if len(place)]
    return bool(agree) and 2 * sum(agree) > len(agree)


def _show(date):
    from kseq.data.series.dates import show

    return show(date) if isinstance(date, np.datetime64) else f"step {date}"
