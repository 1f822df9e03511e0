"""`load_tunes`: tunes in ABC notation (course row S4: music generation)."""

import difflib
import os
from pathlib import Path

import numpy as np

from kseq.data.arguments import check_counts, check_fractions
from kseq.data.errors import DataError, counted
from kseq.data.few_examples import few_examples
from kseq.data.reviews import bundled_path
from kseq.data.splits import SPLITS
from kseq.data.tunes.abc_files import read_tunes
from kseq.data.tunes.dataset import TuneDataset
from kseq.data.tunes.text import TuneVectorizer, body_text, model_text

TUNES = {"tunes": "tunes in ABC notation that a seeded composer of kseq wrote: reels, jigs, waltzes; the default"}


def load_tunes(
    source=None,
    *,
    batch_size=8,
    max_length=512,
    min_count=1,
    vectorizer=None,
    validation_fraction=0.1,
    test_fraction=0.1,
    seed=0,
):
    """Loads tunes in ABC notation as a `TuneDataset` whose parts go straight into `fit` (S4).

    Files may hold many tunes; line ends may be LF, CRLF or CR; `!` at the end of a line is a line break, `!trill!` a
    decoration; comments and text between the tunes are left aside. Tunes are split as wholes, and equal ones share a
    split.

    Args:
        source: `None` or `"tunes"` (bundled, synthetic), an ABC file, or a folder whose `.abc` files are read. Names
            win over paths: `"./tunes"` is a path.
        batch_size: tunes in a batch.
        max_length: longest row, in tokens; what comes after is cut off, and counted in `.notes`.
        min_count: how often a token must occur in the training split to be part of the vocabulary.
        vectorizer: a `TuneVectorizer` to use instead of making one, such as that of a trained model.
        validation_fraction: share of the tunes that is held out for validation.
        test_fraction: share of the tunes that is held out for the test.
        seed: fixes splits and order.

    Returns:
        A `kseq.data.tunes.dataset.TuneDataset`. Tunes that cannot be read are in `.skipped`, with file, line and
        reason.

    Raises:
        DataError: there is no such file, or no tune in it that can be read.

    Example:

    >>> tunes = load_tunes()
    >>> model.fit(tunes.train, validation_data=tunes.validation, epochs=20)
    """
    check_counts(max_length=max_length, batch_size=batch_size)
    check_counts(optional=True, min_count=min_count)
    fractions = check_fractions(validation_fraction, test_fraction)
    if vectorizer is not None and not isinstance(vectorizer, TuneVectorizer):
        raise TypeError(f"`vectorizer` must be a TuneVectorizer. Received: {type(vectorizer).__name__}")
    name, found = _read(source)
    splits, equal = split_of_tunes(found.tunes, fractions, seed)
    train = [tune for tune, split in zip(found.tunes, splits, strict=True) if split == "train"]
    if not train:
        raise DataError(f"{found.where}: expected tunes for all splits, found {counted(len(found.tunes), 'tune')}")
    if vectorizer is None:
        texts = [model_text(tune) for tune in train]
        vectorizer = TuneVectorizer.fit(texts, train, min_count=min_count, max_length=max_length)
    notes = list(found.notes)
    if equal:
        notes.append(f"{counted(equal, 'tune')} equal to another one; equal tunes share a split")
    empty = [
        split
        for split, fraction in zip(("validation", "test"), fractions, strict=True)
        if fraction and split not in splits
    ]
    if empty:
        notes.append(
            f"nothing for {' and '.join(empty)}: {counted(len(found.tunes), 'tune')} "
            f"({counted(len(found.tunes) - equal, 'different one')}), and one at least must be for training"
        )
    notes += few_examples({split: splits.count(split) for split in SPLITS}, "tune")
    notes += unlearned(found.tunes, splits)
    cut = sum(len(vectorizer.tokenize(model_text(tune))) > vectorizer.max_length for tune in found.tunes)
    if cut:
        notes.append(f"{counted(cut, 'tune')} cut at max_length={vectorizer.max_length} tokens")
    return TuneDataset(
        found.tunes,
        splits,
        vectorizer,
        name=name,
        batch_size=batch_size,
        seed=seed,
        where=found.where,
        skipped=found.skipped,
        notes=notes,
    )


def unlearned(tunes, splits):
    """Remarks on rhythms, metres and keys that only held-out tunes have: the model cannot be asked for them."""
    notes = []
    for noun, name in (("rhythm", lambda t: t.rhythm.lower()), ("metre", lambda t: t.metre_name),
                       ("key", lambda t: t.key.name)):  # fmt: skip
        own = {split: {name(tune) for tune, one in zip(tunes, splits, strict=True) if one == split} for split in SPLITS}
        missing = sorted((own["validation"] | own["test"]) - own["train"] - {""})
        if missing:
            shown = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
            notes.append(f"{counted(len(missing), noun)} in held-out tunes only, unknown to a model: {shown}")
    return notes


def split_of_tunes(tunes, fractions, seed):
    """`(splits, number of tunes equal to an earlier one)`: the split of each tune, drawn from `seed`.

    Args:
        tunes: list of `Tune`s.
        fractions: shares of validation and test.
        seed: integer.
    """
    groups = {}
    for index, tune in enumerate(tunes):
        key = body_text(e for e in tune.elements if e.kind != "break")
        groups.setdefault(key, []).append(index)
    order = list(groups.values())
    order = [order[i] for i in np.random.default_rng(seed).permutation(len(order))]
    splits, place = ["train"] * len(tunes), 0
    for split, fraction in zip(("validation", "test"), fractions, strict=True):
        wanted, taken = round(len(tunes) * fraction), 0
        if fraction and not wanted and len(order) > 2:
            wanted = 1
        while taken < wanted and place < len(order) - 1:
            for index in order[place]:
                splits[index] = split
            taken, place = taken + len(order[place]), place + 1
    return splits, len(tunes) - len(groups)


def _read(source):
    """`(name, TuneFile)` for a name or a path."""
    if not isinstance(source, str | os.PathLike | None):
        raise TypeError(f"`source` must be a name or a path. Received: {type(source).__name__}")
    source = "tunes" if source is None else source
    if source in TUNES:
        return source, read_tunes(bundled_path(f"{source}.abc"))
    path = Path(source).expanduser()
    try:
        if str(source) and path.exists():
            return (path.resolve().name if path.is_dir() else path.stem), read_tunes(path)
    except OSError as error:
        raise DataError(f"{str(source)[:80]!r}: cannot be read ({error.strerror})") from error
    near = difflib.get_close_matches(str(source)[:80].casefold(), TUNES, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    shown = source if 0 < len(str(source)) <= 80 and str(source).isprintable() else repr(str(source)[:80])
    raise DataError(f"{shown}: no such file or folder; {meant}names are {', '.join(TUNES)}")
