import pandas as pd
import pytest

from kseq.data import Dataset, WordVectorizer

PRAISE = [f"dish {i} was lovely and the waiter smiled" for i in range(30)]
BLAME = [f"dish {i} was burnt and nobody cared" for i in range(30)]


@pytest.fixture
def rows():
    """Sixty texts with the labels "1" and "0", which hold neither delimiters nor quotes."""
    return [(text, "1") for text in PRAISE] + [(text, "0") for text in BLAME]


@pytest.fixture
def write(tmp_path):
    """Writes a file below a fresh folder, from text or bytes; returns its path."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def small_dataset(num_train=93, num_test=21, batch_size=8, seed=0, shortest=1):
    """Texts of very different lengths whose label says whether "good" is more frequent than "bad"."""
    words = ["good", "bad", "fine", "poor", "film", "plot", "the", "a"]
    texts, state = [], 12345 + seed
    for index in range(num_train + num_test):
        size, text = shortest + (index * 7) % 23, []
        for _ in range(size):
            state = (state * 1103515245 + 12345) % 2**31
            text.append(words[(state >> 16) % len(words)])
        texts.append(" ".join([*text, f"number{index}"]))
    labels = ["positive" if t.count("good") > t.count("bad") else "negative" for t in texts]
    split = ["train"] * num_train + ["test"] * num_test
    frame = pd.DataFrame({"text": texts, "label": labels, "split": split})
    vectorizer = WordVectorizer.fit(texts[:num_train], labels=("negative", "positive"))
    return Dataset(frame, vectorizer, name="small", batch_size=batch_size, seed=seed)


@pytest.fixture
def dataset():
    return small_dataset()
