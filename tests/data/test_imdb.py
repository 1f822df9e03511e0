"""IMDB through Keras: words come back, and without a network there is one clear line."""

import numpy as np
import pytest

from kseq.data import DataError, load_reviews


def test_words_come_back(monkeypatch):
    from keras.datasets import imdb

    words = {f"word{i}": i for i in range(1, 50)}

    def rows(first):
        # As Keras gives them: word indices shifted by three.
        return np.array([[first + i % 20 + 3, i % 40 + 4] for i in range(40)], dtype=object)

    labels = np.array([0, 1] * 20)

    def load_data(**settings):
        assert settings == {"start_char": None, "oov_char": None, "index_from": 3}
        return (rows(1), labels), (rows(2), labels)

    monkeypatch.setattr(imdb, "load_data", load_data)
    monkeypatch.setattr(imdb, "get_word_index", lambda: words)
    dataset = load_reviews("imdb")
    assert dataset.texts("test")[:2] == ["word2 word1", "word3 word2"]
    assert len(dataset.texts("test")) == 40
    assert dataset.vectorizer.labels == ("negative", "positive")
    assert (dataset.frame.split == "validation").sum() > 0


def test_without_a_network(monkeypatch):
    from keras.datasets import imdb

    def load_data(**_):
        raise Exception("URL fetch failure on https://…: None -- [Errno -2] Name or service not known\nmore")

    monkeypatch.setattr(imdb, "load_data", load_data)
    with pytest.raises(DataError) as error:
        load_reviews("imdb")
    assert "'reviews', 'contrast', 'es', 'ru' and your own files work offline (URL fetch failure" in str(error.value)
    assert "\n" not in str(error.value)
