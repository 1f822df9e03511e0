"""The IMDB film reviews through Keras's own downloader and cache, turned back into words."""

import socket
from pathlib import Path

from kseq.data.errors import DataError
from kseq.data.sources import Source
from kseq.data.tables import Table

_OFFSET = 3  # keras.datasets.imdb shifts word indices: 0 is padding, 1 the start of a review, 2 an unknown word
_PATIENCE = 20  # seconds to wait for the network


def imdb_source():
    """The 50,000 reviews as a `kseq.data.sources.Source` with the published train and test parts."""
    from kseq.backend.quiet import import_keras

    imdb = import_keras().datasets.imdb
    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE)
    try:
        parts = imdb.load_data(start_char=None, oov_char=None, index_from=_OFFSET)
        word_index = imdb.get_word_index()
    except Exception as error:  # Keras raises a plain Exception when a download fails
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            "imdb could not be downloaded and is not in Keras's cache; 'reviews', 'contrast', 'es', 'ru' and your "
            f"own files work offline ({reason})"
        ) from error
    finally:
        socket.setdefaulttimeout(patience)
    words = {index + _OFFSET: word for word, index in word_index.items()}
    tables = []
    for split, (rows, labels) in zip(("train", "test"), parts, strict=True):
        texts = [" ".join([words[i] for i in row if i in words]) for row in rows]
        table = Table(Path(f"imdb-{split}"), "words", "UTF-8", lines=list(range(1, len(texts) + 1)))
        table.texts, table.labels = texts, [str(int(label)) for label in labels]
        tables.append((split, table))
    note = "Keras keeps these reviews in lower case and without punctuation"
    return Source("ready split, word indices decoded", tables, [note])
