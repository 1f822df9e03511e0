"""`load_next_words`: running text as contexts of words and the word that comes next (course rows S3, R5)."""

from kseq.data.arguments import check_counts, check_fractions
from kseq.data.texts.loader import _read
from kseq.data.vectorizer import TextVectorizer

MAX_TOKENS, MIN_COUNT = 20_000, 2


def load_next_words(
    source=None,
    *,
    context_length=16,
    batch_size=32,
    glob=None,
    max_tokens=MAX_TOKENS,
    min_count=MIN_COUNT,
    lowercase=True,
    vectorizer=None,
    validation_fraction=0.1,
    test_fraction=0.1,
    seed=0,
):
    """Loads running text as a `NextWordDataset`: what are the words before, which word comes next?

    The text is cut as in `load_text`: its beginning is for training, what follows for validation, its end for the
    test. Words and punctuation marks are tokens; line ends are none. Every token but the first of a split is once
    what comes next.

    Args:
        source: `None` or `"all"`, `"verse"`, `"prose"` (bundled), a file in UTF-8, or a folder of such files, as in
            `load_text`.
        context_length: words before, at most.
        batch_size: examples in a batch.
        glob: which files of a folder to read, such as `"*.txt"`; `None`: all that are text.
        max_tokens: largest vocabulary, the two reserved ids included.
        min_count: how often a word must occur in the training split to be part of the vocabulary. Others are
            unknown: they may stand in a context, but are never an answer.
        lowercase: whether the text is put in lower case.
        vectorizer: a text vectorizer to use instead of making one, such as that of a trained model.
        validation_fraction, test_fraction: share of the characters held out.
        seed: fixes the order of a folder's files and of the batches, and which training contexts are short.

    Returns:
        A `kseq.data.texts.next_word_dataset.NextWordDataset`.

    Raises:
        DataError: the text cannot be read or is too short.

    Example:

    >>> words = load_next_words("prose", context_length=16)
    >>> model = build_next_word_model(words.vectorizer, architecture="lstm")
    >>> model.fit(words.train, validation_data=words.validation, epochs=5)
    >>> model.complete("All you need is", k=3)
    """
    check_counts(context_length=context_length, batch_size=batch_size)
    check_counts(optional=True, min_count=min_count)
    fractions = check_fractions(validation_fraction, test_fraction)
    if vectorizer is not None and not isinstance(vectorizer, TextVectorizer):
        raise TypeError(f"`vectorizer` must be a kseq text vectorizer. Received: {type(vectorizer).__name__}")
    from kseq.data.texts.next_word_dataset import NextWordDataset
    from kseq.data.texts.splits import cut_corpora
    from kseq.data.words import WordVectorizer

    name, corpora = _read(source, glob, seed)
    pieces = cut_corpora(corpora, fractions, furthest=200)
    if vectorizer is None:
        train = [piece.text for piece in pieces if piece.split == "train"]
        vectorizer = WordVectorizer.fit(train, max_tokens=max_tokens, min_count=min_count, lowercase=lowercase)
    return NextWordDataset(
        pieces,
        vectorizer,
        name=name,
        context_length=context_length,
        batch_size=batch_size,
        seed=seed,
        corpora=corpora,
    )
