"""`load_text`: running text for language models (course rows L1, L2, L4: predict the next token)."""

import difflib
import os
import unicodedata
from pathlib import Path

from kseq.data.arguments import check_counts, check_fractions
from kseq.data.characters import CharacterVectorizer
from kseq.data.errors import DataError
from kseq.data.reviews import bundled_path
from kseq.data.texts.files import read_corpus, read_file
from kseq.data.vectorizer import TextVectorizer

TEXTS = {
    "verse": "140 poems in English written for this course (50 kB)",
    "prose": "a story in English, in fourteen chapters, written for this course (76 kB)",
    "all": "the verse and the prose together; the default",
}
TOKENS = ("character", "word", "subword")
_MAX_TOKENS = {"character": 20_000, "word": 20_000, "subword": 1_000}
_MIN_COUNT = {"character": 1, "word": 2, "subword": 2}
_FURTHEST = 200  # characters that a cut moves back at most to stand between two words


def load_text(
    source=None,
    *,
    tokens="character",
    context_length=64,
    stride=None,
    batch_size=32,
    glob=None,
    max_tokens=None,
    min_count=None,
    lowercase=False,
    vectorizer=None,
    validation_fraction=0.1,
    test_fraction=0.1,
    seed=0,
    steps_per_epoch=None,
    stateful=False,
):
    """Loads running text as a `TextDataset` whose parts go straight into `fit`.

    The text is cut in two places: its beginning is for training, what follows for validation, its end for the
    test. No window reaches over a cut. The files of a folder are joined in an order drawn from `seed`, a blank line
    between them, and the whole is cut in the same way, so at most two files are part of two splits. The verse and
    the prose of `"all"` are cut each for itself.

    Args:
        source: `None` or `"all"`, `"verse"`, `"prose"` (bundled), a text file (UTF-8), or a folder of such
            files, folders in it included. Names win over paths: `"./verse"` is a path.
        tokens: `"character"`, `"word"` (words with the space before them, so that generated text reads well) or
            `"subword"` (byte-pair encoding learned from the training split; needs `pip install kseq[subword]`).
        context_length: tokens in a window: how far back a model can look.
        stride: distance between the starts of training windows; `None`: `context_length`, side by side.
        batch_size: windows in a batch.
        glob: which files of a folder to read, such as `"*.py"`; `None`: all that are text.
        max_tokens: largest vocabulary, the two reserved ids included; `None`: 20,000, or 1,000 sub-words.
        min_count: how often a token must occur in the training split to be part of the vocabulary (a pair, to be
            joined to a sub-word). `None`: 1 for characters, else 2: from words that occur once and become unknown,
            a model learns to expect unknown ones.
        lowercase: whether the text is put in lower case.
        vectorizer: a text vectorizer to use instead of making one, such as that of another `TextDataset`;
            `tokens`, `max_tokens`, `min_count` and `lowercase` are then its own.
        validation_fraction, test_fraction: share of the characters held out.
        seed: fixes the order of a folder's files and of the batches.
        steps_per_epoch: batches in a training epoch; `None`: as many as go once through the text.
        stateful: whether the text is laid out in `batch_size` streams, for a model that carries its states from batch
            to batch (R8): row b of a batch goes on where row b of the batch before ended. `stride` and
            `steps_per_epoch` have no meaning then.

    Returns:
        A `kseq.data.TextDataset`.

    Raises:
        DataError: the text cannot be read or is too short.

    Example:

    >>> text = load_text("verse", context_length=64)
    >>> model.fit(text.train, validation_data=text.validation, epochs=5)
    """
    check_counts(context_length=context_length, batch_size=batch_size)
    check_counts(optional=True, stride=stride, steps_per_epoch=steps_per_epoch, min_count=min_count)
    fractions = check_fractions(validation_fraction, test_fraction)
    if stateful and not stride is steps_per_epoch is None:
        raise ValueError(
            "`stateful` reads the text in one go: it takes neither `stride` nor `steps_per_epoch`. "
            f"Received: stride={stride}, steps_per_epoch={steps_per_epoch}"
        )
    if tokens not in TOKENS:
        raise ValueError(f"`tokens` must be one of {', '.join(map(repr, TOKENS))}. Received: tokens={tokens!r}")
    if vectorizer is not None and not isinstance(vectorizer, TextVectorizer):
        raise TypeError(f"`vectorizer` must be a kseq text vectorizer. Received: {type(vectorizer).__name__}")
    from kseq.data.texts.dataset import TextDataset
    from kseq.data.texts.splits import cut_corpora

    name, corpora = _read(source, glob, seed)
    lowercase = lowercase if vectorizer is None else vectorizer.lowercase
    by_character = tokens == "character" if vectorizer is None else isinstance(vectorizer, CharacterVectorizer)
    for corpus in corpora:
        corpus.texts = [_normalise(text, lowercase) for text in corpus.texts]
    pieces = cut_corpora(corpora, fractions, furthest=0 if by_character else _FURTHEST)
    if vectorizer is None:
        train = [piece.text for piece in pieces if piece.split == "train"]
        vectorizer = _kind(tokens).fit(
            ["".join(train)],
            max_tokens=_MAX_TOKENS[tokens] if max_tokens is None else max_tokens,
            min_count=_MIN_COUNT[tokens] if min_count is None else min_count,
            lowercase=lowercase,
        )
    return TextDataset(
        pieces,
        vectorizer,
        name=name,
        context_length=context_length,
        stride=stride,
        batch_size=batch_size,
        seed=seed,
        steps_per_epoch=steps_per_epoch,
        corpora=corpora,
        stateful=stateful,
    )


def _kind(tokens):
    if tokens == "character":
        return CharacterVectorizer
    if tokens == "word":
        from kseq.data.texts.spaced_words import SpacedWordVectorizer

        return SpacedWordVectorizer
    from kseq.data.subwords import SubwordVectorizer

    return SubwordVectorizer


def _normalise(text, lowercase):
    text = text.lower() if lowercase else text
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _read(source, glob, seed):
    """`(name, corpora)` for a name or a path."""
    if not isinstance(source, str | os.PathLike | None):
        raise TypeError(f"`source` must be a name or a path. Received: {type(source).__name__}")
    source = "all" if source is None else source
    if source in TEXTS:
        if glob is not None:
            raise ValueError(f"`glob` is for folders of your own. Received: source={source!r}, glob={glob!r}")
        files = [bundled_path(f"{name}.txt") for name in ("verse", "prose") if source in (name, "all")]
        return source, [read_file(file) for file in files]
    path = Path(source).expanduser()
    try:
        if str(source) and path.exists():
            name = path.resolve().name if path.is_dir() else path.stem
            return name, [read_corpus(path, glob, seed)]
    except OSError as error:
        raise DataError(f"{str(source)[:80]!r}: cannot be read ({error.strerror})") from error
    near = difflib.get_close_matches(str(source)[:80].casefold(), TEXTS, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    shown = source if 0 < len(str(source)) <= 80 and str(source).isprintable() else repr(str(source)[:80])
    raise DataError(f"{shown}: no such file or folder; {meant}names are {', '.join(TEXTS)}")
