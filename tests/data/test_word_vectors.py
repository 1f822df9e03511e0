"""`load_word_vectors` reads what GloVe, word2vec and fastText write, and says where a file is wrong."""

import gzip
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kseq.data import DataError, WordVectors, load_word_vectors

GLOVE = "the 0.1 0.2 0.3\n. . . 1 2 3\nFood 0.5 -0.1 2e-3\n"

# What may stand in a word: no white space at its ends, no line end or tab anywhere, no number behind a space.
letters = st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), blacklist_characters="0123456789.")
words = st.lists(st.text(letters, min_size=1, max_size=8).filter(lambda w: w.strip() == w), min_size=1, max_size=2)
numbers = st.floats(-1e6, 1e6, width=32)


def write(path, text):
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@st.composite
def tables(draw):
    chosen = draw(st.lists(words.map(" ".join), min_size=1, max_size=6, unique=True))
    width = draw(st.integers(2, 5))
    rows = draw(st.lists(st.lists(numbers, min_size=width, max_size=width), min_size=len(chosen), max_size=len(chosen)))
    return WordVectors(chosen, np.array(rows, np.float32))


@given(tables(), st.booleans(), st.sampled_from(["\n", "\r\n", " \n"]))
def test_what_is_written_is_read(tmp_path_factory, table, header, end):
    """Every format gives back the words and the very numbers, whatever the line ends."""
    path = table.save(tmp_path_factory.mktemp("vectors") / "some.vec")
    lines = path.read_text("utf-8").split("\n")[:-1]
    if not header and len(table.words[0].split()) == 1:  # a first word with spaces hides the width, unless it is told
        lines = lines[1:]
    path.write_bytes("".join(line + end for line in lines).encode())
    again = load_word_vectors(path)
    assert again.words == table.words
    np.testing.assert_array_equal(again.matrix, table.matrix)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path_factory, content):
    path = write(tmp_path_factory.mktemp("bytes") / "some.txt", content)
    try:
        vectors = load_word_vectors(path)
    except DataError as error:
        assert "\n" not in str(error) and str(path) in str(error)
    else:
        assert len(vectors) and np.isfinite(vectors.matrix).all()


def test_words_with_spaces_and_a_header(tmp_path):
    glove = load_word_vectors(write(tmp_path / "glove.txt", GLOVE))
    assert glove.words == ["the", ". . .", "Food"]
    fasttext = load_word_vectors(write(tmp_path / "some.vec", "3 3\n" + GLOVE))
    assert fasttext.words == glove.words
    np.testing.assert_array_equal(fasttext.vector("food"), np.float32([0.5, -0.1, 2e-3]))
    # One number to a word, words that are numbers: no header, for the next line has no more fields.
    assert load_word_vectors(write(tmp_path / "narrow.txt", "5 3\n7 2\n")).words == ["5", "7"]


def test_only_wanted_words_are_kept_and_duplicates_counted(tmp_path):
    path = write(tmp_path / "some.txt", GLOVE + "the 9 9 9\n")
    vectors = load_word_vectors(path, words=["food", " the", "absent"])
    assert vectors.words == ["the", "Food"]
    np.testing.assert_array_equal(vectors.vector("the"), np.float32([0.1, 0.2, 0.3]))
    assert vectors.notes == ["1 line with a word that came before: the first one counts"]
    assert load_word_vectors(path, limit=1).words == ["the"]
    with pytest.raises(DataError, match="asked for, found none"):
        load_word_vectors(path, words=["absent"])


def test_packed_files(tmp_path):
    path = tmp_path / "some.txt.gz"
    path.write_bytes(gzip.compress(GLOVE.encode()))
    assert len(load_word_vectors(path)) == 3
    write(tmp_path / "cut.gz", path.read_bytes()[:-12])
    with pytest.raises(DataError, match=r"cut.gz: expected a whole packed file"):
        load_word_vectors(tmp_path / "cut.gz")
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.writestr("glove.txt", GLOVE)
    assert len(load_word_vectors(tmp_path / "some.zip")) == 3
    with zipfile.ZipFile(tmp_path / "some.zip", "a") as archive:
        archive.writestr("other.txt", GLOVE)
    with pytest.raises(DataError, match=r"expected one file in the archive, found 2 \(glove.txt, other.txt\)"):
        load_word_vectors(tmp_path / "some.zip")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("cat 0.1 0.2\ndog 0.1\n", "line 2: expected a word and 2 numbers, found 2 fields: 'dog 0.1'"),
        ("cat 0.1 0.2\ndog 0.1 0.2 0.3\n", "found 2 numbers on line 1 and 3 on line 2: 'dog 0.1"),
        ("cat 0.1 0.2\ncow 1 2\ndog 0.1 0.2 0.3\n", "line 3: expected a word and 2 numbers, found more numbers"),
        ("cat 0.1 0.2\ndog 0.1 x\n", "line 2: expected a number, found 'x'"),
        ("cat 0.1 0.2\ndog 0.1 nan\n", "line 2: expected a finite number, found 'nan'"),
        ("2 3\ncat 0.1 0.2 0.3\ndog 0.1 0.2\n", "line 3: expected a word and 3 numbers"),
        ("just some words\n", "line 1: expected a word and its numbers, found 'just some words'"),
        ("", "line 1: expected a word and its numbers"),
        ("2 3\n", "expected a word and its numbers on each line, found no line"),
        (b"2 3\ncat \x00\x01\x02", "line 1: expected a word and its numbers, found bytes that are no text"),
    ],
)
def test_bad_files_are_refused_with_the_line(tmp_path, content, message):
    path = write(tmp_path / "bad.txt", content)
    with pytest.raises(DataError) as caught:
        load_word_vectors(path)
    assert message in str(caught.value) and "bad.txt" in str(caught.value)


def test_what_is_left_out_is_noted(tmp_path):
    path = write(tmp_path / "some.vec", b"5 2\ncat 1 2\n\ncaf\xe9 1 2\ndog 2 1\n")
    with pytest.warns(UserWarning, match=r"some.vec: the first line promises 5 words, the file has 3; is the"):
        vectors = load_word_vectors(path)
    assert vectors.words == ["cat", "dog"]
    assert vectors.notes == [
        "1 word left out that is not valid UTF-8",
        "1 blank line left out",
        "the first line promises 5 words, the file has 3",
    ]
    with pytest.raises(DataError, match="there is no such file"):
        load_word_vectors(tmp_path / "absent.txt")


def test_neighbours_and_analogy():
    """In a table with two axes, royal and female, the analogy is exact."""
    words = ["man", "woman", "king", "queen", "apple"]
    vectors = WordVectors(words, [[0.1, 1, 0], [0.1, 1, 1], [1, 1, 0], [1, 1, 1], [-1, -1, 0.1]])
    assert vectors.neighbours("king", k=1)[0].word == "queen"
    assert vectors.analogy("man", "king", "woman", k=1)[0].word == "queen"
    cosine = vectors.neighbours("man", k=4)[0].cosine
    expected = max(np.dot(vectors.matrix[0], row) / np.linalg.norm(row) for row in vectors.matrix[1:])
    assert cosine == pytest.approx(expected / np.linalg.norm(vectors.matrix[0]))
    assert vectors.neighbours(vectors.vector("king"), k=1)[0].word == "king"
    assert len(vectors.neighbours("king", k=99)) == 4
    with pytest.raises(KeyError) as caught:
        vectors.vector("queens")
    assert str(caught.value) == "'queens' is none of the 5 words of 'vectors'; near ones are queen"
    assert repr(vectors.neighbours("king", k=1)) == "[Neighbour(word='queen', cosine=0.816)]"
    with pytest.raises(ValueError, match="Received: k=0"):
        vectors.neighbours("king", k=0)
