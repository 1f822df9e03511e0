"""Tagged sentences: every format is read whole, bad lines are named, no sentence is in two splits."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data import DataError, load_tagged_sentences
from kseq.data.tagged.files import UNIVERSAL_TAGS, read_tagged_file, split_named
from kseq.data.tagged.loader import key_of
from kseq.data.tagged.vectorizer import SPELLING, TaggingVectorizer, shape_of

NOUNS = ["cat", "dog", "bird", "horse", "fish", "mouse", "lion", "bear", "wolf", "fox"]
VERBS = ["sleeps", "runs", "sings", "jumps"]


def conllu(rows, text=None):
    """A sentence in CoNLL-U from `(number, form, tag)`."""
    lines = [f"# text = {text}"] if text else []
    return "\n".join([*lines, *(f"{n}\t{form}\t_\t{tag}\tX\t_\t_\t_\t_\t_" for n, form, tag in rows)]) + "\n\n"


def simple(words, tags):
    return conllu([(n, *pair) for n, pair in enumerate(zip(words, tags, strict=True), 1)])


def animals():
    return "".join(simple(["The", n, v, "."], ["DET", "NOUN", "VERB", "PUNCT"]) for n in NOUNS for v in VERBS)


@pytest.fixture
def write(tmp_path):
    def write(content, name="data.conllu"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_ranges_and_empty_nodes(write):
    path = write(
        "# sent_id = 1\n"
        + conllu(
            [
                ("1", "I", "PRON"),
                ("2-3", "don't", "_"),
                ("2", "do", "AUX"),
                ("3", "n't", "PART"),
                ("3.1", "eat", "VERB"),
                ("3.2", "it", "PRON"),
                ("4", ".", "PUNCT"),
            ],
            "I don't.",
        )
    )
    file = read_tagged_file(path)
    (sentence,) = file.sentences
    assert sentence.words == ["I", "do", "n't", "."]
    assert sentence.tags == ["PRON", "AUX", "PART", "PUNCT"]
    assert sentence.text == "I don't." and sentence.line == 3
    assert file.notes == [
        "1 written form of several words: the words are tagged",
        "2 empty nodes left out: words that are not written",
    ]
    assert read_tagged_file(path, tag_column=5).sentences[0].tags == ["X"] * 4


BROKEN = {
    "nine columns": ("1\tI\ti\tPRON\tX\t_\t_\t_\t_\n", "line 1: expected 10 columns with tabs between them, found 9"),
    "spaces": ("1 I i PRON X _ _ _ _ _\n", "line 1: expected 10 columns with tabs between them, found 1 (separated by"),
    "no blank line": (
        simple(["I"], ["PRON"]).rstrip() + "\n" + simple(["You"], ["PRON"]),
        "line 2: expected word 2 or a blank line before the next sentence, found word 1",
    ),
    "comment inside": (
        simple(["I"], ["PRON"]).rstrip() + "\n# text = You\n" + simple(["You"], ["PRON"]),
        "line 2: expected a blank line before the comments of the next sentence, found none",
    ),
    "order": (conllu([(1, "a", "X"), (3, "b", "X")]), "line 2: expected word 2, found word 3"),
    "first": (conllu([(2, "a", "X")]), "line 1: expected word 1, found word 2"),
    "id": (conllu([("one", "a", "X")]), "line 1: expected the number of a word, such as 1, found 'one'"),
    "range": (conllu([("2-3", "ab", "_")]), "line 1: expected word 1 or a range that begins with it, found 2-3"),
    "short range": (
        conllu([("1-3", "ab", "_"), (1, "a", "X"), (2, "b", "X")]),
        "line 1: expected words 1 to 3 behind the range 1-3, found 2 as the last",
    ),
    "empty node": (conllu([(1, "a", "X"), ("1.2", "b", "X")]), "line 2: expected empty node 1.1 or word 2, found 1.2"),
    "no tag": (conllu([(1, "a", "_")]), "line 1: expected a tag in column 4, found _"),
    "no word": (conllu([(1, "", "X")]), "line 1: expected a word in column 2, found nothing"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_bad_conllu_is_named(write, case):
    content, message = BROKEN[case]
    path = write(content)
    with pytest.raises(DataError) as caught:
        read_tagged_file(path)
    assert str(caught.value).startswith(f"{path}: {message}") and "\n" not in str(caught.value)


def test_encodings(write):
    text = simple(["Où", "?"], ["ADV", "PUNCT"])
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert read_tagged_file(write(text.encode(encoding))).sentences[0].words[0] == "Où"
    assert read_tagged_file(write(text.replace("\n", "\r\n"))).sentences[0].tags == ["ADV", "PUNCT"]
    old = read_tagged_file(write(text.encode("cp1252")))
    assert old.sentences[0].words[0] == "Où" and old.notes == [
        "data.conllu is not valid UTF-8 and was read as Windows-1252"
    ]
    with pytest.raises(DataError, match="line 1: expected text in UTF-8, found the byte 0x81; save the file as UTF-8"):
        read_tagged_file(write(text.encode("cp1252").replace(b"\xf9", b"\x81")))
    russian = "".join(simple(pair, ["NOUN", "VERB"]) for pair in (["Кот", "спит"], ["Дождь", "идёт"]))
    with pytest.raises(DataError, match=r"line 1: .* found the byte 0xca, and as Windows-1252 it makes no sense"):
        read_tagged_file(write(russian.encode("cp1251")))
    with pytest.raises(DataError, match="found an empty file"):
        read_tagged_file(write(""))
    with pytest.raises(DataError, match="found only comments"):
        read_tagged_file(write("# text = I\n"))


@pytest.mark.parametrize("separator", ["\t", " ", "   "])
def test_columns(write, separator):
    rows = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n\n# SYM O O\n. . O O\n"
    file = read_tagged_file(write(rows.replace(" ", separator), "eng.txt"))
    assert [s.words for s in file.sentences] == [["EU", "rejects"], ["#", "."]]
    assert [s.tags for s in file.sentences] == [["NNP", "VBZ"], ["SYM", "."]]
    assert [s.line for s in file.sentences] == [3, 7]
    assert file.notes == ["1 line -DOCSTART- left out"]
    entities = read_tagged_file(write(rows.replace(" ", separator), "eng.txt"), tag_column=4)
    assert entities.sentences[0].tags == ["B-ORG", "O"]


def test_bad_columns_are_named(write):
    with pytest.raises(
        DataError, match=r"line 3: expected 2 columns \(separated by spaces\) as in line 1, found 3: 'c X X'"
    ):
        read_tagged_file(write("a X\nb X\nc X X\n", "a.txt"))
    with pytest.raises(DataError, match=r"line 1: expected 5 columns or more \(tag_column\), found 2"):
        read_tagged_file(write("a X\n", "a.txt"), tag_column=5)
    with pytest.raises(DataError, match="line 1: expected a word and its tag"):
        read_tagged_file(write("hello\nyou\n", "a.txt"))
    with pytest.raises(DataError, match="line 1001: expected a blank line behind each sentence"):
        read_tagged_file(write("a X\n" * 2_000, "a.txt"))


def test_slashes(write):
    file = read_tagged_file(write("The/DET and/or/CCONJ ./PUNCT\n\nGo/VERB !/.\n", "a.txt"))
    assert file.sentences[0].words == ["The", "and/or", "."] and file.sentences[1].tags == ["VERB", "."]
    file = read_tagged_file(write("# my sentences\nThe/DET dog/NOUN\n", "a.txt"))
    assert file.sentences[0].words == ["The", "dog"] and file.notes == ["1 comment left out"]
    with pytest.raises(DataError, match="line 2: expected word/TAG, found 'dog'"):
        read_tagged_file(write("The/DET\ndog barks/VERB\n", "a.txt"))


word = st.text(st.characters(exclude_categories=("Z", "C")), min_size=1, max_size=6).filter(lambda w: w[0] != "#")
rows = st.lists(
    st.lists(st.tuples(word, st.sampled_from(UNIVERSAL_TAGS)), min_size=1, max_size=6), min_size=1, max_size=5
)


@given(rows)
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read(tmp_path_factory, sentences):
    path = tmp_path_factory.mktemp("written") / "a.conllu"
    path.write_text("".join(simple(*zip(*rows, strict=True)) for rows in sentences), "utf-8", newline="")
    read = read_tagged_file(path).sentences
    assert [list(zip(s.words, s.tags, strict=True)) for s in read] == sentences
    path.write_text("\n\n".join("\n".join("\t".join(pair) for pair in rows) for rows in sentences), newline="")
    columns = path.with_suffix(".tsv")
    path.rename(columns)
    read = read_tagged_file(columns)
    assert [list(zip(s.words, s.tags, strict=True)) for s in read.sentences] == sentences


@given(st.text(st.sampled_from("1234-.\tab_\n #/"), max_size=60))
@settings(max_examples=150, deadline=None)
def test_anything_is_read_or_refused_in_one_line(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "anything.conllu"
    path.write_text(text)
    try:
        read_tagged_file(path)
    except DataError as error:
        assert str(error).startswith(str(path)) and "\n" not in str(error)


@given(
    st.lists(st.sampled_from(["a", "X", "\t", " ", ",", "\n", "#", '"', "word", "tag", "-DOCSTART-", "é"]), max_size=40)
)
@settings(max_examples=150, deadline=None)
def test_any_columns_are_read_or_refused_in_one_line(tmp_path_factory, pieces):
    path = tmp_path_factory.getbasetemp() / "anything.txt"
    path.write_text("".join(pieces))
    try:
        file = read_tagged_file(path)
        assert all(len(one.words) == len(one.tags) > 0 and all(one.words) and all(one.tags) for one in file.sentences)
    except DataError as error:
        assert str(error).startswith(str(path)) and "\n" not in str(error)


def test_a_ready_split_does_not_leak(write, tmp_path):
    write(animals() + simple(["Go", "!"], ["VERB", "PUNCT"]), "ud/xx-ud-train.conllu")
    write(
        simple(["go", "!"], ["VERB", "PUNCT"]) + simple(["the", "cat", "runs", "."], list("ABCD")),
        "ud/xx-ud-dev.conllu",
    )
    path = write(simple(["GO", "!"], ["VERB", "PUNCT"]), "ud/xx-ud-test.conllu")
    write("no data", "ud/README.md")
    data = load_tagged_sentences(path.parent)
    assert data.sentences("test") == [["GO", "!"]]
    assert data.sentences("validation") == [["the", "cat", "runs", "."]]
    assert len(data.sentences("train")) == 39
    assert "2 train sentences left out: are equal to one of validation or test" in data.notes
    assert "1 validation sentence left out: is equal to one of test" in data.notes
    assert "set aside as no data: README.md" in data.notes


def test_names_of_split_files():
    assert split_named("en_ewt-ud-dev.conllu") == split_named("eng.testa") == "validation"
    assert split_named("eng.train") == "train" and split_named("test.txt") == "test" and split_named("a.txt") is None


def test_own_split_keeps_equal_sentences_together(write):
    path = write(animals() * 2)
    for seed in range(3):
        data = load_tagged_sentences(path, seed=seed)
        keys = {split: {key_of(s) for s in data.parts[split]} for split in data.parts}
        assert not keys["train"] & keys["test"] and not keys["train"] & keys["validation"]
        assert [len(data.parts[split]) for split in data.parts] == [56, 8, 16]
    assert data.sentences("test") == load_tagged_sentences(path, seed=2).sentences("test")
    assert data.sentences("test") != load_tagged_sentences(path, seed=0).sentences("test")


def test_other_tags_and_the_vectorizer_of_a_model(write):
    data = load_tagged_sentences(write(animals()))
    assert data.vectorizer.tags == UNIVERSAL_TAGS
    other = write(simple(["a", "b"], ["FOO", "BAR"]) * 3 + simple(["b", "a"], ["BAR", "FOO"]) + animals(), "b.conllu")
    assert load_tagged_sentences(other).vectorizer.tags[:3] == ("BAR", "DET", "FOO")
    with pytest.raises(DataError, match=r"expected the tags of the model \('ADJ', .*found 'BAR', 'FOO' in 8 words"):
        load_tagged_sentences(other, vectorizer=data.vectorizer)
    again = load_tagged_sentences(write(animals()), vectorizer=data.vectorizer)
    assert again.vectorizer is data.vectorizer


def test_names_and_paths(tmp_path):
    with pytest.raises(DataError, match="did you mean 'ambiguous'"):
        load_tagged_sentences("ambigous")
    (tmp_path / "ud" / "inner").mkdir(parents=True)
    with pytest.raises(DataError, match="expected files with tagged sentences, found none; give one of its folders"):
        load_tagged_sentences(tmp_path / "ud")
    with pytest.raises(ValueError, match="`word_column` and `tag_column` are for files of your own"):
        load_tagged_sentences("en", tag_column=5)


@pytest.mark.parametrize("name", ["en", "es", "ru", "all"])
def test_bundled(name):
    data = load_tagged_sentences(name)
    count = sum(map(len, data.parts.values()))
    assert count >= {"en": 400, "es": 100, "ru": 100, "all": 600}[name]
    assert data.vectorizer.tags == UNIVERSAL_TAGS
    assert {tag for row in data.tags("train") for tag in row} >= {"NOUN", "VERB", "ADJ", "DET", "PRON"}
    assert "ambiguous" in str(data.describe()) and set(data.frame.language) == ({name} - {"all"} or {"en", "es", "ru"})


def test_batches_and_baselines(write):
    data = load_tagged_sentences(write(animals()), batch_size=8)
    inputs, tags, weights = next(iter(data.arrays("train")))
    assert inputs["ids"].shape == tags.shape == weights.shape == (8, 4)
    assert inputs["characters"].shape == (8, 4, SPELLING)
    table = data.baselines()
    assert table.loc["most frequent tag per word", "accuracy"] > table.loc["most frequent tag", "accuracy"] == 0.25
    # counted by hand: a word in two roles, a word unknown
    hand = simple(["a", "b", "a"], ["DET", "NOUN", "DET"]) + simple(["a", "c"], ["NOUN", "NOUN"])
    write(hand, "hand/train.conllu")
    write(simple(["A", "zzz"], ["DET", "DET"]), "hand/test.conllu")
    hand = load_tagged_sentences(write(simple(["b"], ["X"]), "hand/dev.conllu").parent).baselines()
    assert hand.loc["most frequent tag per word", "accuracy"] == 0.5
    assert hand.loc["most frequent tag per word", "unknown-word accuracy"] == 0


def test_lines_without_blank_ones_are_one_sentence_and_that_is_said(tmp_path):
    rows = "".join(f"word{n}\tTAG{n % 3}\n" for n in range(60))
    (tmp_path / "flat.tsv").write_text(rows)
    with pytest.raises(
        DataError, match="found 1 different sentence of 60 lines, a word a line: a blank line ends a sentence"
    ):
        load_tagged_sentences(tmp_path / "flat.tsv")
    (tmp_path / "ready").mkdir()
    (tmp_path / "ready" / "test.tsv").write_text("a\tTAG0\nb\tTAG1\n\nc\tTAG2\n")
    (tmp_path / "ready" / "train.tsv").write_text(rows + "\n" + "d\tTAG0\ne\tTAG1\n")
    assert not any("blank line" in note for note in load_tagged_sentences(tmp_path / "ready").notes)
    (tmp_path / "ready" / "test.tsv").write_text(rows.replace("word", "other"))
    notes = load_tagged_sentences(tmp_path / "ready").notes
    assert any(note.startswith("test.tsv: all 60 lines are one sentence") for note in notes)


def test_vectorizer():
    sentences = [["Do", "n't", "go", "to", "the", "U.S.", ",", "Anna"], ["do", "the", "e-mail"]]
    tags = [["AUX", "PART", "VERB", "ADP", "DET", "PROPN", "PUNCT", "PROPN"], ["VERB", "DET", "NOUN"]]
    vectorizer = TaggingVectorizer.fit(sentences, tags, contractions={"al": Counter({("a", "el"): 2})})
    assert vectorizer.tokenize("Don't e-mail the U.S.!") == ["Do", "n't", "e-mail", "the", "U.S.", "!"]
    assert vectorizer.tokenize("Al 3.5 go.") == ["A", "el", "3.5", "go", "."]
    assert vectorizer.tokenize("") == []
    assert vectorizer.tokenize("Go... (see https://a.org/x?y=1, www.b.org).") == (
        ["Go", "...", "(", "see", "https://a.org/x?y=1", ",", "www.b.org", ")", "."]
    )
    assert vectorizer.tokenize("so…anna@c.org!") == ["so", "…", "anna@c.org", "!"]
    assert vectorizer.vocabulary[:2] == ["do", "the"] and vectorizer.singles == 7
    twin = TaggingVectorizer.from_config(vectorizer.get_config())
    assert twin == vectorizer and twin.tokenize("al") == ["a", "el"]
    inputs = vectorizer.inputs(["do zzz", ["go"]], length=4)
    assert inputs["ids"].tolist()[0][1:] == [1, 0, 0] and not inputs["characters"][1, 1:].any()
    assert vectorizer.spelling("going")[4:] == vectorizer.spelling("xyzgoing")[4:]
    assert vectorizer.decode_labels(vectorizer.encode_tags(tags)[1]) == tags[1]
    with pytest.raises(TypeError, match="Received the word ''"):
        vectorizer.words(["a", ""])


def test_shapes():
    for text, shape in {"Rest": "Capital", "USA": "CAPITALS", "3.5": "number", "iPod": "miXed", "?": "other"}.items():
        assert shape_of(text) == shape
    assert shape_of("well-known") == "with-hyphen" and shape_of("B2B") == "with-digit" and shape_of("ужин") == "lower"


@pytest.mark.real_data
def test_universal_dependencies(real_data):
    data = load_tagged_sentences(real_data / "pos" / "UD_English-EWT")
    assert len(data.sentences("test")) == 2_077 and sum(map(len, data.sentences("test"))) == 25_094
    assert data.vectorizer.tags == UNIVERSAL_TAGS
    assert 0.8 < data.baselines().loc["most frequent tag per word", "accuracy"] < 0.9
    keys = {split: {key_of(s) for s in data.parts[split]} for split in data.parts}
    assert not keys["train"] & keys["test"] and not keys["train"] & keys["validation"]


ROWS = "the\tDET\ndog\tNOUN\nbarks\tVERB\n\n" * 3


@pytest.mark.parametrize(
    ("head", "word", "tag"),
    [("word\ttag\n", "word", "tag"), ("Token\tUPOS\n\n", "Token", "UPOS"), ("Palabra\tClase\n", "Palabra", "Clase")],
)
def test_a_header_is_no_word(write, head, word, tag):
    plain = read_tagged_file(write(ROWS, "plain.tsv"))
    file = read_tagged_file(write(head + ROWS, "named.tsv"))
    assert [s.tags for s in file.sentences] == [s.tags for s in plain.sentences] and not plain.notes
    assert file.notes == [f"line 1 taken as a header: words in column {word!r}, tags in column {tag!r}"]


def test_a_header_says_where_the_columns_are(write):
    rows = "".join(f"{n}\tthe{n}\tDET\n\n" for n in range(3))
    path = write("id\tword\tpos\n" + rows, "a.tsv")
    assert read_tagged_file(path).sentences[0].words == ["the0"]
    assert read_tagged_file(path, word_column=1, tag_column=3).sentences[1].words == ["1"]


@pytest.mark.parametrize("first", ["Oh\tINTJ\n", "Text\tNOUN\n", "label\tnoun\n"])
def test_a_first_word_is_no_header(write, first):
    file = read_tagged_file(write(first + ROWS, "a.tsv"))
    assert len(file.sentences[0].words) == 4 and not file.notes


def test_tabs_and_spaces_at_random(write):
    file = read_tagged_file(write("the DET\ndog\tNOUN\nbarks  VERB\n\n" * 3, "a.txt"))
    assert file.sentences[0].tags == ["DET", "NOUN", "VERB"]
    assert file.notes == ["columns separated by a tab in 3 lines, by spaces in 6"]
    broken = "the\tDET\nNew York\tPROPN\n\n" * 3 + "the DET\n"
    with pytest.raises(
        DataError, match=r"line 10: expected 2 columns with a tab between them as in line 1, .*'the DET'"
    ):
        read_tagged_file(write(broken, "a.txt"))
    with pytest.raises(DataError, match="line 1: expected 2 columns with a tab between them as in line 2"):
        read_tagged_file(write("the DET\nNew York\tPROPN\n\n" + "the\tDET\n" * 3, "a.txt"))


@pytest.mark.parametrize("mark", [",", ";"])
def test_commas_between_the_columns(write, mark):
    file = read_tagged_file(write(ROWS.replace("\t", mark) + f'"{mark}"{mark}PUNCT\n', "a.csv"))
    assert file.sentences[0].words == ["the", "dog", "barks"] and file.sentences[-1].words == [mark]
    with pytest.raises(
        DataError, match=r"line 13: expected 2 columns with a (comma|semicolon) between them .* in quotes"
    ):
        read_tagged_file(write(ROWS.replace("\t", mark) + f"{mark}{mark}PUNCT\n", "a.csv"))


def test_running_text_has_no_columns(write):
    with pytest.raises(DataError, match=r"line 2: expected a word and its tag, .*found 'Fine.'"):
        read_tagged_file(write("Hello, how are you?\nFine.\n\nI see.\nThat is good, isn't it?\n", "a.txt"))


def test_a_split_needs_different_sentences(write):
    with pytest.raises(DataError, match=r"found 1 different sentence among 30$"):
        load_tagged_sentences(write(ROWS * 10, "a.tsv"))
    swapped = "".join(f"DET\tthe\nNOUN\tdog{n}\nVERB\truns{n}\n\n" for n in range(90))
    with pytest.raises(DataError, match=r"1 different sentence among 90; are word and tag swapped\? \(word_column=2, "):
        load_tagged_sentences(write(swapped, "a.tsv"))
    assert "swapped" not in str(load_tagged_sentences(write(animals())).notes)


def test_words_without_a_tag_are_counted(write):
    def rows(missing, own="_"):
        return "".join(f"1\tdog{n}\t_\t{'_' if n < missing else 'NOUN'}\t{own}\t_\t_\t_\t_\t_\n\n" for n in range(20))

    with pytest.raises(
        DataError, match="line 1: expected a tag in column 4, found _; 5 words of 20 are without a tag"
    ) as few:
        read_tagged_file(write(rows(5, "NN")))
    with pytest.raises(DataError, match=r"20 words of 20 .*; are the tags in another column\? \(tag_column=5\)"):
        read_tagged_file(write(rows(20, "NN")))
    with pytest.raises(DataError, match="20 words of 20") as nowhere:
        read_tagged_file(write(rows(20)))
    assert "another column" not in str(few.value) + str(nowhere.value)


def test_tags_that_differ_in_case_are_noted(write):
    data = load_tagged_sentences(write(animals() + simple(["Yes", "."], ["intj", "punct"])))
    (note,) = [note for note in data.notes if "case" in note]
    assert note.endswith("are different classes: PUNCT (40 words) and punct (1 word)")


def test_small_splits_are_noted(write):
    notes = load_tagged_sentences(write("".join(simple([n, "runs"], ["NOUN", "VERB"]) for n in NOUNS))).notes
    assert notes == [
        "ATTENTION: only 7 sentences to train on: hardly anything can be learned",
        "ATTENTION: only 1 sentence in the validation split: the best epoch is chosen by chance",
        "ATTENTION: only 2 sentences in the test split: scores say little",
    ]
