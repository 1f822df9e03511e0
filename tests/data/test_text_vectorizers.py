"""Words with their spaces and sub-words: whatever goes in comes out again."""

import copy
import json
import pickle
import re
import sys
import unicodedata
import warnings

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data import DataError, SpacedWordVectorizer, SubwordVectorizer, load_reviews, load_text
from kseq.data.subwords import byte_alphabet

VERSE = "Roses are red,\nviolets are blue.\n\n  The Lull isn't wide — “don’t swim!”\n"
COURSE = [
    VERSE,
    "Было сложно, мне понравилось",
    "¡Qué película tan buena!",
    "Good 👍🏽, cheap food 👨‍👩‍👧!\r\n\tdef f(x):\n        return 3.5",
]
BOTH = pytest.mark.parametrize("kind", [SpacedWordVectorizer, SubwordVectorizer])
TEXT = st.text(st.characters(codec="utf-8"), max_size=60) | st.text("aé ,\n\t.'’\u0301🙂", max_size=60)


@pytest.fixture(scope="module")
def subwords():
    return SubwordVectorizer.fit(COURSE * 3, max_tokens=330)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Roses are red,\nviolets", ["Roses", " are", " red", ",", "\n", "violets"]),
        ("a  b\n\n   c", ["a", " ", " b", "\n", "\n", "  ", " c"]),
        ("don't don’t 'so'", ["don't", " don’t", " '", "so", "'"]),
        (" ¡Qué!", [" ¡", "Qué", "!"]),
        ("x \n", ["x", " ", "\n"]),
        ("3.5 👍🏽", ["3", ".", "5", " 👍🏽"]),
        ("", []),
    ],
)
def test_words_and_their_spaces(text, tokens):
    assert SpacedWordVectorizer([]).tokenize(text) == tokens


def test_what_is_generated_reads_as_text():
    vectorizer = SpacedWordVectorizer.fit([VERSE], min_count=1)
    assert vectorizer.decode([vectorizer.ids(VERSE)]) == [VERSE]
    other = "Roses are blue,\nviolets are wide.\n"
    assert vectorizer.decode([vectorizer.ids(other)]) == [other]
    assert vectorizer.decode([vectorizer.ids("Roses are pink,")]) == ["Roses are\ufffd,"]


@settings(deadline=None)
@given(text=TEXT)
def test_words_round_trip(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of these texts are Chinese
        vectorizer = SpacedWordVectorizer.fit([text], min_count=1)
    composed = unicodedata.normalize("NFC", text)
    assert "".join(vectorizer.tokenize(text)) == composed
    if "\0" not in text and "\ufffd" not in text:
        assert vectorizer.decode([vectorizer.ids(text)]) == [composed]
    assert SpacedWordVectorizer.from_config(json.loads(json.dumps(vectorizer.get_config()))) == vectorizer


@settings(deadline=None)
@given(text=TEXT)
def test_subwords_round_trip(subwords, text):
    ids = subwords.ids(text)
    assert subwords.decode([ids]) == [text]
    assert all(2 <= index < subwords.vocabulary_size for index in ids)  # nothing is unknown
    assert len(subwords.tokenize(text)) == len(ids)
    if text.isascii():
        assert "".join(subwords.tokenize(text)) == text


@settings(deadline=None, max_examples=20)
@given(texts=st.lists(TEXT, min_size=1, max_size=4))
def test_subwords_of_any_text(texts):
    vectorizer = SubwordVectorizer.fit(texts, max_tokens=300)
    assert vectorizer.decode([vectorizer.ids(text) for text in texts]) == texts
    assert SubwordVectorizer.from_config(json.loads(json.dumps(vectorizer.get_config()))) == vectorizer


def test_pairs_are_joined_by_their_number():
    vectorizer = SubwordVectorizer.fit(["the cat, the hat, the rat"], max_tokens=262)
    assert vectorizer.merges[0] == ("a", "t")
    assert {*vectorizer.merges[1:3]} == {("h", "e"), ("t", "he")}
    assert vectorizer.tokenize("the bat") == ["the", " ", "b", "at"]
    assert vectorizer.vocabulary_size == 262
    assert len(SubwordVectorizer.fit(["abcd"], max_tokens=300).merges) == 0  # no pair occurs twice


def test_long_texts_are_worked_on_in_parts_that_change_nothing():
    text = "".join(f"Line {i} of the text, {i * i} long.\n" + "\n  \n" * (i % 7 == 0) for i in range(6_000))
    vectorizer = SubwordVectorizer.fit([text], max_tokens=300)
    ids = vectorizer.ids(text)
    assert [index - 2 for index in ids] == vectorizer._tokenizer.encode(text).ids
    assert vectorizer.decode([ids]) == [text]
    assert vectorizer == SubwordVectorizer.fit([text], max_tokens=300)  # the same every time


def test_the_same_ids_as_keras_nlp(subwords):
    keras_nlp = pytest.importorskip("keras_nlp", reason="the peer to compare with")
    pytest.importorskip("tensorflow_text", reason="keras_nlp's tokenizers need it")
    ids = {token: index for index, token in enumerate(subwords.vocabulary, 2)}
    peer = keras_nlp.tokenizers.BytePairTokenizer(ids, [" ".join(pair) for pair in subwords.merges])
    for text in (*COURSE, "So, is this the new text? It's 12,345  spaces\n\nand lines.", "été ÉTÉ ñandú"):
        # Where several spaces stand in a row, keras_nlp differs from GPT-2: its regular expressions cannot look ahead.
        text = re.sub("  +", " ", text)
        assert [int(index) for index in peer(text)] == subwords.ids(text)
        assert peer.detokenize(peer(text)) == subwords.decode([subwords.ids(text)])[0]


def test_half_a_character_and_what_utf_8_cannot_write(subwords):
    (first, *_), unknown = subwords.ids("🙂"), subwords.unknown_id
    assert subwords.decode([[first], [unknown, *subwords.ids("a"), 0, 0]]) == ["\ufffd", "\ufffda"]
    assert subwords.decode([subwords.ids("a\ud800b")]) == ["a\ufffdb"]
    assert "Ġare" in subwords.vocabulary
    assert " are" in subwords.readable_vocabulary


def test_the_byte_alphabet_is_whole():
    assert sorted(byte_alphabet().values()) == list(range(256))
    assert not any(character.isspace() for character in byte_alphabet())


@BOTH
def test_copies_and_files(kind, tmp_path):
    vectorizer = kind.fit(COURSE * 2, labels=("bad", "good"), max_tokens=300, max_length=20)
    assert copy.deepcopy(vectorizer) == pickle.loads(pickle.dumps(vectorizer)) == vectorizer
    vectorizer.ids("warmed up")
    assert copy.deepcopy(vectorizer).ids(VERSE) == pickle.loads(pickle.dumps(vectorizer)).ids(VERSE)
    assert kind.load(vectorizer.save(tmp_path / "v.json")) == vectorizer
    assert all(isinstance(vectorizer.get_config()[name], str) for name in ("vocabulary",))
    with pytest.raises(DataError, match="expected a"):
        (SubwordVectorizer if kind is SpacedWordVectorizer else SpacedWordVectorizer).load(tmp_path / "v.json")


@BOTH
def test_lower_case(kind):
    vectorizer = kind.fit(["The Cat. THE CAT."] * 2, max_tokens=300, lowercase=True)
    assert vectorizer.decode([vectorizer.ids("THE Cat.")]) == ["the cat."]


@BOTH
def test_in_a_model_file_and_a_new_process(kind, tmp_path, new_process):
    import kseq.registered  # noqa: F401
    from kseq.layers.token_ids import TokenIds

    vectorizer = kind.fit(COURSE * 2, max_tokens=300)
    inputs = keras.Input((None,), dtype="int32")
    model = keras.Model(inputs, keras.layers.Embedding(vectorizer.vocabulary_size, 2)(TokenIds(vectorizer)(inputs)))
    model.save(tmp_path / "m.keras")
    code = """
import json, sys, keras, kseq.registered
vectorizer = keras.saving.load_model(sys.argv[1]).layers[1].vectorizer
print(json.dumps([type(vectorizer).__name__, vectorizer.ids(sys.argv[2])]))
"""
    name, ids = json.loads(new_process(code, tmp_path / "m.keras", VERSE).splitlines()[-1])
    assert (name, ids) == (kind.__name__, vectorizer.ids(VERSE))


def test_sub_words_without_the_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ImportError, match=r"pip install kseq\[subword\]") as caught:
        load_text("verse", tokens="subword")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("max_tokens", [None, 10, 257])
def test_sub_words_need_room_for_the_bytes(max_tokens):
    with pytest.raises(ValueError, match=f"at least 258.*Received: max_tokens={max_tokens}"):
        SubwordVectorizer.fit(COURSE, max_tokens=max_tokens)


def test_vocabularies_that_cannot_be(subwords):
    config = subwords.get_config()
    with pytest.raises(ValueError, match="must hold all 256 bytes"):
        SubwordVectorizer(["a", "b"])
    with pytest.raises(ValueError, match="`merges` must be pairs"):
        SubwordVectorizer.from_config({**config, "merges": "q q"})
    with pytest.raises(ValueError, match="must hold sub-words"):
        SubwordVectorizer([*subwords.vocabulary, "a b"])
    for wrong in ("two words", "", " \n", "a\0", "\ufffd"):
        with pytest.raises(ValueError, match="must hold words"):
            SpacedWordVectorizer([wrong])


def test_scripts_without_spaces_warn():
    with pytest.warns(UserWarning, match="Thai.*subword"):
        SpacedWordVectorizer.fit(["อาหารอร่อยมาก"] * 50)


@pytest.mark.parametrize("tokens", ["character", "word", "subword"])
def test_reviews_in_the_vocabulary_of_a_text(tokens):
    text = load_text("prose", tokens=tokens, max_tokens=400)
    reviews = load_reviews(vectorizer=text.vectorizer, max_length=50)
    assert type(reviews.vectorizer) is type(text.vectorizer)
    assert reviews.vectorizer.vocabulary == text.vectorizer.vocabulary
    assert reviews.vectorizer.labels == ("negative", "positive")
    assert text.vectorizer.labels == ()  # a copy
    assert reviews.arrays("train").lengths[-1] == 50 or tokens == "word"
    review = reviews.texts("test")[0]
    assert reviews.vectorizer.ids(review) == text.vectorizer.ids(review)
    with pytest.raises(TypeError, match="Received: dict"):
        load_reviews(vectorizer={"a": 1})
