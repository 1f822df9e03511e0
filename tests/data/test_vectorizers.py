"""Texts to ids and back, for every script that the course shows (rows T1, T2)."""

import json
import subprocess
import sys
import time
import unicodedata
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data import CharacterVectorizer, DataError, WordVectorizer

BOTH = pytest.mark.parametrize("kind", [WordVectorizer, CharacterVectorizer])
COURSE = ["Neat plot. Great acting.", "Good, cheap food!", "Было сложно, мне понравилось", "¡Qué película tan buena!"]
TEXTS = st.lists(st.text(max_size=40), max_size=6)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Good, cheap food!", ["good", ",", "cheap", "food", "!"]),
        ("Было сложно", ["было", "сложно"]),
        ("¡Qué película!", ["¡", "qué", "película", "!"]),
        ("e\u0301te\u0301", ["été"]),  # decomposed accents
        ("don't DON’T 'quoted'", ["don't", "don't", "'", "quoted", "'"]),
        ("ที่ดี มาก", ["ที่ดี", "มาก"]),  # vowel signs are marks
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("میخواهم می\u200cخواهم", ["میخواهم", "می\u200cخواهم"]),
        ("🙂👍🏽 👨‍👩‍👧", ["🙂", "👍🏽", "👨‍👩‍👧"]),
        ("❤️❤️ 🇪🇸🇷🇺", ["❤️", "❤️", "🇪🇸", "🇷🇺"]),
        ("co\u00adop x\u200by", ["coop", "x", "y"]),
        ("line\u2028one\x85two", ["line", "one", "two"]),
        ("snake_case 3.5", ["snake_case", "3", ".", "5"]),
        ("", []),
    ],
)
def test_words(text, tokens):
    assert WordVectorizer([]).tokenize(text) == tokens


def test_ids_and_reserved_ids():
    vectorizer = WordVectorizer.fit(["b a b", "c b a"], labels=("negative", "positive"))
    assert vectorizer.vocabulary == ["b", "a", "c"]  # by falling count
    assert (vectorizer.vocabulary_size, vectorizer.pad_id, vectorizer.unknown_id) == (5, 0, 1)
    assert vectorizer.num_classes == 2
    ids = vectorizer.encode(["a b z", "", "c"])
    assert ids.dtype == np.int32
    assert ids.tolist() == [[3, 2, 1], [1, 0, 0], [4, 0, 0]]  # padded at the end, an empty text is unknown
    assert vectorizer.decode(ids) == ["a b \ufffd", "\ufffd", "c"]
    assert vectorizer.ids("a b z") == [3, 2, 1]
    assert vectorizer.ids("") == []


def test_equal_counts_are_ordered_alphabetically():
    assert WordVectorizer.fit(["c b a", "a c b"]).vocabulary == ["a", "b", "c"]


def test_limits_of_the_vocabulary():
    texts = ["a a a b b c"]
    assert WordVectorizer.fit(texts, max_tokens=4).vocabulary == ["a", "b"]
    assert WordVectorizer.fit(texts, min_count=3).vocabulary == ["a"]
    assert CharacterVectorizer.fit(["aaab"], min_count=2).vocabulary == ["a"]
    with pytest.raises(ValueError, match="max_tokens=2"):
        WordVectorizer.fit(texts, max_tokens=2)


@BOTH
def test_lengths(kind):
    vectorizer = kind.fit(["a b c d e"], max_length=4)
    assert vectorizer.encode(["a b c d e"]).shape == (1, 4)
    assert vectorizer.encode(["a"], length=7).shape == (1, 7)
    assert vectorizer.encode(["a b c"], length=2).shape == (1, 2)
    assert vectorizer.encode([]).shape == (0, 1)
    assert vectorizer.encode([""]).tolist() == [[1]]
    for wrong in (0, -3):
        with pytest.raises(ValueError, match=f"Received: length={wrong}"):
            vectorizer.encode(["a"], length=wrong)


@BOTH
def test_one_text_and_many_give_the_same_rows(kind):
    vectorizer = kind.fit(COURSE)
    rows = vectorizer.encode(COURSE, length=60)
    for text, row in zip(COURSE, rows, strict=True):
        assert vectorizer.encode([text], length=60)[0].tolist() == row.tolist()


@BOTH
@settings(deadline=None)
@given(texts=TEXTS)
def test_round_trip(kind, texts):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of these texts are Chinese
        vectorizer = kind.fit(texts)
    ids = vectorizer.encode(texts)
    assert ids.shape[0] == len(texts)
    assert ids.shape[1] >= 1
    assert (ids[:, 0] > 0).all()  # no row is all padding
    known = [vectorizer.decode([row])[0] for row in ids]
    length = ids.shape[1]
    assert np.array_equal(vectorizer.encode(known, length), ids)
    normal = [vectorizer._separator.join(vectorizer.tokenize(text)) for text in texts]
    assert [t for t in known if t != "\ufffd"] == [t for t in normal if t and t != "\ufffd"]


@settings(deadline=None)
@given(text=st.text())
def test_words_lose_nothing_visible(text):
    # Only white space, invisible characters and U+FFFD (which stands for the unknown) are no part of a word.
    def visible(string):
        string = unicodedata.normalize("NFC", string.replace("\u2019", "'"))
        return [c for c in string if not c.isspace() and unicodedata.category(c)[0] != "C" and c != "\ufffd"]

    assert visible(" ".join(WordVectorizer([], lowercase=False).tokenize(text))) == visible(text)


@BOTH
@settings(deadline=None)
@given(texts=TEXTS)
def test_config_and_file_round_trip(kind, texts, tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        vectorizer = kind.fit(texts, labels=("schlecht", "gut"), max_length=9)
    config = json.loads(json.dumps(vectorizer.get_config()))
    assert isinstance(config["vocabulary"], str)
    assert kind.from_config(config) == vectorizer
    path = vectorizer.save(tmp_path_factory.mktemp("v") / "vectorizer.json")
    assert kind.load(path) == vectorizer


def test_equality():
    one = WordVectorizer(["a", "b"], labels=("x", "y"))
    assert one == WordVectorizer("a b", labels=["x", "y"])
    assert one != WordVectorizer(["b", "a"], labels=("x", "y"))
    assert one != CharacterVectorizer(["a", "b"], labels=("x", "y"), lowercase=True)
    assert WordVectorizer("") == WordVectorizer([])
    assert one != "a b"


def test_loading_what_is_no_vectorizer(tmp_path):
    path = tmp_path / "v.json"
    for content in ("", "{", "[1]", '{"class_name": "WordVectorizer"}', '{"class_name": "Lambda", "config": {}}'):
        path.write_text(content)
        with pytest.raises(DataError, match=r"v\.json: expected"):
            WordVectorizer.load(path)
    CharacterVectorizer("ab").save(path)
    with pytest.raises(DataError, match="expected a WordVectorizer, found a CharacterVectorizer"):
        WordVectorizer.load(path)


@BOTH
@pytest.mark.parametrize("texts", ["a bare string", b"bytes", [1], [None], ["a", float("nan")], [["a"]]])
def test_what_is_no_text(kind, texts):
    with pytest.raises(TypeError) as error:
        kind(["a"]).encode(texts)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("kind", "vocabulary"),
    [
        (WordVectorizer, ["two words"]),
        (WordVectorizer, [""]),
        (WordVectorizer, ["a", "a"]),
        (WordVectorizer, [3]),
        (WordVectorizer, ["\ufffd"]),
        (CharacterVectorizer, ["ab"]),
        (CharacterVectorizer, "aa"),
    ],
)
def test_vocabularies_that_cannot_come_back(kind, vocabulary):
    with pytest.raises(ValueError, match="vocabulary"):
        kind(vocabulary)


def test_labels():
    vectorizer = WordVectorizer(["a"], labels=("negative", "positive"))
    ids = vectorizer.encode_labels(["positive", "negative"])
    assert ids.dtype == np.int32
    assert ids.tolist() == [1, 0]
    assert vectorizer.decode_labels(ids) == ["positive", "negative"]
    with pytest.raises(ValueError, match=r"'good'; expected one of negative, positive"):
        vectorizer.encode_labels(["good"])
    with pytest.raises(ValueError, match="differ"):
        WordVectorizer([], labels=("a", "a"))
    with pytest.raises(TypeError, match="labels"):
        WordVectorizer([], labels="ab")


@pytest.mark.parametrize("ids", [[[5]], [[-1]], [[0.5]]])
def test_ids_that_do_not_exist(ids):
    with pytest.raises(ValueError, match="integers from 0 to 2"):
        WordVectorizer(["a"]).decode(ids)


def test_decoding_accepts_rows_of_different_lengths():
    assert WordVectorizer(["a", "b"]).decode([[2, 3, 0], [3]]) == ["a b", "b"]


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("Thai", "อาหารอร่อยมาก"),
        ("Chinese", "这部电影很好看"),
        ("Japanese", "この映画は面白い"),
        ("Khmer", "ម្ហូបឆ្ងាញ់ណាស់"),
    ],
)
def test_scripts_without_spaces_warn_once(script, text):
    with pytest.warns(UserWarning, match=f"{script}.*CharacterVectorizer") as caught:
        WordVectorizer.fit([text] * 50)
    assert len(caught) == 1
    vectorizer = CharacterVectorizer.fit([text])
    assert vectorizer.decode(vectorizer.encode([text])) == [unicodedata.normalize("NFC", text)]


def test_scripts_with_spaces_do_not_warn(recwarn):
    WordVectorizer.fit([*COURSE, "हिन्दी में", "한국어 문장", "مرحبا بالعالم", "one 好 in an English text"])
    assert not recwarn


@BOTH
def test_two_megabytes_a_second(kind):
    # The bound is far below what was measured (6 MB/s), for machines that are busy.
    words = [f"wort{i}" for i in range(5_000)]
    texts = [" ".join(words[(i * 37 + j * j) % 5_000] for j in range(40)) + ", süß!" for i in range(4_000)]
    size = sum(len(text.encode()) for text in texts) / 1e6
    begin = time.process_time()
    vectorizer = kind.fit(texts)
    middle = time.process_time()
    vectorizer.encode(texts)
    end = time.process_time()
    assert size / (middle - begin) > 2
    assert size / (end - middle) > 2


def test_imports_stay_light():
    code = "import sys, kseq.data; kseq.data.WordVectorizer.fit(['a']).encode(['a']); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"tensorflow", "keras", "torch", "jax", "pandas", "sklearn"} & set(loaded)


def test_knows_says_whether_any_token_is_in_the_vocabulary():
    vectorizer = WordVectorizer.fit(["good food"])
    assert vectorizer.knows("what good weather")
    assert not vectorizer.knows("не плохо")
    assert not vectorizer.knows("")
