"""The bundled reviews: enough of them, balanced, of the right length, and no two alike."""

import re
from collections import Counter, defaultdict
from itertools import combinations

import pytest

from kseq.data import bundled_path, load_reviews
from kseq.data.splits import text_key

SIZES = {"reviews": 1_200, "es": 150, "ru": 150}
NAMES = pytest.mark.parametrize("name", SIZES)


def words(text):
    return re.findall(r"\w+", text.casefold())


def ngrams(text, n):
    found = words(text)
    return {tuple(found[i : i + n]) for i in range(len(found) - n + 1)}


@NAMES
def test_sizes_and_balance(name):
    frame = load_reviews(name).frame
    assert len(frame) >= SIZES[name]
    counts = frame.label.value_counts()
    assert set(counts.index) == {"negative", "positive"}
    assert abs(counts["positive"] - counts["negative"]) <= 0.02 * len(frame)
    assert not load_reviews(name).about.skipped


@NAMES
def test_five_to_forty_words(name):
    sizes = [len(text.split()) for text in load_reviews(name).frame.text]
    assert min(sizes) >= 5
    assert max(sizes) <= 40


@NAMES
def test_domains_are_balanced(name):
    frame = load_reviews(name).frame
    assert frame.domain.nunique() >= 4
    table = frame.groupby(["domain", "label"]).size().unstack()
    assert (table.min(axis=1) >= 0.4 * table.sum(axis=1)).all()


@NAMES
def test_no_near_duplicates(name):
    texts = load_reviews(name).frame.text.tolist()
    grams = [ngrams(text, 3) for text in texts]
    holders = defaultdict(list)
    for index, found in enumerate(grams):
        for gram in found:
            holders[gram].append(index)
    pairs = {pair for found in holders.values() for pair in combinations(found, 2)}
    alike = [(texts[i], texts[j]) for i, j in pairs if len(grams[i] & grams[j]) > 0.3 * len(grams[i] | grams[j])]
    assert alike == []


@NAMES
def test_no_template(name):
    counts = Counter(gram for text in load_reviews(name).frame.text for gram in ngrams(text, 5))
    assert [" ".join(gram) for gram, count in counts.items() if count >= 3] == []


@NAMES
@pytest.mark.parametrize("seed", [0, 1])
def test_no_text_in_two_splits(name, seed):
    dataset = load_reviews(name, seed=seed)
    parts = [{text_key(text) for text in dataset.texts(split)} for split in ("train", "validation", "test")]
    assert sum(map(len, parts)) == len(set().union(*parts)) == len(dataset.frame)
    for split in ("train", "validation", "test"):
        labels = dataset.labels(split)
        assert abs(labels.mean() - 0.5) < 0.05


def test_all_languages_together():
    frame = load_reviews("all").frame
    assert frame.language.value_counts().to_dict() == {
        name: len(load_reviews("reviews" if name == "en" else name).frame) for name in ("en", "es", "ru")
    }
    assert not frame.isna().any().any()


def test_languages_are_apart():
    assert not any(re.search("[а-яё]", text.casefold()) for text in load_reviews("es").frame.text)
    assert all(re.search("[а-яё]", text.casefold()) for text in load_reviews("ru").frame.text)


@pytest.mark.parametrize("file", ["reviews.csv", "reviews_es_ru.csv"])
def test_files_are_plain(file):
    data = bundled_path(file).read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in data
    assert data.decode("utf-8").endswith("\n")
