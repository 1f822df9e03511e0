"""`load_reviews`: labelled texts for sentiment analysis (course row S3: many-to-one)."""

import difflib
import os
from pathlib import Path

from kseq.data.arguments import check_fractions
from kseq.data.characters import CharacterVectorizer
from kseq.data.errors import DataError
from kseq.data.vectorizer import TextVectorizer
from kseq.data.words import WordVectorizer

DATASETS = {
    "reviews": "1,920 English reviews (food, films, products, travel) written for this course; the default",
    "es": "Spanish reviews written for this course",
    "ru": "Russian reviews written for this course",
    "all": "the English, Spanish and Russian reviews together, for one model that reads three languages",
    "contrast": "synthetic pairs: the same words in another order mean the opposite; word order decides",
    "imdb": "50,000 film reviews in English (download, 17 MB, through Keras's own cache)",
}


def bundled_path(file):
    """The path of a file that comes with kseq: `kseq/_datasets` when installed, `datasets/` in a checkout."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_datasets", package.parent / "datasets"):
        if (folder / file).is_file():
            return folder / file
    raise DataError(f"{file}: expected among the bundled data of kseq, found nothing; is kseq installed completely?")


def load_reviews(
    source=None,
    *,
    seed=0,
    batch_size=32,
    tokens="word",
    max_tokens=20_000,
    min_count=1,
    max_length=256,
    vectorizer=None,
    validation_fraction=0.1,
    test_fraction=0.2,
):
    """Loads labelled texts as a `Dataset` whose parts go straight into `fit`.

    Args:
        source: `None` or `"reviews"` (bundled, English), `"es"`, `"ru"`, `"all"` (bundled), `"contrast"`
            (synthetic), `"imdb"` (download), or the path of your own data: a table of texts and labels, a folder
            or a file per class, or a folder with train, dev and test files; the format is recognised from the
            content. Names win over paths: `"./imdb"` is a path.
        seed: fixes the split, the order of the batches and what is synthetic.
        batch_size: rows in a batch.
        tokens: `"word"` or `"character"`.
        max_tokens: largest vocabulary, the two reserved ids included.
        min_count: how often a token must occur in the training split to be part of the vocabulary.
        max_length: tokens kept of a text; the number of texts cut is part of `describe()`. `None`: all.
        vectorizer: a text vectorizer whose vocabulary is used instead of making one, such as that of the text a
            model was pre-trained on (row L2); `tokens`, `max_tokens` and `min_count` are then its own. The
            dataset's vectorizer is a copy of it with the classes of this data.
        validation_fraction, test_fraction: share of rows held out where the data is not split already.

    Returns:
        A `kseq.data.Dataset`.

    Example:

    >>> reviews = load_reviews()
    >>> model.fit(reviews.train, validation_data=reviews.validation, epochs=5)
    """
    if tokens not in ("word", "character"):
        raise ValueError(f"`tokens` must be 'word' or 'character'. Received: tokens={tokens!r}")
    fractions = check_fractions(validation_fraction, test_fraction)
    if vectorizer is not None and not isinstance(vectorizer, TextVectorizer):
        raise TypeError(f"`vectorizer` must be a kseq text vectorizer. Received: {type(vectorizer).__name__}")
    from kseq.data.assembly import assemble
    from kseq.data.dataset import Dataset

    name, where, data = _read("reviews" if source is None else source, seed)
    frame, labels, about = assemble(data, where, fractions, seed)
    if vectorizer is None:
        kind = WordVectorizer if tokens == "word" else CharacterVectorizer
        texts = frame.text[frame.split == "train"].tolist()
        limits = {"max_tokens": max_tokens, "min_count": min_count, "max_length": max_length}
        vectorizer = kind.fit(texts, labels=labels, **limits)
    else:
        vectorizer = vectorizer.with_labels(labels, max_length)
    return Dataset(frame, vectorizer, name=name, batch_size=batch_size, seed=seed, about=about)


def _read(source, seed):
    """`(name, where, kseq.data.sources.Source)` for a name or a path."""
    from kseq.data.sources import read_source

    if not isinstance(source, str | os.PathLike):
        raise TypeError(f"`source` must be a name or a path. Received: {type(source).__name__}")
    if source == "reviews":
        path = bundled_path("reviews.csv")
        return source, path, read_source(path)
    if source in ("es", "ru", "all"):
        path = bundled_path("reviews_es_ru.csv")
        data = read_source(path)
        if source == "all":
            for split, table in read_source(bundled_path("reviews.csv")).tables:
                table.extra["language"] = ["en"] * len(table.texts)
                data.tables.append((split, table))
            return source, path.parent, data
        data.tables = [(split, table.where("language", source)) for split, table in data.tables]
        return source, path, data
    if source == "contrast":
        from kseq.data.contrast import contrast_source

        return source, "kseq's own grammar (synthetic)", contrast_source(seed=seed)
    if source == "imdb":
        from kseq.data.imdb import imdb_source

        return source, "keras.datasets.imdb", imdb_source()
    path = Path(source).expanduser()
    try:
        if str(source) and path.exists():
            return path.stem or path.resolve().stem, path, read_source(path)
    except OSError as error:
        raise DataError(f"{str(source)[:80]!r}: cannot be read ({error.strerror})") from error
    near = difflib.get_close_matches(str(source)[:80].casefold(), DATASETS, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    shown = source if 0 < len(str(source)) <= 80 and str(source).isprintable() else repr(str(source)[:80])
    raise DataError(f"{shown}: no such file or folder; {meant}names are {', '.join(DATASETS)}")
