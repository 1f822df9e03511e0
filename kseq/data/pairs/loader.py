"""`load_sentence_pairs`: sentences and their translations (course rows S6, Q2, Q5, Q6)."""

import difflib
import os
from pathlib import Path

from kseq.data.arguments import check_counts, check_fractions
from kseq.data.assembly import About
from kseq.data.errors import DataError
from kseq.data.few_examples import few_examples
from kseq.data.pairs.files import read_pairs
from kseq.data.pairs.vectorizer import KINDS, PairVectorizer
from kseq.data.reviews import bundled_path
from kseq.data.splits import SPLITS
from kseq.data.unicode_words import unspaced_script

PAIRS = {
    "en-es": "English and Spanish, written for this course; the default",
    "en-fr": "English and French, written for this course",
    "en-ru": "English and Russian, written for this course: a few, for trying the script",
    "en-th": "English and Thai, written for this course: a few; Thai writes no spaces, so its tokens are characters",
    "grammar": "synthetic English and French: 'the animal … because it was too tired/wide' decides between il and elle",
}
_FEW = 2_000  # pairs, below which every word counts


def load_sentence_pairs(
    source=None,
    *,
    max_words=None,
    max_pairs=None,
    seed=0,
    batch_size=32,
    tokens=None,
    max_tokens=None,
    min_count=None,
    vectorizer=None,
    reverse=False,
    validation_fraction=0.1,
    test_fraction=0.1,
    test_pairs=None,
):
    """Loads sentences and their translations as a `PairDataset` whose parts go straight into `fit`.

    Splits are disjoint in source sentences: all translations of a sentence are in one split, where case, spaces and
    punctuation do not make another sentence.

    Args:
        source: `None` or `"en-es"`, `"en-fr"`, `"en-ru"`, `"en-th"` (bundled), `"grammar"` (synthetic), or your own
            data: a file of pairs with tabs between the columns (two, or three with the attribution, as in
            Tatoeba), such a file as CSV or in a zip archive, two aligned files `("train.en", "train.es")`, or a folder
            with any of these, train/dev/test files included. Names win over paths: `"./grammar"` is a path.
        max_words: longest sentences to keep, in words (stretches between spaces) of either language; `None`: all.
        max_pairs: size of a random sample; a sentence is drawn with all its translations. `None`: all pairs. For
            `"grammar"`: how many pairs are written, 5,000 by default.
        seed: fixes sample, split, the order of the batches and what is synthetic.
        batch_size: pairs in a batch.
        tokens: `"word"`, `"character"` or `"subword"` (needs `pip install kseq[subword]`), or a pair of these, one
            for each language. `None`: words, and characters for a language written without spaces.
        max_tokens: largest vocabulary of a language, reserved ids included; `None`: 20,000, or 4,000 sub-words.
        min_count: how often a token must occur in the training split to be part of a vocabulary. `None`: 2, or 1
            for characters and for fewer than 2,000 training pairs: from words that occur once and become unknown, a
            model learns that unknown words come.
        vectorizer: a `PairVectorizer` to use instead of making one, such as that of a trained model; `tokens`,
            `max_tokens` and `min_count` are then its own.
        reverse: whether to translate from the second column to the first one.
        validation_fraction, test_fraction: share of source sentences held out where the data is not split already.
        test_pairs: number of source sentences of the test split, instead of `test_fraction`.

    Returns:
        A `kseq.data.pairs.dataset.PairDataset`.

    Raises:
        DataError: the data cannot be read; the message names file, line, what was expected and what was found.

    Example:

    >>> pairs = load_sentence_pairs("spa-eng.zip", max_words=12, max_pairs=30_000)
    >>> model.fit(pairs.train, validation_data=pairs.validation, epochs=5)
    """
    check_counts(batch_size=batch_size)
    check_counts(optional=True, max_words=max_words, max_pairs=max_pairs, max_tokens=max_tokens)
    check_counts(optional=True, min_count=min_count, test_pairs=test_pairs)
    fractions = check_fractions(validation_fraction, test_fraction)
    if vectorizer is not None and not isinstance(vectorizer, PairVectorizer):
        raise TypeError(f"`vectorizer` must be a PairVectorizer. Received: {type(vectorizer).__name__}")
    for kind in (tokens,) if isinstance(tokens, str | None) else tokens:
        if kind is not None and kind not in KINDS:
            raise ValueError(f"`tokens` must be one of {', '.join(map(repr, KINDS))}. Received: tokens={tokens!r}")
    from kseq.data.pairs.dataset import PairDataset
    from kseq.data.pairs.rows import collect, divide

    name, where, tables, extra = _read(source, max_pairs, seed)
    rows = collect(tables, extra, where, reverse)
    if extra is not None:
        max_pairs = None
    about = About(str(where), rows.format, rows.encoding, rows.skipped, rows.notes)
    rows = divide(rows, max_words, max_pairs, fractions, test_pairs, seed)
    train = rows.of("train")
    if vectorizer is None:
        tokens = tokens or tuple("character" if unspaced_script(texts) else "word" for texts in train)
        few = tokens in ("character", ("character", "character")) or len(train[0]) < _FEW
        vectorizer = PairVectorizer.fit(
            *train,
            tokens=tokens,
            max_tokens=max_tokens,
            min_count=min_count or (1 if few else 2),
            languages=rows.languages,
        )
    counts = {split: sum(one == split for one in rows.splits) for split in SPLITS}
    about.notes = [*rows.notes, *few_examples(counts, "pair")]
    return PairDataset(
        rows.sources,
        rows.targets,
        rows.splits,
        vectorizer,
        name=name,
        batch_size=batch_size,
        seed=seed,
        extra=rows.extra,
        about=about,
    )


def _read(source, max_pairs, seed):
    """`(name, where, tables, extra columns or None)` for a name, a path or two paths."""
    source = "en-es" if source is None else source
    if isinstance(source, tuple | list):
        if len(source) != 2 or not all(isinstance(path, str | os.PathLike) for path in source):
            raise TypeError(f"`source` must be a name, a path, or two paths of aligned files. Received: {source!r}")
        return Path(source[0]).stem, " and ".join(map(str, source)), read_pairs(source), None
    if not isinstance(source, str | os.PathLike):
        raise TypeError(f"`source` must be a name or a path. Received: {type(source).__name__}")
    if source == "grammar":
        from kseq.data.pairs.grammar import grammar_tables

        tables, extra = grammar_tables(max_pairs or 5_000, seed)
        return source, "kseq's own grammar (synthetic)", tables, extra
    if source in PAIRS:
        from kseq.data.pairs.files import LANGUAGES

        path = bundled_path(f"pairs_{source.replace('-', '_')}.tsv")
        tables = read_pairs(path)
        tables[0].languages = tuple(LANGUAGES[code] for code in source.split("-"))
        return source, path, tables, None
    path = Path(source).expanduser()
    try:
        if str(source) and path.exists():
            return path.stem or path.resolve().stem, path, read_pairs(path), None
    except OSError as error:
        raise DataError(f"{str(source)[:80]!r}: cannot be read ({error.strerror})") from error
    near = difflib.get_close_matches(str(source)[:80].casefold(), PAIRS, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    shown = source if 0 < len(str(source)) <= 80 and str(source).isprintable() else repr(str(source)[:80])
    raise DataError(f"{shown}: no such file or folder; {meant}names are {', '.join(PAIRS)}")
