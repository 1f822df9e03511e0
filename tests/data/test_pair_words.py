"""Words of sentences: cut in any language, and written again with their spaces and capitals."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data.pairs.vectorizer import PairVectorizer
from kseq.data.pairs.words import SentenceWordVectorizer

SPANISH = [
    "¿Tienes una mascota?",
    "Tom tiene un perro, ¿verdad?",
    "El perro de Tom come a las 2:30, y yo a las 9.",
    "¡Hola, Tom! ¿Cómo estás?",
    'Dijo: "No tengo perro".',
]
FRENCH = [
    "L\u2019homme qu\u2019il a vu, n\u2019est-ce pas\u202f?",
    "As-tu vu l\u2019homme d\u2019aujourd\u2019hui\u202f?",
    "«\u00a0Oui\u00a0», dit-il.",
    "C\u2019est très loin\u202f!",
]
RUSSIAN = ["Было сложно, мне понравилось.", "Кажется, я переобучился!", "Мне понравилось — и ему."]


@pytest.mark.parametrize("texts", [SPANISH, FRENCH, RUSSIAN], ids=["es", "fr", "ru"])
def test_sentences_are_written_as_they_were_read(texts):
    vectorizer = SentenceWordVectorizer.fit(texts)
    assert vectorizer.decode(vectorizer.encode(texts)) == texts


def test_case_and_spaces_do_not_make_another_word():
    vectorizer = SentenceWordVectorizer.fit(SPANISH)
    said = vectorizer.encode(["¿TIENES  una mascota , tom ?"])
    assert vectorizer.decode(said) == ["¿Tienes una mascota, Tom?"]
    assert "Tom" in vectorizer.vocabulary
    assert "tienes" in vectorizer.vocabulary  # that it began a sentence says nothing


@pytest.mark.filterwarnings("ignore:These texts look like")
@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Tom's dog", "Tom|'s|dog"),
        ("She'll say I don't.", "She|'ll|say|I|don't|."),
        ("qu'il l\u2019a", "qu'|il|l'|a"),
        ("aujourd'hui d'où", "aujourd'hui|d'|où"),
        ("rock'n'roll o'clock", "rock'n'roll|o'clock"),
        ("at 2:30 a.m. … $1,500.", "at|2:30|a.m.|…|$|1,500|."),
        ("Wait...", "Wait|..."),
        ("Mr. Smith", "Mr.|Smith"),
        ("ที่นี่ ดี", "ที่นี่|ดี"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_where_words_are_cut(text, tokens):
    assert SentenceWordVectorizer.fit([text]).tokenize(text) == tokens.split("|")


def test_no_capitals_where_the_texts_have_none():
    vectorizer = SentenceWordVectorizer.fit(["das ist gut. und das auch", "sehr gut"])
    assert vectorizer.decode(vectorizer.encode(["Das auch. Gut"])) == ["das auch. gut"]


def test_configs_are_json_and_make_an_equal_vectorizer():
    pair = PairVectorizer.fit(SPANISH, [*FRENCH, "Fin."], languages=("Spanish", "French"))
    again = PairVectorizer.from_config(json.loads(json.dumps(pair.get_config())))
    assert again == pair
    assert again.target.spacing["?"] == ["\u202f", " "]
    assert again.decode_target(again.encode_target(FRENCH)[1]) == FRENCH
    assert pair != PairVectorizer.fit(SPANISH, FRENCH)


def test_the_two_marks_of_a_translation():
    pair = PairVectorizer.fit(["a b", "c"], ["x y", "z"])
    inputs, targets = pair.encode_target(["x y", "z"])
    B, E = pair.begin_id, pair.end_id
    assert (B, E, pair.target_size) == (5, 6, 7)
    x, y, z = pair.target_rows(["x y z"])[0]
    np.testing.assert_array_equal(inputs, [[B, x, y], [B, z, 0]])
    np.testing.assert_array_equal(targets, [[x, y, E], [z, E, 0]])
    assert pair.decode_target([[B, x, E, y, z], [y, 0, 0, 0, 0]]) == ["x", "y"]
    assert pair.target_tokens([x, z, E, 0], end="⟨end⟩") == ["x", "z", "⟨end⟩"]
    with pytest.raises(ValueError, match="`ids` must be integers from 0 to 6"):
        pair.decode_target([[7]])
    with pytest.raises(ValueError, match="`tokens` must be one of 'word'"):
        PairVectorizer.fit(["a"], ["b"], tokens="phrase")
    with pytest.raises(TypeError, match="`source` must be one of SentenceWordVectorizer"):
        PairVectorizer(3, 4)


@pytest.mark.filterwarnings("ignore:These texts look like")
@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_any_text_keeps_its_words(texts):
    vectorizer = SentenceWordVectorizer.fit(texts)
    assert SentenceWordVectorizer.from_config(json.loads(json.dumps(vectorizer.get_config()))) == vectorizer
    for text in texts:
        rows = vectorizer.encode_rows([text])
        words = vectorizer.tokenize(text)
        assert not words or (len(rows[0]) == len(words) and vectorizer.unknown_id not in rows[0])
