"""Remarks on data of which a model knows few words: it may be in another language, or turned round."""

from kseq.data.errors import counted

MOST = 0.5  # share of unknown words from which on the model hardly reads anything


def remark_on_unknown(share, what, question):
    """One line where most of the input is unknown; else `None`.

    Args:
        share: of the words that the vocabulary lacks.
        what: what they are words of, such as `"source words"`.
        question: what may be the reason.
    """
    if share <= MOST:
        return None
    return f"{share:.0%} of the {what} are unknown to the model, so its score says nothing: {question}?"


def without_known_words(count, of):
    """`1 of 2 texts holds no word that the model knows`."""
    return f"{count:,} of {counted(of, 'text')} {'holds' if count == 1 else 'hold'} no word that the model knows"


def share_of(ids, unknown_id):
    """The share of unknown tokens in an array of ids; 0 without any."""
    return float((ids == unknown_id).mean()) if len(ids) else 0.0


def remark_on_unknown_text(dataset, split):
    """The remark on a split of a `TextDataset`."""
    share = share_of(dataset.ids(split), dataset.vectorizer.unknown_id)
    return remark_on_unknown(share, f"{split} tokens", "is it another language or script")


def unknown_share(vectorizer, texts):
    """The share of tokens of texts that a vectorizer does not know; 0 without any."""
    rows = vectorizer.encode_rows(list(texts))
    total = sum(map(len, rows))
    unknown = sum(int(number == vectorizer.unknown_id) for row in rows for number in row)
    return unknown / total if total else 0.0
