"""`load_text`: from files to splits that never leak."""

import codecs
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data import CharacterVectorizer, DataError, SpacedWordVectorizer, TextDataset, load_text
from kseq.data.texts.files import Corpus, read_corpus
from kseq.data.texts.splits import cut_corpora

SENTENCE = "The cat sat on the mat, and the dog did not.\n"


@pytest.mark.parametrize(("source", "files"), [("verse", 1), ("prose", 1), ("all", 2), (None, 2)])
def test_bundled_texts(source, files):
    text = load_text(source)
    assert isinstance(text, TextDataset)
    assert text.frame.file.nunique() == files
    assert text.frame.groupby("file").split.nunique().tolist() == [3] * files  # each is cut for itself
    assert sum(len(text.text(split)) for split in ("train", "validation", "test")) > 30_000 * files
    assert "Otterby" in text.text("train") or source == "verse"


@pytest.mark.parametrize("name", ["verse", "prose"])
def test_the_cards_of_the_bundled_texts_say_what_is_there(name, checkout):
    content = (checkout / "datasets" / f"{name}.txt").read_bytes()
    card = (checkout / "datasets" / f"{name}.md").read_text("utf-8")
    assert content.isascii()
    assert b"\r" not in content
    assert f"| {len(content.split()):,} | {len(content):,} | English |" in card
    assert "**Licence.** MIT" in card
    parts = {"verse": b"\n\n\n", "prose": b"Chapter "}
    count = len([part for part in content.split(parts[name]) if part.strip()]) - (name == "prose")
    assert f"| `{name}.txt` | {count} |" in card


def test_a_split_is_contiguous_and_its_parts_are_the_whole(write):
    content = "".join(chr(ord("a") + i % 26) for i in range(1_000))
    text = load_text(write("letters.txt", content), context_length=10)
    parts = [text.text(split) for split in ("train", "validation", "test")]
    assert [len(part) for part in parts] == [800, 100, 100]
    assert "".join(parts) == content
    assert text.vectorizer.decode([text.ids("train")]) == [parts[0]]
    assert text.frame.split.tolist() == ["train", "validation", "test"]
    assert text.frame.text.tolist() == parts


def test_the_usual_split_of_first_nine_tenths(write):
    text = load_text(write("a.txt", SENTENCE * 100), validation_fraction=0.1, test_fraction=0)
    assert len(text.text("train")) == int(4_500 * 0.9)
    assert text.text("test") == ""
    assert text.validation is not None
    with pytest.raises(ValueError, match="test split of 'a' is empty"):
        text.test  # noqa: B018
    whole = load_text(write("a.txt", SENTENCE * 100), validation_fraction=0, test_fraction=0)
    assert (whole.text("train"), whole.validation) == (SENTENCE * 100, None)


@settings(deadline=None)
@given(
    texts=st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=80), min_size=1, max_size=6),
    validation=st.sampled_from([0, 0.1, 0.3]),
    test=st.sampled_from([0, 0.1, 0.4]),
    furthest=st.sampled_from([0, 20]),
)
def test_no_character_is_lost_or_in_two_splits(texts, validation, test, furthest):
    corpus = Corpus("somewhere", [f"{i}.txt" for i in range(len(texts))], texts)
    try:
        pieces = cut_corpora([corpus], (validation, test), furthest)
    except DataError as error:
        assert sum(map(len, texts)) < 50 or furthest
        assert "long enough to be split" in str(error)
        return
    assert "".join(piece.text for piece in pieces) == "".join(texts)
    order = ["train", "validation", "test"]
    splits = [order.index(piece.split) for piece in pieces]
    assert splits == sorted(splits)
    assert set(order) - {piece.split for piece in pieces} == {
        name for name, fraction in (("validation", validation), ("test", test)) if not fraction
    }


def test_words_are_not_cut(write):
    text = load_text(write("a.txt", SENTENCE * 200), tokens="word", context_length=8)
    words = set(re.findall(r"\w+", SENTENCE))
    for split in ("train", "validation", "test"):
        assert set(re.findall(r"\w+", text.text(split))) == words
        assert (text.ids(split) != 1).all()


def test_the_vocabulary_is_that_of_the_training_split(write):
    text = load_text(write("a.txt", "ab" * 450 + "xb" * 50), context_length=10)
    assert sorted(text.vectorizer.vocabulary) == ["a", "b"]
    assert "unknown   in test: 'x' 50×" in text.describe()
    assert "50.00%" in text.describe()


def test_limits_of_the_vocabulary(write):
    path = write("a.txt", SENTENCE * 50 + "A word, once.\n" + SENTENCE * 50)
    assert load_text(path, max_tokens=7, context_length=9).vectorizer.vocabulary_size == 7
    assert "w" not in load_text(path, min_count=2).vectorizer.vocabulary
    words = load_text(path, tokens="word", context_length=9)
    assert isinstance(words.vectorizer, SpacedWordVectorizer)
    assert " word" not in words.vectorizer.vocabulary  # words that occur once are unknown, so that a model meets some
    assert " word" in load_text(path, tokens="word", min_count=1, context_length=9).vectorizer.vocabulary
    lower = load_text(path, lowercase=True)
    assert lower.vectorizer.lowercase
    assert lower.text("train").startswith("the cat")


def test_a_vectorizer_that_exists_already(write):
    first = load_text(write("a.txt", SENTENCE * 50))
    second = load_text(write("b.txt", "The hat is BIG. " * 50), vectorizer=first.vectorizer)
    assert second.vectorizer is first.vectorizer
    assert (second.ids("train") == 1).any()
    with pytest.raises(TypeError, match="Received: str"):
        load_text(write("a.txt", SENTENCE * 50), vectorizer="words")


@pytest.fixture
def folder(write):
    for name in ("b.py", "a.py", "deep/er/c.py", "d.txt", ".hidden/e.py", "site-packages/f.py", "g.py"):
        write(name, f"# {name}\n" + f"value = '{name}'\n" * 60)
    write("copy/of/a.py", "# a.py\n" + "value = 'a.py'\n" * 60)
    write("picture.py", b"\x89PNG\x00\x01")
    return write("empty.py", b"").parent


def test_a_folder_with_a_pattern(folder):
    text = load_text(folder, glob="*.py", context_length=20)
    assert sorted(text.frame.file.unique()) in (
        ["a.py", "b.py", "deep/er/c.py", "g.py"],
        ["b.py", "copy/of/a.py", "deep/er/c.py", "g.py"],
    )
    report = text.describe()
    assert set(text.skipped) == {"picture.py", "empty.py"}
    assert "2 files skipped" in report
    assert "picture.py: expected a text file, found a binary one (PNG)" in report
    assert "1 file equal to another one left out" in report
    assert "site-packages" not in "".join(text.frame.file)
    assert text.name == folder.name


def test_files_are_joined_in_an_order_drawn_from_the_seed(folder):
    def order(seed):
        return list(dict.fromkeys(load_text(folder, glob="[abg].py", seed=seed, context_length=9).frame.file))

    assert order(0) == order(0)
    assert len({tuple(order(seed)) for seed in range(8)}) > 1


def test_at_most_two_files_of_a_folder_are_in_two_splits(write):
    for number in range(30):
        folder = write(f"texts/{number}.txt", f"{number} green bottles\n" * 9).parent
    text = load_text(folder)
    assert (text.frame.groupby("file").split.nunique() > 1).sum() <= 2
    assert not any(text.skipped)


def test_line_ends_and_byte_order_marks(write):
    plain = load_text(write("a.txt", SENTENCE * 20)).text("train")
    for number, data in enumerate(
        (
            (SENTENCE * 20).replace("\n", "\r\n").encode(),
            (SENTENCE * 20).replace("\n", "\r").encode(),
            codecs.BOM_UTF8 + (SENTENCE * 20).encode(),
            (SENTENCE * 20).encode("utf-16"),
        )
    ):
        assert load_text(write(f"{number}.txt", data)).text("train") == plain


def test_accents_are_composed(write):
    text = load_text(write("a.txt", "e\u0301te\u0301 " * 100))
    assert set(text.vectorizer.vocabulary) == {"é", "t", " "}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "expected a text, found an empty file"),
        (b" \n\n ", "expected a text, found an empty file"),
        ("\u2003\n".encode() * 9, "found only white space"),
        (b"text\x00text" * 50, r"a NUL byte in line 1"),
        (b"PK\x03\x04rest", r"binary one \(zip\)"),
        (b"one\ntwo caf\x81 three\n", "line 2: expected text in UTF-8, found the byte 0x81"),
        (codecs.BOM_UTF8 + b"abc\xff", "line 1: expected text in UTF-8, found the byte 0xff; save"),
        (b"fine until it ends \xe2\x82", "line 1: expected text in UTF-8, found the byte 0xe2; save"),
        (b"ab", "long enough to be split, found 2 characters"),
        (b"not sixty-four characters long", r"65 or more tokens in the train split \(context_length=64\), found 24"),
    ],
)
def test_what_is_no_text(write, data, expected):
    with pytest.raises(DataError, match=expected) as caught:
        load_text(write("odd.txt", data))
    assert "odd.txt" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sources_that_do_not_exist(tmp_path, folder):
    with pytest.raises(DataError, match="did you mean 'prose'"):
        load_text("pros")
    with pytest.raises(DataError, match="no such file or folder; names are verse, prose, all"):
        load_text(tmp_path / "nowhere.txt")
    with pytest.raises(DataError, match=r"no file that matches glob='\*\.rs'"):
        load_text(folder, glob="*.rs")
    with pytest.raises(DataError, match=r"none of 1 file could be read; picture\.py"):
        load_text(folder, glob="pict*")
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DataError, match=r"found no file \(there is nothing\)"):
        load_text(tmp_path / "nothing")


@pytest.mark.parametrize(
    "arguments",
    [
        {"tokens": "letter"},
        {"context_length": 0},
        {"context_length": 2.5},
        {"stride": -1},
        {"batch_size": 0},
        {"steps_per_epoch": 0},
        {"min_count": 0},
        {"max_tokens": 2},
        {"validation_fraction": 0.5, "test_fraction": 0.5},
        {"validation_fraction": -0.1},
        {"source": "verse", "glob": "*.txt"},
    ],
)
def test_arguments_are_checked(arguments):
    name, value = next((n, v) for n, v in arguments.items() if n != "source")
    with pytest.raises(ValueError, match="Received: ") as caught:
        load_text(**{"source": "verse", **arguments})
    assert f"{name}={value!r}" in str(caught.value)
    with pytest.raises(TypeError, match="Received: int"):
        load_text(3)


def test_windows_that_are_long_for_the_text_are_noted(write):
    path = write("a.txt", SENTENCE * 100)  # 3,600 + 450 + 450 characters
    notes = load_text(path, context_length=2_000, batch_size=8).notes
    assert [note.split(" holds ")[0].split(" is ")[0] for note in notes] == [
        "the train split",
        "the validation split",
        "the test split",
    ]
    assert "one window of 2,000 tokens" in notes[0]
    assert "one of 449 tokens" in notes[1]
    room = int(re.search(r"context_length of (\d+)", notes[0])[1])
    advised = load_text(path, context_length=room, batch_size=8)
    assert (advised.arrays("train").num_windows, advised.notes) == (8, [])
    assert len(load_text(path, context_length=450).notes) == 2  # 450 tokens are 449 to predict
    assert load_text(path, context_length=449).notes == []
    described = load_text(path, context_length=2_000, validation_fraction=0).describe()
    assert "- the test split is shorter than a window" in described
    assert "validation split is" not in described


def test_settings_of_batches():
    text = load_text("verse", context_length=16, batch_size=8, stride=4, steps_per_epoch=7)
    assert len(text.arrays("train")) == 7
    assert text.arrays("train").stride == 4
    assert text.arrays("validation").stride == 16
    assert text.arrays("train", context_length=32, batch_size=2).batch(0, 0)[0].shape == (2, 32)
    in_order = text.arrays("train", shuffle=False)
    assert np.array_equal(next(iter(in_order))[0][0], text.ids("train")[:16])
    with pytest.raises(ValueError, match="Received: split='dev'"):
        text.batches("dev")


def test_making_one_imports_no_keras(new_process):
    code = "import sys, kseq; kseq.load_text('verse').arrays('train'); print(*sys.modules)"
    assert not {"keras", "tensorflow", "pandas"} & set(new_process(code).split())


def test_representation():
    assert repr(load_text("verse")).startswith("TextDataset('verse', tokens: train=39,")
    assert isinstance(load_text("verse").vectorizer, CharacterVectorizer)


def test_windows_1252_is_read_and_said(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.txt").write_bytes(
            f"{name}: l'été à la café, où \u201cça\u201d va\r\n".encode("cp1252") * 20
        )
    corpus = read_corpus(tmp_path)
    assert "été" in corpus.texts[0] and "\u201cça\u201d va\n" in corpus.texts[0]
    (note,) = corpus.notes
    assert note.startswith("3 files are not valid UTF-8 and were read as Windows-1252: ")
    (tmp_path / "a.txt").write_bytes("Дождь идёт весь день\n".encode("cp1251") * 20)
    corpus = read_corpus(tmp_path)
    assert "it makes no sense" in corpus.skipped["a.txt"]
    assert corpus.notes[0].startswith("2 files are")
